"""Conditions over features, attributes and other tags: read, checked, and evaluated for one customer or all."""
