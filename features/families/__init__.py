"""The feature families, one file each; all have the shape of `family.Family`."""

from core.compiled import compiled
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
from features.histories import Floats, Ints
from features.view import View

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


_recency = recency.FAMILY.fill
_frequency = frequency.FAMILY.fill
_rhythm = rhythm.FAMILY.fill
_breadth = breadth.FAMILY.fill
_basket = basket.FAMILY.fill
_discount = discount.FAMILY.fill
_channel = channel.FAMILY.fill
_hours = hours.FAMILY.fill
_campaign = campaign.FAMILY.fill
_engagement = engagement.FAMILY.fill
_profile = profile.FAMILY.fill
_category = category.FAMILY.fill
_attention = attention.FAMILY.fill


@compiled
def fill_row(row: Floats, begins: Ints, view: View) -> None:
    """Let each family fill its part of a row; `begins` says where the parts begin, and where the last one ends."""
    _recency(row[begins[0] : begins[1]], view)
    _frequency(row[begins[1] : begins[2]], view)
    _rhythm(row[begins[2] : begins[3]], view)
    _breadth(row[begins[3] : begins[4]], view)
    _basket(row[begins[4] : begins[5]], view)
    _discount(row[begins[5] : begins[6]], view)
    _channel(row[begins[6] : begins[7]], view)
    _hours(row[begins[7] : begins[8]], view)
    _campaign(row[begins[8] : begins[9]], view)
    _engagement(row[begins[9] : begins[10]], view)
    _profile(row[begins[10] : begins[11]], view)
    _category(row[begins[11] : begins[12]], view)
    _attention(row[begins[12] : begins[13]], view)


__all__ = ["FAMILIES", "Column", "Family", "fill_row"]
