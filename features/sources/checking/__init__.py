"""What a mapping makes of its files, and every problem with its fix, before anything is loaded."""
