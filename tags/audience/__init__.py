"""Who carries these tags and not those: found, counted and written out, now or as of a past instant."""
