"""Thresholds that rules take from the shop's own customers: the same number for everybody until it is taken anew."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, select

from core.storage.upsert import upsert
from features import counters
from features.histories import Floats
from features.spec import FeatureSpec
from tags.rules.checked import Taken
from tags.rules.inputs import Gatherer
from tags.rules.kinds import Kind, Threshold
from tags.rules.known import Known
from tags.rules.program import Values, compile_steps
from tags.rules.steps import constant
from tags.rules.tables import Quantile
from tags.taxonomy import Taxonomy

COUNTER = "rule_quantiles"
"""A named number of the store that grows when quantiles are taken, so that servers notice."""

_ROUNDING = 1e-9  # of a count: 0.1 * 30 is 3.0000000000000004


@dataclass(frozen=True)
class Found:
    """A quantile as it was found: None where nobody's value was known."""

    value: float | None
    customers: int


class Taking:
    """Gathers the values of everybody, some customers at a time, and then tells the quantiles.

    It keeps eight bytes for each customer and expression.
    """

    def __init__(self, wanted: Sequence[Taken], spec: FeatureSpec, taxonomy: Taxonomy) -> None:
        self._wanted = wanted
        everybody = constant(1.0, Kind.TRUTH)
        steps = [part for one in wanted for part in (one.of.step, one.among.step if one.among else everybody)]
        self._gatherer = Gatherer(compile_steps(steps, {}), spec, taxonomy)
        self._values: list[list[Floats]] = [[] for _ in wanted]

    @property
    def reads_histories(self) -> bool:
        """Whether events themselves are counted (`Known.histories`)."""
        return self._gatherer.needs_histories

    def add(self, known: Known) -> None:
        """Take these customers' values in."""
        program = self._gatherer.program
        numbers = program.run(self._gatherer.gather(known).matrix)
        for place, kept in enumerate(self._values):
            value, counts = numbers[2 * place], numbers[2 * place + 1]
            kept.append(value[(counts == 1.0) & ~np.isnan(value)])

    def found(self) -> dict[Threshold, Found]:
        """The quantiles of all that were taken in."""
        return {
            one.threshold: _quantile(np.concatenate([np.zeros(0), *kept]), one.threshold.share)
            for one, kept in zip(self._wanted, self._values, strict=True)
        }


def _quantile(values: Floats, share: float) -> Found:
    """The least value that at least this share of the values do not exceed: one that some customer has."""
    if not len(values):
        return Found(None, 0)
    place = min(max(math.ceil(share * len(values) - _ROUNDING), 1), len(values)) - 1
    return Found(float(np.partition(values, place)[place]), len(values))


def write_values(connection: Connection, found: dict[Threshold, Found], *, as_of: datetime) -> None:
    """Keep the quantiles; servers will notice."""
    rows = [
        {
            "expression": threshold.expression,
            "share": threshold.share,
            "value": one.value,
            "customers": one.customers,
            "as_of": as_of,
        }
        for threshold, one in found.items()
    ]
    if rows:
        upsert(connection, Quantile, rows)
        counters.advance(connection, COUNTER)


def read_values(connection: Connection) -> Values:
    """The quantiles as they were last taken."""
    rows = connection.execute(select(Quantile.expression, Quantile.share, Quantile.value))
    return {Threshold(row.expression, row.share): row.value for row in rows}
