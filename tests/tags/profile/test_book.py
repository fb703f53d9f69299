"""The book against the slow one: profiles at every instant, and the changes that lead there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from sqlalchemy import Connection, select

from core.settings import Settings
from core.storage import Store, open_store
from tags.profile.because import Because
from tags.profile.book import put, resettle, tick, withdraw
from tags.profile.reading import profile_at
from tags.profile.tables import Change
from tags.taxonomy import Taxonomy
from tests.tags.profile.worlds import (
    CUSTOMERS,
    EVERYTHING,
    WORLDS,
    Act,
    Define,
    End,
    Put,
    SlowBook,
    Step,
    Tick,
    claim_of,
    instants_of,
    stories,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, to be copied."""
    home = tmp_path_factory.mktemp("empty")
    open_store(Settings(home=home)).close()
    return home / "tagloop.db"


@contextmanager
def empty_store(template: Path) -> Iterator[Store]:
    with TemporaryDirectory() as home:
        Path(home, "tagloop.db").write_bytes(template.read_bytes())
        store = open_store(Settings(home=Path(home)), migrate=False)
        yield store
        store.close()


def live_through(store: Store, steps: Sequence[Step]) -> SlowBook:
    """Do the same in the store and in the slow book."""
    slow, taxonomy = SlowBook(), EVERYTHING
    for step in steps:
        for act in step.acts:
            if isinstance(act, Define):
                taxonomy = WORLDS[act.world]
                slow.definitions.append((step.at, taxonomy))
            with store.write() as connection:
                _do(connection, act, slow, taxonomy, step.at)
    return slow


def _do(connection: Connection, act: Act, slow: SlowBook, taxonomy: Taxonomy, at: datetime) -> None:
    if isinstance(act, Put):
        claim = claim_of(act, at)
        put(connection, [claim], taxonomy=taxonomy, now=at)
        slow.put(claim, at)
    elif isinstance(act, End):
        those = [(act.customer_id, act.tag, act.source)]
        withdraw(connection, those, because=Because.WITHDRAWN, taxonomy=taxonomy, now=at)
        slow.end(act, at)
    elif isinstance(act, Tick):
        tick(connection, taxonomy=taxonomy, now=at)
    else:
        resettle(connection, CUSTOMERS, taxonomy=taxonomy, now=at)


@given(steps=stories())
@settings(max_examples=150)
def test_the_profile_at_every_instant_is_what_the_claims_come_to(template: Path, steps: list[Step]) -> None:
    with empty_store(template) as store:
        slow = live_through(store, steps)
        with store.read() as connection:
            for at in instants_of(steps):
                found = profile_at(connection, CUSTOMERS, at)
                for customer_id in CUSTOMERS:
                    carried = {one.tag: (one.source, one.value) for one in found.get(customer_id, ())}
                    assert carried == slow.profile(customer_id, at), (customer_id, at)


@given(steps=stories())
@settings(max_examples=100)
def test_the_changes_in_their_order_lead_to_the_profile(template: Path, steps: list[Step]) -> None:
    now = steps[-1].at
    with empty_store(template) as store:
        live_through(store, [*steps, Step(now, (Tick(),))])
        with store.read() as connection:
            changes = connection.execute(select(Change.__table__).order_by(Change.seq)).all()
            profile = profile_at(connection, CUSTOMERS, now)
    carried: dict[tuple[str, str], tuple[str, str | None]] = {}
    for change in changes:
        key, body = (change.customer_id, change.tag), change.body
        assert (change.change != "added") == (key in carried), change
        former = carried.pop(key, None)
        if change.change != "removed":
            carried[key] = (body["source"], body["value"])
        if former is not None:
            assert (body["before"]["source"], body["before"]["value"]) == former
    assert [change.seq for change in changes] == list(range(1, len(changes) + 1))
    assert carried == {
        (customer_id, one.tag): (one.source, one.value)
        for customer_id, all_ in profile.items()
        for one in all_
    }
