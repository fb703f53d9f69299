"""A first mapping from files that nobody has described."""
