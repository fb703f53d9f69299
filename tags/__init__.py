"""What a tag means: the taxonomy, read from one validated file."""
