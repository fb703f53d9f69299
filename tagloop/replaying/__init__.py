"""The held-back months of a home, lived again day by day in a home of their own, with simulated reviewers."""
