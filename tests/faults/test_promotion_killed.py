"""A promotion killed at any moment: what serves is whole, and the same promotion again completes it."""

import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest

from core.clock import add_days
from core.storage import open_store
from features.build import build_panel
from features.outcomes import CHURNED, Horizon
from features.source import open_source
from models.churn import LogisticChurn
from models.logistic import LogisticInterest
from models.registry import Registry
from models.release_manifest import MANIFEST_FILE
from models.release_read import current_release_id, load_release
from models.segments import CustomerSegments
from models.versions import ModelVersion
from tags.taxonomy import load_taxonomy
from tests.faults import jobs
from tests.faults.killing import KILLS, Running, kill_at, kill_often, seconds_of
from tests.faults.moments import Moment
from tests.faults.shops import settings_of
from tests.faults.states import strays
from tests.serving.conftest import END, ZONE, Home, bare_home  # noqa: F401 (a fixture)

PARTS = ("interest", "churn", "segments")
STAGES = {
    Moment("before", "training.promotion:write_release"): "before the release",
    Moment("after", "models.release_write:_write_file"): "release half written",
    Moment("before", "training.promotion:check_release"): "release written",
    Moment("before", "training.promotion:move_aliases"): "release written",
    Moment("after", "models.registry:Registry.promote"): "aliases moving",
    Moment("after", "models.registry:Registry.promote", call=2): "aliases moving",
    Moment("after", "training.promotion:move_aliases"): "aliases moved",
    Moment("before", "training.promotion:make_current"): "aliases moved",
    Moment("after", "training.promotion:make_current"): "done",
}


@pytest.fixture
def prepared(bare_home: Home, folder: Path) -> Path:  # noqa: F811 (the fixture)
    """A home with two registered versions of each model, and in `1.pickle` and `2.pickle` what promotes them."""
    home = bare_home.copy_to(folder / "shop")
    settings = settings_of(home.folder)
    store = open_store(settings)
    taxonomy = load_taxonomy(settings.taxonomy)
    source = open_source(settings, store, taxonomy.groups)
    cutoff = add_days(END, -30, ZONE)
    panel = build_panel(source, [cutoff], horizon=Horizon(30, END)).at(cutoff)
    tags = [tag.key for tag in taxonomy.tags if tag.key in panel.outcomes]
    active = panel.features["baskets_56d"] > 0
    client = Registry(settings.tracking_uri, settings.artifacts_path).client
    for part in PARTS:
        client.create_registered_model(part)
    for number, strength in ((1, 1.0), (2, 0.3)):
        estimators = {
            "interest": LogisticInterest(penalty=strength).fit(panel.features, panel.outcomes[tags]),
            "churn": LogisticChurn().fit(panel.features[active], panel.outcomes.loc[active, [CHURNED]]),
            "segments": CustomerSegments(n_segments=(2, 3), min_stability=0.0, n_replicates=2).fit(
                panel.features[panel.features["baskets_84d"] > 0]
            ),
        }
        for part in PARTS:
            client.create_model_version(part, source=f"{home.folder.as_uri()}/{part}/{number}")
        versions = {part: ModelVersion(part, number, "") for part in PARTS}
        parts = (source, taxonomy, estimators, versions, panel.features)
        (home.folder / f"{number}.pickle").write_bytes(pickle.dumps(parts))
    store.close()
    return home.folder


class Promotions:
    """Promotes the two sets of versions in turn, and tells how far a promotion came that was killed."""

    def __init__(self, prepared: Path) -> None:
        self.settings = settings_of(prepared)
        self.registry = Registry(self.settings.tracking_uri, self.settings.artifacts_path)
        self.given = {"home": self.settings.home, "taxonomy": self.settings.taxonomy}
        self.folder = prepared
        self.target = 1

    def promote(self, number: int, dies: Moment | None = None) -> Running:
        return Running(jobs.promote_parts, self.given, self.folder / f"{number}.pickle", dies=dies)

    def start(self, dies: Moment | None = None) -> Running:
        """Promote the other versions than those that serve; their release is to be written anew."""
        self.target = 3 - self.target
        for folder in self.others():
            shutil.rmtree(folder)
        return self.promote(self.target, dies)

    def others(self) -> list[Path]:
        """The whole releases that do not serve."""
        releases = self.settings.releases_path
        whole = {file.parent for file in releases.glob(f"*/{MANIFEST_FILE}")}
        return [folder for folder in whole if folder.name != current_release_id(releases)]

    def state(self) -> tuple[set[int], set[int]]:
        """The versions in the release that serves, and those that MLflow calls champion."""
        release = load_release(self.settings.releases_path)
        champions: list[Any] = [self.registry.champion(part) for part in PARTS]
        return {o.version for o in release.facts.origins.values()}, {c.version for c in champions if c}

    def stage(self) -> str:
        serving, champions = self.state()
        assert len(serving) == 1  # never a mixture
        if serving == {self.target}:
            return "done" if champions == serving else "aliases lost"
        if self.target in champions:
            return "aliases moving" if len(champions) > 1 else "aliases moved"
        if any(self.settings.releases_path.glob(".building-*")):
            return "release half written"
        return "release written" if self.others() else "before the release"

    def after(self) -> str:
        found = self.stage()
        self.complete()
        return found

    def complete(self) -> None:
        self.promote(self.target).wait()
        assert self.state() == ({self.target}, {self.target})
        assert strays(self.settings) == []


@pytest.mark.slow
def test_killed_promotion_leaves_a_whole_release_and_is_completed_by_the_next(prepared: Path) -> None:
    promotions = Promotions(prepared)
    promotions.complete()
    kills = kill_at(promotions.start, promotions.after, STAGES)
    seconds = seconds_of(promotions.start)
    stages = kill_often(promotions.start, promotions.after, seconds=seconds, times=KILLS - kills)
    assert set(stages) <= set(STAGES.values())
