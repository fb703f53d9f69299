"""Is the world still the one we trained on: drift, performance before the labels are in, the promise, parity."""
