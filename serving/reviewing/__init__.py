"""The review desk of a server: tasks as a reviewer sees them, and what the reviewer says to them."""
