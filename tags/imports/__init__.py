"""Tags that exist already elsewhere, read from files; an import can be undone as a whole."""
