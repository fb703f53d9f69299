"""What turned out in the home that is replayed: simulated reviewers answer from it, and figures are held against it."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from core.clock import add_days, to_us
from core.storage import Store
from features.assemble import KERNEL_COLUMNS, from_events
from features.histories import Histories
from features.outcomes import Target, every_target, rows_counted
from features.source import FeatureSource
from tagloop.demographics import known_to_people
from tags.taxonomy import Taxonomy

Instants = Mapping[str, Mapping[str, Sequence[int]]]
"""By tag and customer when the tag's outcome happened, ascending, in microseconds since 1970."""


@dataclass(frozen=True)
class Truth:
    """What a home's events and facts tell of each tag of each customer, whenever it is asked.

    Attributes:
        happened: Of tags with an outcome.
        facts: Of tags that only people know, as far as facts tell them: by tag and customer.
        told_until: Where the events end: of a horizon that reaches beyond, nothing is known.
        horizon_days: How far an outcome looks ahead.
        zone: The shop's.
    """

    happened: Instants
    facts: Mapping[str, Mapping[str, bool]]
    told_until: datetime
    horizon_days: int
    zone: ZoneInfo

    def is_told(self, as_of: datetime) -> bool:
        """Whether the horizon from an instant on lies in the data."""
        return add_days(as_of, self.horizon_days, self.zone) <= self.told_until

    def of(self, customer_id: str, tag: str, as_of: datetime) -> bool | None:
        """Whether the tag fitted the customer then; None where nobody knows."""
        if tag in self.facts:
            return self.facts[tag].get(customer_id)
        if tag not in self.happened or not self.is_told(as_of):
            return None
        instants = self.happened[tag].get(customer_id, ())
        place = bisect_left(instants, to_us(as_of))
        ends = to_us(add_days(as_of, self.horizon_days, self.zone))
        return place < len(instants) and instants[place] < ends

    def of_all(self, pairs: pd.DataFrame, as_of: datetime) -> "pd.Series[float]":
        """0/1 for each row with `customer_id` and `tag`; NaN where nobody knows."""
        said = [self.of(*pair, as_of) for pair in zip(pairs["customer_id"], pairs["tag"], strict=True)]
        told = [np.nan if one is None else float(one) for one in said]
        return pd.Series(told, index=pairs.index, dtype=np.float64)


def read_truth(
    source: FeatureSource, store: Store, taxonomy: Taxonomy, horizon_days: int, told_until: datetime
) -> Truth:
    """What the whole lake of a source tells, one bucket after the other."""
    wanted = {tag.key for tag in taxonomy.outcome_tags}
    targets = [target for target in every_target(source.spec, source.targets) if target.name in wanted]
    happened: dict[str, dict[str, Sequence[int]]] = defaultdict(dict)
    for bucket in range(source.lake.buckets):
        histories = from_events(source.lake.read_bucket(bucket, KERNEL_COLUMNS, version=source.lake_version))
        for target in targets:
            happened[target.name].update(_instants(histories, target, source))
    people, reviewed = known_to_people(store), [tag.key for tag in taxonomy.reviewed_tags]
    facts = {tag: people.get(tag, {}) for tag in reviewed}
    return Truth(happened, facts, told_until, horizon_days, source.spec.zone)


def _instants(histories: Histories, target: Target, source: FeatureSource) -> dict[str, Sequence[int]]:
    """When it happened to each customer to whom it ever did."""
    rows = rows_counted(histories, target, source.spec.roles)
    if target.in_group:
        number = [group.name for group in source.spec.groups].index(target.name)
        places, groups = source.catalogue.members(source.catalogue.codes(histories.item_key[rows]))
        rows = rows[np.unique(places[groups == number])]
    customers, instants = histories.customer[rows], histories.occurred_at_us[rows]
    numbers, starts = np.unique(customers, return_index=True)
    parts = np.split(instants, starts[1:])
    return {histories.customer_ids[n]: sorted(part.tolist()) for n, part in zip(numbers, parts, strict=True)}
