"""What was served comes out the same from the lake; what does not is named and blocks promotions."""

from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
from sqlalchemy import select, update

from features import counters
from features.contract import Event
from monitoring.parity import Parity, parity_blocks, replay_served
from monitoring.parity_runs import latest_parity
from monitoring.served_rows import pack, unpack
from monitoring.tables import ServedPrediction
from tests.monitoring.conftest import EVERYBODY, World
from tests.serving.conftest import END

DAY = timedelta(days=1)


def replayed(world: World, until: datetime = END + DAY) -> Parity:
    return replay_served(world.settings, world.store, world.taxonomy, since=END - 7 * DAY, until=until)


def bought(name: str, at: datetime, received_at: datetime | None = None) -> Event:
    return Event(
        f"{name} {at.isoformat()}",
        name,
        at,
        received_at or at,
        "purchase",
        item_id="c1",
        order_id=f"o {name} {at}",
        amount=Decimal("3.50"),
    )


def test_what_was_served_comes_out_the_same(world: World) -> None:
    later = world.at(END + DAY)
    later.accept([bought(name, END - DAY / 2, END - DAY / 3) for name in EVERYBODY[:20]])
    later.serve([END - 2 * DAY, END - DAY, END])
    found = replayed(later)
    assert (found.compared, found.differing, found.problem) == (3 * len(EVERYBODY), 0, None)
    with world.store.read() as connection:
        assert parity_blocks(connection) is None
        (finding,) = latest_parity(connection)
    assert (finding.value, finding.alarm) == (0.0, None)


def test_events_that_came_after_the_answer_do_not_count_against_it(world: World) -> None:
    later = world.at(END + DAY)
    later.serve([END])
    later.accept([bought(name, END - DAY, END + DAY / 2) for name in EVERYBODY])
    assert replayed(later).differing == 0


def test_an_event_that_was_on_its_way_to_the_store_is_no_difference(world: World) -> None:
    """It has its instant before it is committed: an answer in between did not see it."""
    later = world.at(END + DAY)
    later.serve([END])
    later.accept([bought(name, END - DAY, END - timedelta(milliseconds=200)) for name in EVERYBODY])
    assert replayed(later).differing == 0


def test_an_event_that_was_there_and_did_not_count_is_found(world: World) -> None:
    later = world.at(END + DAY)
    later.serve([END])
    later.accept([bought("c1", END - DAY, END - timedelta(minutes=5))])
    found = replayed(later)
    assert found.differing == 1
    assert {one.customer_id for one in found.culprits} == {"c1"}
    assert "baskets_28d" in {one.feature for one in found.culprits}


def test_a_difference_names_feature_and_customer_and_blocks_promotions(world: World) -> None:
    later = world.at(END + DAY)
    later.serve([END])
    names = list(later.snapshot().release.facts.feature_columns)
    with world.store.write() as connection:
        row = connection.execute(
            select(ServedPrediction.__table__).where(ServedPrediction.customer_id == "c7")
        ).one()
        values = unpack(row.features, len(names))
        values[names.index("spend_28d")] += 0.01
        connection.execute(
            update(ServedPrediction).where(ServedPrediction.seq == row.seq).values(features=pack(values))
        )
    found = replayed(later)
    assert [(one.feature, one.customer_id, one.kind) for one in found.culprits] == [
        ("spend_28d", "c7", "mismatch")
    ]
    with world.store.read() as connection:
        blocked = parity_blocks(connection)
        (finding,) = latest_parity(connection)
    assert blocked is not None
    assert "spend_28d of customer c7" in blocked.render()
    assert "c7" in blocked.render("zh")
    assert finding.alarm == "critical"
    mended = world.at(END + 2 * DAY)
    mended.serve([END + DAY])
    again = replay_served(
        mended.settings, mended.store, mended.taxonomy, since=END + DAY / 2, until=END + 2 * DAY
    )
    assert again.compared == len(EVERYBODY)
    with world.store.read() as connection:
        assert parity_blocks(connection) is None


def test_missing_and_extra_values_are_told_apart(world: World) -> None:
    later = world.at(END + DAY)
    later.serve([END], ["c1"])
    names = list(later.snapshot().release.facts.feature_columns)
    with world.store.write() as connection:
        row = connection.execute(
            select(ServedPrediction.__table__).where(ServedPrediction.customer_id == "c1")
        ).one()
        values = unpack(row.features, len(names))
        known = names[int(np.flatnonzero(~np.isnan(values))[0])]
        unknown = names[int(np.flatnonzero(np.isnan(values))[0])]
        values[names.index(known)], values[names.index(unknown)] = np.nan, 1.0
        connection.execute(
            update(ServedPrediction).where(ServedPrediction.seq == row.seq).values(features=pack(values))
        )
    kinds = {one.feature: one.kind for one in replayed(later).culprits}
    assert kinds == {known: "missing", unknown: "extra"}


def test_what_was_served_before_a_load_is_not_compared(world: World) -> None:
    later = world.at(END + DAY)
    later.serve([END])
    with world.store.write() as connection:
        counters.advance(connection, "catalogue")
    found = replayed(later)
    assert found.compared == 0
    assert found.skipped >= len(EVERYBODY)
    with world.store.read() as connection:
        assert latest_parity(connection) == []  # nothing was compared, so nothing is said
