"""A promotion killed at any moment: what serves is whole, and the same promotion again completes it."""

import pickle
from itertools import cycle
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
from models.release import current_release_id, load_release
from models.segments import CustomerSegments
from models.versions import ModelVersion
from tags.taxonomy import load_taxonomy
from tests.faults import jobs
from tests.faults.killing import Running, kill_often, seconds_of
from tests.faults.shops import settings_of
from tests.faults.states import strays
from tests.serving.conftest import END, ZONE, Home, bare_home  # noqa: F401 (a fixture)

PARTS = ("interest", "churn", "segments")


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


@pytest.mark.slow
def test_killed_promotion_leaves_a_whole_release_and_is_completed_by_the_next(prepared: Path) -> None:
    settings = settings_of(prepared)
    given = {"home": settings.home, "taxonomy": settings.taxonomy}
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    target = 1
    turns = cycle((2, 1))

    def start() -> Running:
        nonlocal target
        target = next(turns)
        return Running(jobs.promote_parts, given, prepared / f"{target}.pickle")

    def state() -> tuple[set[int], set[int]]:
        """The versions in the release that serves, and those that MLflow calls champion."""
        release = load_release(settings.releases_path, current_release_id(settings.releases_path))
        champions: list[Any] = [registry.champion(part) for part in PARTS]
        return {o.version for o in release.facts.origins.values()}, {c.version for c in champions if c}

    def after() -> str:
        serving, champions = state()
        assert len(serving) == 1  # never a mixture
        found = (
            "aliases moving" if len(champions) > 1 else "aliases moved" if champions != serving else "else"
        )
        if found != "else":
            Running(jobs.promote_parts, given, prepared / f"{target}.pickle").wait()
            assert state() == ({target}, {target})
            assert strays(settings) == []
        return found

    seconds = seconds_of(start)
    stages = kill_often(start, after, seconds=seconds)
    assert stages["aliases moving"] + stages["aliases moved"] >= 2, stages
    Running(jobs.promote_parts, given, prepared / "1.pickle").wait()
    assert state() == ({1}, {1})
    assert strays(settings) == []
