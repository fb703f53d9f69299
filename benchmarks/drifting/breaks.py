"""Known changes: each alters what the source sends from an instant on, and rows are computed anew by the kernel."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

import numpy as np
import pandas as pd

from core.clock import to_us
from core.storage import Store
from features.catalogue import Catalogue, CatalogueItem
from features.histories import Histories
from features.shop import read_items
from features.source import FeatureSource

WEEK_US = 7 * 24 * 3600 * 1_000_000
SCALE, TREND, CENTS = 1.3, 0.03, 100.0


@dataclass(frozen=True)
class Break:
    """A change of the source.

    Attributes:
        histories: What becomes of events from an instant (in microseconds) on.
        catalogue: What becomes of items.
        rows: What becomes of a finished row: only where the change is one of a feature itself.
    """

    histories: Callable[[Histories, int], Histories] = lambda histories, _from: histories
    renames: str | None = None
    scales: bool = False


def _amounts(histories: Histories, factor: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Histories:
    return replace(
        histories,
        amount=np.round(histories.amount * factor),
        discount=np.round(histories.discount * factor),
    )


def in_cents(histories: Histories, from_us: int) -> Histories:
    """Money is sent in cents where dollars are expected."""
    return _amounts(histories, np.where(histories.occurred_at_us >= from_us, CENTS, 1.0))


def slow_trend(histories: Histories, from_us: int) -> Histories:
    """Prices rise by 3% a week."""
    weeks = np.maximum(0.0, (histories.occurred_at_us - from_us) / WEEK_US)
    return _amounts(histories, (1.0 + TREND) ** weeks)


def without_mail(histories: Histories, from_us: int) -> Histories:
    """What comes by mail, campaigns and their coupons, arrives no more: the second channel besides the shops."""
    mailed = [number for number, name in enumerate(histories.type_names) if name != "purchase"]
    kept = ~(np.isin(histories.type, mailed) & (histories.occurred_at_us >= from_us))
    offsets = np.concatenate(([0], np.cumsum(kept)))[histories.offsets]
    return histories.take(kept, offsets)


def renamed(source: FeatureSource, store: Store, group: str) -> Catalogue:
    """The catalogue after the source calls the categories of a group otherwise."""
    labels = {label for one in source.spec.groups if one.name == group for label in one.labels}
    with store.read() as connection:
        items = read_items(connection)
    changed = [
        CatalogueItem(
            one.item_key,
            [[f"{part} (NEW)" if part in labels else part for part in path] for path in one.category_paths],
        )
        for one in items
    ]
    return Catalogue(changed, source.spec.groups)


def scaled(features: pd.DataFrame, column: str) -> pd.DataFrame:
    """One feature is larger by three tenths."""
    return features.assign(**{column: features[column] * SCALE})


BREAKS: Mapping[str, Break] = MappingProxyType(
    {
        "scaled_feature": Break(scales=True),
        "renamed_category": Break(renames="yogurt"),
        "missing_channel": Break(histories=without_mail),
        "unit_cents": Break(histories=in_cents),
        "slow_trend": Break(histories=slow_trend),
    }
)
"""By name; the broken calibration is one of outcomes, see `promises`."""


def instant_us(at: datetime) -> int:
    """An instant in microseconds since 1970."""
    return to_us(at)
