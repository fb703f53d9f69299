"""Lists of customers at risk as the store keeps them: the newest, and the one before it for who is still reading it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, delete, insert, select

from core.ids import new_id
from core.storage import Store
from serving.tables import ChurnList, ChurnScore
from serving.win_back.apart import Sums
from serving.win_back.scoring import Scores

LISTS_KEPT = 2
ROWS_A_WRITE = 5_000  # no other writer waits longer than for so many


@dataclass(frozen=True, eq=False)
class Listed:
    """A list's head.

    Attributes:
        list_id: Names it in cursors.
        release_id: The models that it was made with.
        as_of: The instant up to which events counted.
        customers: All active customers.
        knows_amounts: Whether it is ordered by expected loss; else by risk.
        sums: What moved the risk, added up.
    """

    list_id: str
    release_id: str
    as_of: datetime
    customers: int
    knows_amounts: bool
    sums: Sums


@dataclass(frozen=True)
class AtRisk:
    """One customer of a list; `spend` is None where the shop knows no amounts."""

    place: int
    customer_id: str
    risk: float
    spend: float | None

    @property
    def expected_loss(self) -> float | None:
        """What the customer would spend, times the risk of leaving."""
        return None if self.spend is None else self.risk * self.spend


def newest(connection: Connection, release_id: str, now: datetime) -> Listed | None:
    """The newest list of those models that is not from after the clock."""
    query = select(ChurnList.__table__).where(ChurnList.release_id == release_id, ChurnList.as_of <= now)
    row = connection.execute(query.order_by(ChurnList.as_of.desc(), ChurnList.list_id).limit(1)).first()
    return _listed(row) if row else None


def named(connection: Connection, list_id: str) -> Listed | None:
    """The list of that id, if it is kept still."""
    row = connection.execute(select(ChurnList.__table__).where(ChurnList.list_id == list_id)).first()
    return _listed(row) if row else None


def page(connection: Connection, list_id: str, *, after: int, min_risk: float, limit: int) -> list[AtRisk]:
    """Customers of a list with that risk or more, from the place after the given one on."""
    rows = connection.execute(
        select(ChurnScore.place, ChurnScore.customer_id, ChurnScore.risk, ChurnScore.spend)
        .where(ChurnScore.list_id == list_id, ChurnScore.place > after, ChurnScore.risk >= min_risk)
        .order_by(ChurnScore.place)
        .limit(limit)
    )
    return [AtRisk(*row) for row in rows]


def keep(store: Store, scores: Scores, release_id: str) -> Listed:
    """The scores as a list, whole in the store; older lists go, and what a process that died left of one."""
    listed = Listed(
        list_id=new_id("risk"),
        release_id=release_id,
        as_of=scores.as_of,
        customers=len(scores.customer_ids),
        knows_amounts=scores.spend is not None,
        sums=scores.sums,
    )
    for start in range(0, listed.customers, ROWS_A_WRITE):
        rows = _rows(listed.list_id, scores, start)
        with store.write() as connection:
            connection.execute(insert(ChurnScore), rows)
    with store.write() as connection:
        connection.execute(
            insert(ChurnList).values(
                list_id=listed.list_id,
                release_id=listed.release_id,
                as_of=listed.as_of,
                customers=listed.customers,
                knows_amounts=listed.knows_amounts,
                sums=listed.sums.as_json(),
            )
        )
        _drop_old(connection, listed.list_id)
    return listed


def _drop_old(connection: Connection, new: str) -> None:
    by_age = select(ChurnList.list_id).where(ChurnList.list_id != new).order_by(ChurnList.as_of.desc())
    kept = [new, *connection.scalars(by_age.limit(LISTS_KEPT - 1))]
    connection.execute(delete(ChurnList).where(ChurnList.list_id.not_in(kept)))
    connection.execute(delete(ChurnScore).where(ChurnScore.list_id.not_in(kept)))


def _rows(list_id: str, scores: Scores, start: int) -> Sequence[dict[str, object]]:
    names = scores.customer_ids[start : start + ROWS_A_WRITE]
    risks = scores.risk[start : start + ROWS_A_WRITE].tolist()
    spends = scores.spend if scores.spend is not None else np.full(len(scores.customer_ids), None)
    return [
        {"list_id": list_id, "place": start + number, "customer_id": name, "risk": risk, "spend": spend}
        for number, (name, risk, spend) in enumerate(
            zip(names, risks, spends[start : start + ROWS_A_WRITE].tolist(), strict=True), 1
        )
    ]


def _listed(row: object) -> Listed:
    values = row._asdict()  # type: ignore[attr-defined]  # a row of SQLAlchemy
    return Listed(**{**values, "sums": Sums.from_json(values["sums"])})
