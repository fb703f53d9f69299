"""A training killed at any moment: what served before serves on, and the same command again completes the work."""

from pathlib import Path
from textwrap import dedent

import pytest

from core.settings import Settings
from models.registry import Registry
from models.release import current_release_id, load_release
from tests.faults import jobs
from tests.faults.killing import Running, kill_often, seconds_of
from tests.faults.states import strays
from tests.small_shop import write_config, write_shop

CUSTOMERS = 60
ONE_TAG = """
    tags:
      - key: coffee
        name: {en: Coffee, zh: 咖啡}
        definition: {en: Buys coffee within 30 days, zh: 30 天内购买咖啡}
        outcome: {type: purchase, categories: [咖啡豆, 速溶咖啡]}
    """


@pytest.fixture
def home(folder: Path) -> Settings:
    """A loaded home."""
    write_shop(folder / "shop", customers=CUSTOMERS)
    taxonomy = folder / "shop" / "one-tag.yaml"
    taxonomy.write_text(dedent(ONE_TAG).lstrip(), encoding="utf-8")
    write_config(folder / "home", taxonomy)
    Running(jobs.load, {"home": folder / "home"}, folder / "shop" / "mapping.yaml").wait()
    return Settings(home=folder / "home")


@pytest.mark.slow
def test_killed_training_leaves_what_served_and_is_made_good_by_the_next(home: Settings) -> None:
    registry = Registry(home.tracking_uri, home.artifacts_path)

    def start() -> Running:
        return Running(jobs.train_all, {"home": home.home})

    def versions_registered() -> int:
        return sum(len(registry.versions(part)) for part in ("interest", "churn", "segments"))

    seconds = seconds_of(start, times=1)
    first = current_release_id(home.releases_path)
    assert first is not None
    known = versions_registered()

    def after() -> str:
        nonlocal known
        load_release(home.releases_path)  # whole, whichever it is
        before, known = known, versions_registered()
        return "versions registered" if known > before else "before the registry"

    stages = kill_often(start, after, seconds=seconds)
    assert stages["before the registry"] >= 3, stages
    start().wait()
    release = load_release(home.releases_path)
    for part, origin in release.facts.origins.items():
        champion = registry.champion(part)
        assert champion is not None
        assert champion.version == origin.version == registry.versions(part)[-1].version
    experiments = [found.experiment_id for found in registry.client.search_experiments()]
    assert not registry.client.search_runs(experiments, "attributes.status = 'RUNNING'")
    assert strays(home) == []
