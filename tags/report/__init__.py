"""Which tags earn their keep: what each covers, tells and repeats, and what to do about it."""
