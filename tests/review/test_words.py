"""What people decide is on the profile with the label, and goes from it when they take it back."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from core.settings import Settings
from core.storage import Store, open_store
from review.decisions import Decision
from review.tables import Label
from review.words import decide, read_words, undo
from tags.profile.book import put
from tags.profile.claims import Claim, Source
from tags.profile.reading import profile_at
from tests.tags.profile.worlds import START, taxonomy_of

DAY = timedelta(days=1)
TAGS = taxonomy_of(tea={"method": "rule", "rule": {"when": "spend_84d > 0"}})
UTC_ZONE = ZoneInfo("UTC")


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path, database_url=database_url))
    yield opened
    opened.close()


def said(
    store: Store, decision_id: str, *, accepted: bool, at: datetime, as_of: datetime | None = None
) -> bool:
    decision = Decision(decision_id, "c1", "tea", accepted=accepted, reviewer="lin", as_of=as_of)
    with store.write() as connection:
        return decide(connection, decision, TAGS, now=at, zone=UTC_ZONE).is_new


def carried(store: Store, at: datetime) -> list[tuple[str, str]]:
    with store.read() as connection:
        found = profile_at(connection, ["c1"], at)
        return [(one.tag, one.source_version) for one in found.get("c1", ())]


def test_an_accepted_tag_is_carried_until_the_decision_lapses(store: Store) -> None:
    assert said(store, "d1", accepted=True, at=START)
    assert not said(store, "d1", accepted=True, at=START + DAY)
    assert carried(store, START + DAY) == [("tea", "lin")]
    assert carried(store, START + 30 * DAY) == []


def test_a_rejected_tag_is_kept_off_until_the_decision_lapses(store: Store) -> None:
    rule = Claim(None, "c1", "tea", 1, Source.RULE, "1", carries=True, as_of=START)
    with store.write() as connection:
        put(connection, [rule], taxonomy=TAGS, now=START)
    said(store, "d1", accepted=False, at=START + DAY)
    assert carried(store, START + 2 * DAY) == []
    assert carried(store, START + 31 * DAY) == [("tea", "1")]


def test_a_decision_about_an_earlier_instant_does_not_outdo_a_later_one(store: Store) -> None:
    said(store, "d1", accepted=True, at=START + DAY)
    assert said(store, "d2", accepted=False, at=START + 2 * DAY, as_of=START)
    assert carried(store, START + 2 * DAY) == [("tea", "lin")]


def test_an_undone_decision_gives_way_to_the_one_before_it(store: Store) -> None:
    said(store, "d1", accepted=True, at=START)
    said(store, "d2", accepted=False, at=START + DAY)
    with store.write() as connection:
        connection.execute(update(Label).where(Label.label_id == "d2").values(undone_at=START + 2 * DAY))
        undo(connection, "d2", TAGS, now=START + 2 * DAY)
    assert carried(store, START + 2 * DAY) == [("tea", "lin")]
    assert carried(store, START + DAY) == []
    with store.read() as connection:
        (word,) = read_words(connection, ["c1"])["c1"]
    assert (word.accepted, word.as_of) == (True, START)
