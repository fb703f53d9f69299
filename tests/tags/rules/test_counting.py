"""What functions count of events, against plain loops over plain events, and against the kernel where both tell it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import to_us
from features.catalogue import Catalogue
from features.contract import STANDARD_TYPES, Event
from features.kernel import column_names, compute
from features.records import to_histories
from features.spec import FeatureSpec
from tags.rules.counting import counted
from tags.rules.kinds import From, Input

ZONE = "America/New_York"
SPEC = FeatureSpec(timezone=ZONE, channels=("app", "store"))
AS_OF = datetime(2017, 11, 10, 5, tzinfo=UTC)  # midnight in New York, five days after its clocks went back
ASKED = (
    Input(From.COUNT, "view", 7),
    Input(From.COUNT, "interest", 30),
    Input(From.COUNT, "purchase"),
    Input(From.SUM, "purchase", 7),
    Input(From.SUM, "refund"),
    Input(From.SINCE, "visit"),
    Input(From.CHANNEL_SHARE, "app", 30),
    Input(From.CHANNEL_SHARE, "nowhere", 30),
)


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    found = []
    for place in range(draw(st.integers(0, 12))):
        minutes = draw(
            st.integers(-3 * 24 * 60, 40 * 24 * 60) | st.sampled_from([0, 1, 7 * 24 * 60, 7 * 24 * 60 + 1])
        )
        occurred = AS_OF - timedelta(minutes=minutes)
        late = timedelta(minutes=draw(st.sampled_from([0, 0, 0, 5, 5000])))
        found.append(
            Event(
                f"event {place}",
                draw(st.sampled_from(["a", "b"])),
                occurred,
                occurred + late,
                draw(st.sampled_from(["view", "search", "purchase", "refund", "visit"])),
                channel=draw(st.sampled_from([None, "app", "store"])),
                amount=draw(st.sampled_from([None, Decimal("0.1"), Decimal("12.34")])),
            )
        )
    return found


def told(event: Event, word: str, days: int | None) -> bool:
    """Whether an event counts: known before the instant, of the type or role, on one of the days."""
    if event.occurred_at >= AS_OF or event.received_at >= AS_OF:
        return False
    is_of = STANDARD_TYPES[event.type] == word or event.type == word
    return is_of and (days is None or age(event) < days)


def age(event: Event) -> int:
    return (last_day() - event.occurred_at.astimezone(ZoneInfo(ZONE)).date()).days


def last_day() -> date:
    return (AS_OF - timedelta(microseconds=1)).astimezone(ZoneInfo(ZONE)).date()


def slowly(asked: Input, of_one: Sequence[Event]) -> float | None:
    word = "purchase" if asked.source is From.CHANNEL_SHARE else asked.key
    found = [event for event in of_one if told(event, word, asked.days)]
    if asked.source is From.COUNT:
        return len(found)
    if asked.source is From.SUM:
        return float(sum((event.amount or Decimal(0) for event in found), Decimal(0)))
    if asked.source is From.SINCE:
        return min((age(event) for event in found), default=None)
    return sum(event.channel == asked.key for event in found) / len(found) if found else None


@given(events())
def test_counts_are_those_of_plain_loops(some: list[Event]) -> None:
    of_each = {name: [one for one in some if one.customer_id == name] for name in ("a", "b")}
    found = counted(to_histories(of_each), to_us(AS_OF), SPEC, ASKED)
    expected = [[slowly(asked, of_one) for asked in ASKED] for of_one in of_each.values()]
    assert [[None if np.isnan(one) else one for one in row] for row in found.tolist()] == [
        [pytest.approx(one, rel=1e-12) if one is not None else None for one in row] for row in expected
    ]


@given(events())
def test_counts_that_the_kernel_tells_as_well_are_the_same(some: list[Event]) -> None:
    histories = to_histories({"a": [one for one in some if one.customer_id == "a"]})
    found = counted(
        histories, to_us(AS_OF), SPEC, [Input(From.COUNT, "purchase", 28), Input(From.SUM, "purchase", 84)]
    )
    row = dict(
        zip(column_names(SPEC), compute(histories, to_us(AS_OF), SPEC, Catalogue([], ()))[0], strict=True)
    )
    assert found[0].tolist() == [row["purchases_28d"], row["spend_84d"]]
