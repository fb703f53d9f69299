"""Whom to win back: active customers ordered by what their leaving would cost, and what sets them apart."""
