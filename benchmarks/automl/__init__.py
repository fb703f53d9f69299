"""The promoted models beside an AutoML system: the same rows, cutoffs and columns, fitted on the same past.

`python -m benchmarks.automl` does all of it; FLAML runs in an environment of its own, which it makes in the home.
"""
