"""A part that served before and is refused now: it stops, in MLflow and in what serves, and is told about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from core.clock import midnight
from core.settings import Settings
from core.storage import Store, open_store
from features.ingest import ingest
from features.sources import load_mapping
from models.registry import CHAMPION, Registry
from models.release_read import current_release_id, load_release
from tags.taxonomy import load_taxonomy
from tests.command_line import answered, refused, succeeded, tagloop_here
from tests.training.hostile import ENDS, Shop, regulars
from training.score import score
from training.train import Report, train

pytestmark = pytest.mark.slow

EARLY = date(2023, 9, 1)  # 88 days after the shop's first: enough for segments alone


@dataclass(frozen=True, eq=False)
class Twice:
    """A shop trained on all its data, and then again on too little."""

    settings: Settings
    store: Store
    first: Report
    second: Report
    only_registered: str | None  # what served after a training on too little that was not promoted

    @property
    def registry(self) -> Registry:
        return Registry(self.settings.tracking_uri, self.settings.artifacts_path)


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    folder: Path = tmp_path_factory.mktemp("withdrawn") / "shop"
    settings = Shop("withdrawn", regulars).write(folder)
    store = open_store(settings)
    ingest(load_mapping(folder / "mapping.yaml"), settings, store, settings.make_clock())

    def until(day: date, *, promote: bool = True) -> Report:
        instant = midnight(day, settings.zone)
        return train(
            settings, store, load_taxonomy(settings.taxonomy), until=instant, promote_if_good=promote
        )

    first = until(ENDS)
    until(EARLY, promote=False)
    still = current_release_id(settings.releases_path)
    yield Twice(settings, store, first, until(EARLY), still)
    store.close()


def test_training_that_is_not_promoted_leaves_what_serves(twice: Twice) -> None:
    assert twice.only_registered == twice.first.release_id


def test_report_names_each_part_and_tag_that_serves_no_more(twice: Twice) -> None:
    assert not [gate for gate in twice.first.gates if "before" in str(gate.name)]
    told = {str(gate.name): str(gate.finding) for gate in twice.second.gates if "before" in str(gate.name)}
    assert told == {
        "churn: served before": "version 1 of churn served until now; this release has no model of it",
        "interest: served before": "version 1 of interest served until now; this release has no model of it",
        "coffee: predicted before": "tag coffee was predicted until now and is no more",
        "tea: predicted before": "tag tea was predicted until now and is no more",
    }
    assert all(not gate.passed and not gate.blocks for gate in twice.second.gates if str(gate.name) in told)


def test_release_has_what_was_trained_and_the_reasons_for_the_rest(twice: Twice) -> None:
    facts = load_release(twice.settings.releases_path).facts
    assert set(facts.origins) == {"segments"}
    assert facts.tags == ()
    assert {entry.part: entry.code for entry in facts.refusals} == {
        "interest": "too_short",
        "churn": "too_short",
    }


def test_champion_names_what_serves_and_nothing_else(twice: Twice) -> None:
    champions = {part: twice.registry.champion(part) for part in ("interest", "churn", "segments")}
    assert champions["interest"] is None
    assert champions["churn"] is None
    assert champions["segments"] == twice.second.versions["segments"]
    assert len(twice.registry.versions("churn")) == 1


def test_scores_come_from_what_serves(twice: Twice) -> None:
    taxonomy = load_taxonomy(twice.settings.taxonomy)
    frame = score(twice.settings, twice.store, taxonomy, as_of=midnight(ENDS, twice.settings.zone))
    assert list(frame.columns) == ["as_of", "churn", "segment", "membership"]
    assert frame["churn"].isna().all()
    assert frame["segment"].notna().all()


def environment(settings: Settings) -> dict[str, str]:
    """The settings, for a command."""
    given = settings.model_dump(mode="json", exclude_unset=True, exclude={"home"})
    return {f"TAGLOOP_{name.upper()}": str(value) for name, value in given.items()}


def test_commands_tell_what_is_not_trained_and_why(twice: Twice) -> None:
    """The doctor of what serves, a training of itself, in words and as JSON."""
    home, more = twice.settings.home, environment(twice.settings)
    said = succeeded(home, "doctor", run=tagloop_here, **more)
    assert "Not predicted: churn. The data is too short: from 2023-06-05" in said
    shown = succeeded(home, "train", "--until", str(EARLY), run=tagloop_here, **more)
    assert "✗ churn is not trained: The data is too short" in shown
    told = answered(home, "train", "--until", str(EARLY), "--json", run=tagloop_here, **more)
    assert [(one["part"], one["code"]) for one in told["refused"]] == [
        ("interest", "too_short"),
        ("churn", "too_short"),
    ]
    assert told["versions"].keys() == {"segments"}


def test_command_that_can_train_nothing_fails_with_every_reason(twice: Twice) -> None:
    home, more = twice.settings.home, environment(twice.settings)
    asked = ("train", "--until", "2023-06-07", "--json")
    said = refused(home, *asked, run=tagloop_here, **more)
    assert "Nothing was trained: no model has the data that it needs" in said
    for part in ("interest", "churn", "segments"):
        assert f"  {part}: " in said
    out = tagloop_here(home, *asked, **more).stdout
    assert '"code": "too_short"' in out


def test_doctor_finds_a_champion_that_does_not_serve(twice: Twice) -> None:
    """Last of this file: somebody names the old version again in MLflow, and nothing serves it."""
    twice.registry.promote("churn", 1, alias=CHAMPION)
    done = tagloop_here(twice.settings.home, "doctor", **environment(twice.settings))
    assert done.returncode == 1
    assert "MLflow's champion of churn is version 1, but what serves has no model of it" in done.stdout
