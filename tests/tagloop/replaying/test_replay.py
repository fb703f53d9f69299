"""A replay of the small shop, from the command to the home that it leaves: two weeks, the second with a break."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from sqlalchemy import func, select

from core.settings import Settings
from core.storage.engine import look_into_store
from features.build import build
from features.lake import Lake
from features.source import open_source
from review.tables import Label, OutcomeLabel, Task, TaskDecision
from tagloop.replaying.preparing import original
from tagloop.replaying.record import suggestions_file
from tags.catalogue.taking import look
from tests.command_line import refused, succeeded, tagloop, tagloop_here
from tests.conftest import Shop

pytestmark = pytest.mark.slow

BEGAN, BREAKS, ENDS = (
    datetime.fromisoformat(f"{day}T00:00:00+08:00") for day in ("2024-01-08", "2024-01-15", "2024-01-22")
)
COLUMNS = ["event_id", "occurred_at", "received_at", "amount", "discount", "type"]


@dataclass(frozen=True)
class Replayed:
    """The home that was replayed, the one that came of it, what was printed, and whether the first changed."""

    shop: Shop
    home: Path
    taxonomy: Path
    said: str
    is_untouched: bool

    @property
    def content(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.home / "replay.json").read_text(encoding="utf-8"))
        return found

    def run(self, *arguments: object) -> str:
        return succeeded(
            self.shop.home,
            "replay",
            "--home",
            self.home,
            *arguments,
            run=tagloop_here,
            TAGLOOP_TAXONOMY=str(self.taxonomy),
        )


@pytest.fixture(scope="module")
def replayed(loaded_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    folder = tmp_path_factory.mktemp("replayed")
    taxonomy = folder / "taxonomy.yaml"
    text = loaded_shop.taxonomy.read_text(encoding="utf-8")
    easier = text.replace("outcome: {type: purchase", "target_precision: 0.4\n    outcome: {type: purchase")
    taxonomy.write_text(easier, encoding="utf-8")
    before = files_of(loaded_shop.home)
    asked = ("--from", "2024-01-08", "--until", "2024-01-22", "--accuracy", 1, "--reviewers", 1)
    said = succeeded(
        loaded_shop.home,
        *("replay", *asked, "--break", "unit", "--home", folder / "home"),
        run=tagloop,
        TAGLOOP_TAXONOMY=str(taxonomy),
    )
    return Replayed(loaded_shop, folder / "home", taxonomy, said, files_of(loaded_shop.home) == before)


def files_of(folder: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def events_of(home: Path) -> pd.DataFrame:
    lake = Lake(home / "lake")
    parts = [lake.read_bucket(bucket, COLUMNS) for bucket in range(lake.buckets)]
    return pa.concat_tables(parts).unify_dictionaries().to_pandas().set_index("event_id").sort_index()


def test_home_that_was_replayed_is_as_it_was(replayed: Replayed) -> None:
    assert replayed.is_untouched


def test_every_event_arrived_once_and_nothing_later(replayed: Replayed) -> None:
    old, new = events_of(replayed.shop.home), events_of(replayed.home)
    expected = old[old["occurred_at"] < ENDS]
    assert new.index.tolist() == expected.index.tolist()
    assert new["occurred_at"].tolist() == expected["occurred_at"].tolist()
    sent = int((expected["occurred_at"] >= BEGAN).sum())
    assert sum(week["events"] for week in replayed.content["weeks"]) == sent


def test_events_were_received_when_they_happened(replayed: Replayed) -> None:
    new = events_of(replayed.home)
    sent = new[new["occurred_at"] >= BEGAN]
    delay = sent["received_at"] - sent["occurred_at"]
    assert delay.min() >= timedelta(0)
    assert delay.max() <= timedelta(days=1)


def test_only_what_came_after_the_break_is_broken(replayed: Replayed) -> None:
    old, new = events_of(replayed.shop.home), events_of(replayed.home)
    old = old.loc[new.index]
    is_broken = new["occurred_at"] >= BREAKS
    assert new.loc[~is_broken, "amount"].equals(old.loc[~is_broken, "amount"])
    bought = is_broken & (new["type"] == "purchase")
    assert bought.any()
    assert [*new.loc[bought, "amount"]] == [amount * Decimal(100) for amount in old.loc[bought, "amount"]]


def test_features_are_those_of_the_home_that_was_replayed(replayed: Replayed) -> None:
    """What came live through the server, an event at a time, gives the very rows that the loaded files give."""
    frames = []
    for home in (replayed.shop.home, replayed.home):
        settings = Settings(home=home, taxonomy=replayed.taxonomy)
        store = look_into_store(settings)
        tags = look(settings, store)
        frames.append(build(open_source(settings, store, tags.groups, targets=tags.targets), BREAKS))
        store.close()
    old, new = frames
    pd.testing.assert_frame_equal(old, new, check_exact=True)


def test_reviewers_who_never_err_said_what_turned_out(replayed: Replayed) -> None:
    with original(Settings(home=replayed.shop.home, taxonomy=replayed.taxonomy)) as old:
        truth = old.truth(old.data_ends())
    store = look_into_store(Settings(home=replayed.home))
    with store.read() as connection:
        labels = connection.execute(select(Label.customer_id, Label.tag, Label.as_of, Label.value)).all()
        decided = connection.scalar(select(func.count()).select_from(TaskDecision))
        asked = connection.scalar(select(func.count()).select_from(Task))
        watched = connection.scalar(select(func.count()).select_from(OutcomeLabel))
    store.close()
    assert len(labels) > 50
    assert all(truth.of(one.customer_id, one.tag, one.as_of) is one.value for one in labels)
    weeks = replayed.content["weeks"]
    assert sum(week["accepted"] + week["rejected"] + week["skipped"] for week in weeks) == decided
    assert asked is not None
    assert watched is not None
    assert asked >= len(labels)
    assert watched > 0


def test_weeks_tell_what_was_applied_and_how_it_turned_out(replayed: Replayed) -> None:
    first, second = replayed.content["weeks"]
    kept = pd.read_parquet(suggestions_file(Settings(home=replayed.home), 1))
    applied = kept[(kept["decision"] == "apply") & (kept["tag"] != "gourmet")]
    assert (first["applied"], first["champion"]) == (len(applied), "interest/1")
    assert first["precision"] == pytest.approx(applied["fits"].mean())
    assert first["said"] == first["precision"]  # nobody errs
    assert first["target"] == pytest.approx(0.4)
    assert 0 < first["coverage"] < 1
    assert first["audit"]["low"] <= first["audit"]["value"] <= first["audit"]["high"]
    assert second["began_at"].startswith("2024-01-15")


def test_new_home_goes_on_from_where_the_replay_ended(replayed: Replayed) -> None:
    now = Settings(home=replayed.home).make_clock().now()
    assert ENDS <= now < ENDS + timedelta(hours=1)
    assert "Everything is sound" in succeeded(replayed.home, "doctor", run=tagloop_here)


def test_finished_replay_is_shown_and_drawn_again(replayed: Replayed, tmp_path: Path) -> None:
    said = replayed.run("--plot", tmp_path / "weeks.svg", "--audit-draws", 20)
    weeks = [line for line in replayed.said.splitlines() if line.startswith("2024-")]
    assert len(weeks) == 2
    assert said.splitlines()[: len(weeks)] == weeks or set(weeks) <= set(said.splitlines())
    assert "of 20 the truth lay in the interval" in said
    assert (tmp_path / "weeks.svg").read_text(encoding="utf-8").startswith("<svg")


def test_replay_into_a_home_that_is_there_is_refused(replayed: Replayed) -> None:
    before = files_of(replayed.home)
    said = refused(replayed.shop.home, "replay", "--from", "2024-01-20", "--home", replayed.home)
    assert "is not empty: remove it, or name another folder with --home" in said
    assert files_of(replayed.home) == before
