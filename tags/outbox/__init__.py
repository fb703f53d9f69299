"""What changed on profiles, for whoever follows it: a feed, webhooks, and exports that fit their target."""
