"""The tags of a shop as the store keeps them: every version of every definition."""
