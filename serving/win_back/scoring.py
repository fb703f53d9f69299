"""The churn risk of every active customer as of one instant, with what it would cost to lose them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import func, select

from core.errors import NotReadyError
from core.storage import Store
from features.histories import Floats
from features.stored_customers import read_customers
from features.tables import Customer
from models.scorers import Explainable
from serving.snapshot import ACTIVE_COLUMN, Snapshot
from serving.win_back.apart import Sums, Tally

CUSTOMERS_AT_ONCE = 256
SPEND_COLUMN, SPEND_DAYS = "spend_84d", 84
LOSS_DAYS = 30
"""Spend is what was paid in the last 84 days, told as so much in 30 days: what the horizon would bring."""

Progress = Callable[[int, int], None]  # customers done, customers in all


@dataclass(frozen=True, eq=False)
class Scores:
    """The active customers, those first whose leaving is expected to cost most.

    Attributes:
        as_of: The instant up to which events counted.
        customer_ids: In that order; where losses are equal the greater risk comes first, then the id.
        risk: Probabilities of no purchase within the horizon, `(n,)`.
        spend: Paid in the last 84 days, as so much in 30, `(n,)`; None where the shop knows no amounts.
        sums: What moved the risk, added up.
    """

    as_of: datetime
    customer_ids: list[str]
    risk: Floats
    spend: Floats | None
    sums: Sums


def score_active(
    store: Store, snapshot: Snapshot, as_of: datetime, progress: Progress = lambda _done, _total: None
) -> Scores:
    """The scores of everyone with an order in the last 56 days; memory is bounded by some hundred histories.

    Raises:
        NotReadyError: The release has no churn model.
    """
    model = check_churn_is_known(snapshot)
    nobody = np.zeros((0, len(snapshot.release.facts.feature_columns)))
    columns = snapshot.explainer.churn_contributions(nobody).columns
    tally = Tally(columns, snapshot.explainer.grouped(columns))
    names: list[str] = []
    risks, spends = [np.zeros(0)], [np.zeros(0)]
    with store.read() as connection:
        total = connection.execute(select(func.count()).select_from(Customer)).scalar_one()
    done = 0
    for some in _everybody(store):
        active, rows = _active_rows(store, snapshot, some, as_of)
        names += active
        risks.append(model.predict(snapshot.wanted(rows))[:, 0])
        spends.append(_spend(snapshot, rows))
        _tell(tally, snapshot, rows, risks[-1], spends[-1])
        done += len(some)
        progress(done, max(total, done))
    risk, spend = np.concatenate(risks), np.concatenate(spends)
    order = np.lexsort((np.array(names, dtype=np.str_), -risk, -risk * spend))
    return Scores(
        as_of=as_of,
        customer_ids=[names[place] for place in order],
        risk=risk[order],
        spend=spend[order] if spend.any() else None,
        sums=tally.sums(),
    )


def check_churn_is_known(snapshot: Snapshot) -> Explainable:
    """The churn model.

    Raises:
        NotReadyError: The release has none.
    """
    if snapshot.release.churn is None:
        raise NotReadyError(
            "There is no churn model to tell who is at risk: `tagloop train` and GET /v1/models say why"
        )
    return snapshot.release.churn


def rows_of(
    store: Store, snapshot: Snapshot, names: Sequence[str], as_of: datetime
) -> tuple[list[str], Floats]:
    """Those of the customers that have events, and their feature rows as of the instant."""
    with store.read() as connection:
        stored = read_customers(connection, names)
    histories = snapshot.features.histories([one for one in stored if one.has_events])
    rows = snapshot.features.rows(histories, as_of)
    return list(histories.customer_ids) if histories else [], rows


def _everybody(store: Store) -> Iterator[list[str]]:
    """All customers, some hundred at a time, in the order of their ids."""
    last = ""
    while True:
        query = select(Customer.customer_id).order_by(Customer.customer_id).limit(CUSTOMERS_AT_ONCE)
        with store.read() as connection:
            names = list(connection.scalars(query.where(Customer.customer_id > last)))
        if not names:
            return
        yield names
        last = names[-1]


def _active_rows(
    store: Store, snapshot: Snapshot, names: Sequence[str], as_of: datetime
) -> tuple[list[str], Floats]:
    found, rows = rows_of(store, snapshot, names, as_of)
    is_active = rows[:, snapshot.column_places[ACTIVE_COLUMN]] > 0
    return [name for name, kept in zip(found, is_active, strict=True) if kept], rows[is_active]


def _spend(snapshot: Snapshot, rows: Floats) -> Floats:
    """Who got more back than they paid has nothing to lose for the shop."""
    paid: Floats = rows[:, snapshot.column_places[SPEND_COLUMN]].clip(0.0)
    return paid * (LOSS_DAYS / SPEND_DAYS)


def _tell(tally: Tally, snapshot: Snapshot, rows: Floats, risk: Floats, spend: Floats) -> None:
    wanted = snapshot.wanted(rows)
    parts = snapshot.explainer.churn_contributions(wanted)
    places = {name: place for place, name in enumerate(snapshot.release.facts.feature_columns)}
    values = np.full(parts.values.shape, np.nan)
    for column, name in enumerate(parts.columns):
        if name in places:  # an input of the model's own making has no value that means anything
            values[:, column] = wanted[:, places[name]]
    tally.add(risk, risk * spend, parts.values, values)
