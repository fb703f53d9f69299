"""The commands, one file each: every file has an `add(app, terminal)` that puts its command into the app."""
