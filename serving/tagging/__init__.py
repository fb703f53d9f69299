"""Keeps profiles current in a server: after events, when something is due, at the turn of the day."""
