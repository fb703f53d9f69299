"""Who carries which tag, since when, why and until when: claims of five sources, resolved into one profile."""
