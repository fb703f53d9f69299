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
from features.histories import Histories
from features.spec import FeatureSpec

DAYS = 180
_BEGIN = date(1970, 1, 1)

Flags = NDArray[np.bool_]


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
    shown = np.flatnonzero(known & (days > last - DAYS))
    is_purchase = _of_role(history, spec, Role.PURCHASE)
    of_tag = is_purchase & _of_group(history, catalogue, tag)
    told = []
    for day in np.unique(days[shown]).tolist():
        events = shown[days[shown] == day]
        bought = events[is_purchase[events]]
        told.append(
            {
                "day": _date(day),
                "orders": len({*history.order_key[bought][history.order_key[bought] != 0].tolist()})
                + int((history.order_key[bought] == 0).sum()),
                "lines": len(bought),
                "amount": float(history.amount[bought].sum()) / MONEY_SCALE,
                "of_tag": int(of_tag[events].sum()),
                "others": _others(history, events[~is_purchase[events]]),
            }
        )
    return {**frame, "days": told}


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


def _others(history: Histories, events: NDArray[np.intp]) -> dict[str, int]:
    codes, counts = np.unique(history.type[events], return_counts=True)
    return {history.type_names[code]: int(n) for code, n in zip(codes, counts, strict=True)}


def _date(day: int) -> str:
    return (_BEGIN + timedelta(days=day)).isoformat()
