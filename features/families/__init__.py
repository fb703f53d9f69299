"""The feature families, one file each; all have the shape of `family.Family`."""

from features.families import (
    attention,
    basket,
    breadth,
    campaign,
    category,
    channel,
    discount,
    engagement,
    frequency,
    hours,
    profile,
    recency,
    rhythm,
)
from features.families.family import Column, Family

FAMILIES: tuple[Family, ...] = (
    recency.FAMILY,
    frequency.FAMILY,
    rhythm.FAMILY,
    breadth.FAMILY,
    basket.FAMILY,
    discount.FAMILY,
    channel.FAMILY,
    hours.FAMILY,
    campaign.FAMILY,
    engagement.FAMILY,
    profile.FAMILY,
    category.FAMILY,
    attention.FAMILY,
)

__all__ = ["FAMILIES", "Column", "Family"]
