"""A customer of whom a source says what stands already needs no turn to write: exactly those are told."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.settings import Settings
from core.storage import Store, open_store
from tags.profile.book import Written, restate
from tags.profile.claims import Claim, Source
from tags.profile.reading import standing
from tags.profile.restating import says_otherwise
from tests.tags.profile.worlds import EVERYTHING, START

DAY = timedelta(days=1)
TEA = Claim(
    None,
    "ann",
    "tea",
    1,
    Source.MODEL,
    "r1",
    carries=True,
    as_of=START,
    until=START + 30 * DAY,
    confidence=0.9,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("said", "days", "differs"),
    [
        ([TEA], 0, False),
        ([replace(TEA, as_of=START + DAY, until=START + 31 * DAY)], 1, False),
        ([replace(TEA, confidence=0.85)], 0, True),
        ([replace(TEA, source_version="r2")], 0, True),
        ([replace(TEA, until=START + 50 * DAY)], 20, True),
        ([], 0, True),
        ([TEA, replace(TEA, tag="coffee")], 0, True),
        ([TEA], 31, True),
    ],
)
def test_only_those_are_told_of_whom_restating_writes_something(
    store: Store, said: list[Claim], days: int, *, differs: bool
) -> None:
    how = {"source": Source.MODEL, "customer_ids": ["ann"], "because": "no_longer", "taxonomy": EVERYTHING}
    now = START + days * DAY
    with store.write() as connection:
        restate(connection, [TEA], now=START, **how)  # type: ignore[arg-type]  # as named above
        stands = standing(connection, ["ann"])["ann"]
        found = says_otherwise(said, stands, Source.MODEL, now)
        written = restate(connection, said, now=now, **how)  # type: ignore[arg-type]
    assert found == differs
    assert (written != Written(unchanged=len(said))) == differs
