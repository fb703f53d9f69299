"""Whose outcomes are watched: everybody in turn, once in a horizon, whatever the models say of them."""

from dataclasses import replace
from itertools import pairwise

from sqlalchemy import select

from core.clock import add_days
from review.tables import OutcomeLabel
from review.watching import watch_outcomes
from tests.review.conftest import TAGS, Desk, suggested

DAYS = 65


def watch(desk: Desk) -> int:
    with desk.store.write() as connection:
        return watch_outcomes(connection, desk.settings, desk.taxonomy, now=desk.now)


def noted(desk: Desk) -> list[OutcomeLabel]:
    with desk.store.read() as connection:
        return list(connection.execute(select(OutcomeLabel.__table__)))  # type: ignore[arg-type]


def live(desk: Desk, days: int, seed: int = 0) -> None:
    """So many days on which everybody is scored anew and the turn's customers are noted."""
    for day in range(days):
        found = suggested(40, seed + day)
        desk.suggest([replace(one, as_of=desk.now) for one in found])
        watch(desk)
        desk.later(days=1)


def test_everybody_has_one_turn_in_a_horizon_and_outcomes_never_overlap(desk: Desk) -> None:
    live(desk, DAYS)
    times: dict[tuple[str, str], list[OutcomeLabel]] = {}
    for one in noted(desk):
        times.setdefault((one.customer_id, one.tag), []).append(one)
    assert len(times) == 40 * len(TAGS)
    assert {len(found) for found in times.values()} == {2, 3}
    zone = desk.settings.zone
    for found in times.values():
        for one, after in pairwise(found):
            assert one.ends_at == add_days(one.as_of, desk.settings.horizon_days, zone)
            assert one.ends_at <= after.as_of


def test_no_score_chooses_who_is_watched(desk: Desk) -> None:
    began = desk.now
    live(desk, 20)
    first = {(one.customer_id, one.tag, one.as_of) for one in noted(desk)}
    with desk.store.write() as connection:
        connection.execute(OutcomeLabel.__table__.delete())  # type: ignore[attr-defined]
    desk.now = began
    live(desk, 20, seed=1_000)
    assert {(one.customer_id, one.tag, one.as_of) for one in noted(desk)} == first


def test_what_was_said_is_kept_with_what_became_of_it(desk: Desk) -> None:
    live(desk, 10)
    assert {one.stream for one in noted(desk)} == {"served"}
    assert {one.decision for one in noted(desk)} == {"apply", "review", "withhold"}
    assert all((one.confidence > 0.8) == (one.decision == "apply") for one in noted(desk) if one.confidence)
    assert {(one.value, one.resolved_at) for one in noted(desk)} == {(None, None)}


def test_turns_of_days_on_which_nobody_looked_are_made_up_for_once(desk: Desk) -> None:
    live(desk, 1)
    before = len(noted(desk))
    desk.later(days=9)
    desk.suggest([replace(one, as_of=desk.now) for one in suggested(40)])
    assert watch(desk) > 2 * len(TAGS)
    assert watch(desk) == 0
    live(desk, 20)
    customers = [one.customer_id for one in noted(desk) if one.tag == TAGS[0]]
    assert sorted(customers) == sorted(f"c{number}" for number in range(40))
    assert before < len(noted(desk))


def test_tags_that_only_people_know_are_not_watched(desk: Desk) -> None:
    reviewed = desk.taxonomy["coffee"].model_dump() | {"outcome": {"type": "reviewed"}}
    coffee = type(desk.taxonomy["coffee"]).model_validate(reviewed)
    others = tuple(tag for tag in desk.taxonomy.tags if tag.key != "coffee")
    desk.taxonomy = desk.taxonomy.model_copy(update={"tags": (coffee, *others)})
    live(desk, 10)
    assert {one.tag for one in noted(desk)} == {"tea", "wine"}


def test_a_store_without_suggestions_notes_nothing(desk: Desk) -> None:
    assert watch(desk) == 0
    desk.later(days=1)
    assert watch(desk) == 0
