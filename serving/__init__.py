"""The HTTP API for a CRM (`api`), and what it is made of: predictions, profiles, keys, background work."""
