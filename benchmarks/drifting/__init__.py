"""Whether monitoring finds known changes, and keeps quiet where nothing changed."""
