"""The commands under `tagloop tags`, one file a topic: each has an `add(tags, terminal)` that puts its commands in."""
