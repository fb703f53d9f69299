"""The figures of `make bench`: each measured beside its alternative, in one run, on the demo's home."""
