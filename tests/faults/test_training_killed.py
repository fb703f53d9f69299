"""A training killed at any moment: what served before serves on, and the same command again completes the work."""

from pathlib import Path
from textwrap import dedent

import pytest

from core.settings import Settings
from models.registry import Registry
from models.release_read import current_release_id, load_release
from tests.faults import jobs
from tests.faults.killing import KILLS, Running, kill_at, kill_often, seconds_of
from tests.faults.moments import Moment
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
PARTS = ("interest", "churn", "segments")
STAGES = {
    Moment("after", "training.train:open_source"): "before the registry",
    Moment("after", "training.learn:hold"): "before the registry",
    Moment("after", "training.learn:fit_final"): "before the registry",
    Moment("before", "training.register:record_contest"): "runs begun",
    Moment("after", "models.runs:Run.figure"): "runs begun",
    Moment("before", "models.runs:Run.register"): "runs begun",
    Moment("after", "models.runs:Run._log"): "runs begun",
    Moment("after", "models.runs:Run.register"): "some versions registered",
    Moment("before", "models.runs:Run.register", call=2): "some versions registered",
    Moment("before", "training.train:promote"): "every version registered",
    Moment("before", "training.promotion:make_current"): "every version registered",
    Moment("after", "training.train:promote"): "promoted",
}


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
def test_killed_training_leaves_what_served_and_is_made_good_by_the_next(
    home: Settings, folder: Path
) -> None:
    registry = Registry(home.tracking_uri, home.artifacts_path)

    def versions() -> int:
        return sum(len(registry.versions(part)) for part in PARTS)

    def runs(status: str = "") -> list[str]:
        """The latest run, of that status if one is named."""
        experiments = [found.experiment_id for found in registry.client.search_experiments()]
        such = f"attributes.status = '{status}'" if status else ""
        found = registry.client.search_runs(
            experiments, such, max_results=1, order_by=["attributes.start_time DESC"]
        )
        return [run.info.run_id for run in found]

    def state() -> tuple[int, list[str], str | None]:
        return versions(), runs(), current_release_id(home.releases_path)

    before = state()

    def start(dies: Moment | None = None) -> Running:
        nonlocal before
        before = state()
        return Running(jobs.train_all, {"home": home.home}, folder / "worked-out", dies=dies)

    start().wait()
    in_each = versions()
    assert in_each > 1

    def after() -> str:
        same_versions, same_run, same_release = (
            now == then for now, then in zip(state(), before, strict=True)
        )
        load_release(home.releases_path)  # whole, whichever it is
        if not same_release:
            assert versions() == before[0] + in_each
            return "promoted"
        if versions() == before[0] + in_each:
            return "every version registered"
        if not same_versions:
            return "some versions registered"
        return "before the registry" if same_run else "runs begun"

    kills = kill_at(start, after, STAGES)
    kill_often(start, after, seconds=seconds_of(start, times=1), times=KILLS - kills)
    start().wait()
    assert after() == "promoted"
    release = load_release(home.releases_path)
    for part, origin in release.facts.origins.items():
        champion = registry.champion(part)
        assert champion is not None
        assert champion.version == origin.version == registry.versions(part)[-1].version
    assert not runs("RUNNING")
    assert strays(home) == []
