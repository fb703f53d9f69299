"""The list of customers at risk as plain values: what the API answers and the command prints."""

from collections.abc import Sequence
from typing import Any

from core.errors import FieldError, InvalidInputError, NotFoundError
from core.language import Text
from core.settings import Settings
from core.storage import Store
from serving.snapshot import ACTIVE_COLUMN, Snapshot
from serving.win_back import lists
from serving.win_back.apart import Apart
from serving.win_back.lists import AtRisk, Listed
from serving.win_back.scoring import rows_of

Answer = dict[str, Any]


def least_risk(snapshot: Snapshot) -> float:
    """From where on a customer counts as at risk, if nobody says otherwise: above the lowest level of risk."""
    levels = sorted(level.at_least for level in snapshot.release.facts.risk_levels)
    return levels[1] if len(levels) > 1 else 0.0


def at_risk(
    settings: Settings,
    store: Store,
    snapshot: Snapshot,
    listed: Listed,
    *,
    limit: int,
    min_risk: float | None = None,
    after: int = 0,
    explain: bool = False,
) -> Answer:
    """A page of a list, from the place after `after` on; with the reasons of each customer and of all, if asked for.

    `min_risk` is taken to the hundredth; None stands for `least_risk`.
    """
    least = round(least_risk(snapshot) if min_risk is None else min_risk, 2)
    with store.read() as connection:
        found = lists.page(connection, listed.list_id, after=after, min_risk=least, limit=limit + 1)
    shown = found[:limit]
    reasons = _reasons(store, snapshot, listed, shown) if explain else None
    customers = [_customer(snapshot, one) for one in shown]
    if reasons is not None:
        for customer in customers:
            customer["reasons"] = reasons.get(customer["customer_id"], [])
    answer: Answer = {
        "as_of": listed.as_of,
        "release_id": listed.release_id,
        "ordered_by": "expected_loss" if listed.knows_amounts else "risk",
        "currency": settings.currency,
        "min_risk": least,
        "active": listed.customers,
        "at_risk": listed.sums.count(least),
        "expected_loss": listed.sums.loss(least) if listed.knows_amounts else None,
        "customers": customers,
        "next_cursor": f"{listed.list_id}.{shown[-1].place}" if len(found) > limit else None,
    }
    if explain:
        answer["apart"] = [_apart(snapshot, one) for one in listed.sums.apart(least)]
    return answer


def parse_cursor(cursor: str) -> tuple[str, int]:
    """The list and the place that a cursor names.

    >>> parse_cursor("risk_5f0c.100")
    ('risk_5f0c', 100)

    Raises:
        InvalidInputError: It is none of ours.
    """
    list_id, _, place = cursor.rpartition(".")
    if not list_id or not (place.isascii() and place.isdigit()) or len(place) > PLACE_DIGITS:
        text = Text("expected the next_cursor of an earlier answer, got {got}", {"got": repr(cursor)})
        raise InvalidInputError(
            text.message, fields=(FieldError("cursor", text, "bad_cursor"),), **text.values
        )
    return list_id, int(place)


def of_cursor(store: Store, cursor: str) -> tuple[Listed, int]:
    """The list that a cursor goes on in, and the place that it begins after.

    Raises:
        InvalidInputError: It is no cursor.
        NotFoundError: The list was replaced twice since.
    """
    list_id, after = parse_cursor(cursor)
    with store.read() as connection:
        listed = lists.named(connection, list_id)
    if listed is None:
        text = Text(
            "the list that this cursor belongs to was replaced by newer ones: begin again without a cursor"
        )
        raise NotFoundError(text.message, fields=(FieldError("cursor", text, "list_replaced"),))
    return listed, after


PLACE_DIGITS = 9


def _customer(snapshot: Snapshot, one: AtRisk) -> Answer:
    level = snapshot.release.risk(one.risk)
    return {
        "place": one.place,
        "customer_id": one.customer_id,
        "probability": one.risk,
        "risk": {"key": level.key, "names": {"en": level.names.en, "zh": level.names.zh}},
        "spend": one.spend,
        "expected_loss": one.expected_loss,
    }


def _reasons(
    store: Store, snapshot: Snapshot, listed: Listed, shown: Sequence[AtRisk]
) -> dict[str, list[Answer]]:
    """By customer the reasons of the risk that the list tells, so as of the instant that it was made for."""
    if listed.release_id != snapshot.release.release_id:
        return {}  # other models serve by now: their reasons would be of another risk
    found, rows = rows_of(store, snapshot, [one.customer_id for one in shown], listed.as_of)
    told = snapshot.explainer.churn_reasons(snapshot.wanted(rows))
    is_active = rows[:, snapshot.column_places[ACTIVE_COLUMN]] > 0
    return {name: reasons for name, reasons, kept in zip(found, told, is_active, strict=True) if kept}


def _apart(snapshot: Snapshot, one: Apart) -> Answer:
    told = snapshot.explainer.vocabulary.told(one.feature)
    columns = snapshot.column_definitions
    names = columns.get(one.feature, (one.feature, one.feature))
    return {
        "group": one.group,
        "names": {"en": told.names[0], "zh": told.names[1]},
        "at_risk": one.at_risk,
        "active": one.active,
        "difference": one.difference,
        "feature": one.feature,
        "feature_names": {"en": names[0], "zh": names[1]},
        "value_at_risk": one.value_at_risk,
        "value_active": one.value_active,
    }
