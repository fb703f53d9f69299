"""A customer's last half year, day by day, as a picture of it needs it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.clock import to_us
from features.calendar import day_of, local_day, local_us
from features.catalogue import Catalogue
from features.contract import MONEY_SCALE, Role
from features.histories import Codes, Histories, Ints
from features.spec import FeatureSpec

DAYS = 180
_BEGIN = date(1970, 1, 1)

Flags = NDArray[np.bool_]
Places = NDArray[np.intp]


def timeline(
    history: Histories | None, as_of: datetime, spec: FeatureSpec, catalogue: Catalogue, tag: str
) -> dict[str, Any]:
    """What happened on each of the `DAYS` days before an instant, of one customer; days without anything are left out.

    `of_tag` counts the purchase lines of what the tag's outcome counts; other events are counted by type. Events that
    were not known by the instant are not there.
    """
    last = local_day(to_us(as_of) - 1, spec.zone)
    frame = {"from": _date(last - DAYS + 1), "until": _date(last)}
    if history is None:
        return {**frame, "days": []}
    days = day_of(local_us(history.occurred_at_us, spec.zone))
    known = np.maximum(history.occurred_at_us, history.received_at_us) < to_us(as_of)
    is_shown = known & (days > last - DAYS)
    found, place = np.unique(days[is_shown], return_inverse=True)
    bought = _of_role(history, spec, Role.PURCHASE)
    of_tag = (bought & _of_group(history, catalogue, tag))[is_shown]
    bought = bought[is_shown]
    amounts = np.bincount(place[bought], history.amount[is_shown][bought], len(found)) / MONEY_SCALE
    columns = zip(
        found.tolist(),
        _orders(place[bought], history.order_key[is_shown][bought], len(found)),
        np.bincount(place[bought], minlength=len(found)).tolist(),
        amounts.tolist(),
        np.bincount(place[of_tag], minlength=len(found)).tolist(),
        _others(place[~bought], history.type[is_shown][~bought], history.type_names, len(found)),
        strict=True,
    )
    told = [
        {"day": _date(day), "orders": orders, "lines": lines, "amount": amount, "of_tag": n, "others": others}
        for day, orders, lines, amount, n, others in columns
    ]
    return {**frame, "days": told}


def _orders(place: Places, order_key: Ints, n_days: int) -> list[int]:
    """How many orders the purchase lines of each day are; a line without an order is one by itself."""
    known = order_key != 0
    pairs = set(zip(place[known].tolist(), order_key[known].tolist(), strict=True))
    alone: list[int] = np.bincount(place[~known], minlength=n_days).tolist()
    for day, _ in pairs:
        alone[day] += 1
    return alone


def _others(place: Places, types: Codes, names: Sequence[str], n_days: int) -> list[dict[str, int]]:
    """How many events of each type there are on each day, in the order of the types."""
    counts: list[dict[str, int]] = [{} for _ in range(n_days)]
    numbers, times = np.unique(place * len(names) + types, return_counts=True)
    for number, n in zip(numbers.tolist(), times.tolist(), strict=True):
        counts[number // len(names)][names[number % len(names)]] = n
    return counts


def _of_role(history: Histories, spec: FeatureSpec, role: Role) -> Flags:
    names: Sequence[str] = history.type_names
    flags = np.array([spec.roles.get(name) == role for name in names] or [False])
    return flags[history.type]


def _of_group(history: Histories, catalogue: Catalogue, tag: str) -> Flags:
    """Which events are of an item in the tag's category group."""
    flags = np.zeros(len(history.item_key), dtype=np.bool_)
    number = next((place for place, group in enumerate(catalogue.groups) if group.name == tag), None)
    if number is not None:
        places, groups = catalogue.members(catalogue.codes(history.item_key))
        flags[places[groups == number]] = True
    return flags


def _date(day: int) -> str:
    return (_BEGIN + timedelta(days=day)).isoformat()
