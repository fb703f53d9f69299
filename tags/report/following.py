"""What customers did after each instant of the past, and which rules' tags they would have carried then."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.clock import to_us
from features.assemble import KERNEL_COLUMNS, from_events
from features.blocks import EVENTS_A_SLICE
from features.contract import MONEY_SCALE, Role
from features.histories import Floats, Histories, Ints, Mask, slices
from features.kernel import compute_known
from features.outcomes import Horizon, Target, outcome_names, outcomes, rows_counted
from features.source import FeatureSource
from tags.report.windows import Window

Progress = Callable[[int, int], None]  # parts done, parts in all


@dataclass(frozen=True, eq=False)
class Seen:
    """Some customers as of one window's beginning, of whom something was known by then.

    `rows` are their kernel rows, shape (n_customers, n_features).
    """

    window: Window
    histories: Histories
    rows: Floats
    is_known: Mask

    @property
    def customer_ids(self) -> list[str]:
        """Those of whom something was known."""
        return [
            name
            for name, is_known in zip(self.histories.customer_ids, self.is_known, strict=True)
            if is_known
        ]


Recompute = Callable[[Seen], Mapping[str, Ints]]
"""By tag the number of each customer's value, 0 where the tag is not carried: shape (n_customers known,)."""


@dataclass(frozen=True, eq=False)
class Followed:
    """One row for each customer and window whose beginning knew of them, shape (n_rows,) each.

    Attributes:
        customer_ids: Everybody, by number.
        customer: The number of the row's customer.
        window: The place of its window.
        spend: Paid within the window, in the shop's currency.
        bought: Whether they bought anything.
        happened: By tag with an outcome whether it came true.
        recomputed: By rule's tag the number of its value, 0 where it was not carried.
    """

    customer_ids: Sequence[str]
    customer: Ints
    window: Ints
    spend: Floats
    bought: Mask
    happened: Mapping[str, Mask]
    recomputed: Mapping[str, Ints]


def parts_of(source: FeatureSource, windows: Sequence[Window], progress: Progress) -> Iterator[Seen]:
    """Everybody as of each window's beginning, some at a time."""
    for bucket in range(source.lake.buckets):
        events = source.lake.read_bucket(bucket, KERNEL_COLUMNS, version=source.lake_version)
        for histories in slices(from_events(events, source.facts), EVENTS_A_SLICE):
            for window in windows:
                as_of = to_us(window.as_of)
                rows, n_known = compute_known(histories, as_of, source.spec, source.catalogue)
                yield Seen(window, histories, rows, n_known > 0)
        progress(bucket + 1, source.lake.buckets)


def follow(
    source: FeatureSource,
    windows: Sequence[Window],
    horizon: Horizon,
    recompute: Recompute,
    progress: Progress = lambda _done, _total: None,
) -> Followed:
    """What everybody did in each window; memory is bounded by one bucket of the lake and the rows themselves."""
    places = {window: place for place, window in enumerate(windows)}
    numbers: dict[str, int] = {}
    pieces: dict[str, list[np.ndarray[tuple[int], np.dtype[np.generic]]]] = {}
    for seen in parts_of(source, windows, progress):
        names = seen.customer_ids
        own = {
            "customer": np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64),
            "window": np.full(len(names), places[seen.window], dtype=np.int64),
            **_ahead(source, seen, horizon),
            **{f"recomputed {tag}": found for tag, found in recompute(seen).items()},
        }
        for key, values in own.items():
            pieces.setdefault(key, []).append(values)
    joined = {key: np.concatenate(values) for key, values in pieces.items()}
    return _followed(list(numbers), joined)


def _ahead(
    source: FeatureSource, seen: Seen, horizon: Horizon
) -> dict[str, np.ndarray[tuple[int], np.dtype[np.generic]]]:
    """What those known did in the window: whether each outcome came true, and what they paid."""
    spec, histories = source.spec, seen.histories
    found = outcomes(histories, to_us(seen.window.as_of), horizon, spec, source.catalogue, source.targets)
    told = found[seen.is_known]
    names = outcome_names(spec, source.targets)
    happened = {f"happened {name}": told[:, place] == 1.0 for place, name in enumerate(names[:-1])}
    return {**happened, "bought": told[:, -1] == 0.0, "spend": _spend(histories, seen, source)[seen.is_known]}


def _spend(histories: Histories, seen: Seen, source: FeatureSource) -> Floats:
    """Paid within the window by each customer of the histories, as the spending features count it."""
    rows = rows_counted(histories, Target("", (Role.PURCHASE.value,)), source.spec.roles)
    at = histories.occurred_at_us[rows]
    rows = rows[(at >= to_us(seen.window.as_of)) & (at < to_us(seen.window.ends))]
    paid = np.bincount(
        histories.customer[rows], weights=histories.amount[rows], minlength=histories.n_customers
    )
    spend: Floats = np.maximum(paid, 0.0) / MONEY_SCALE
    return spend


def _followed(
    names: Sequence[str], joined: Mapping[str, np.ndarray[tuple[int], np.dtype[np.generic]]]
) -> Followed:
    none = np.zeros(0)
    return Followed(
        names,
        joined.get("customer", none).astype(np.int64),
        joined.get("window", none).astype(np.int64),
        joined.get("spend", none).astype(np.float64),
        joined.get("bought", none).astype(bool),
        {
            key.removeprefix("happened "): values.astype(bool)
            for key, values in joined.items()
            if key.startswith("happened ")
        },
        {
            key.removeprefix("recomputed "): values.astype(np.int64)
            for key, values in joined.items()
            if key.startswith("recomputed ")
        },
    )
