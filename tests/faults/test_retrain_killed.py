"""A retraining killed at any moment: the champion is as it was, or the challenger has taken over whole."""

from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from core.clock import midnight
from core.settings import Settings
from core.storage import Store, open_store
from models.registry import Registry
from models.release_read import load_release
from monitoring.retrainings import read_retrainings
from tags.taxonomy import load_taxonomy
from tests.faults import jobs
from tests.faults.killing import Running, kill_at, kill_often, seconds_of
from tests.faults.moments import Moment
from tests.faults.states import strays
from tests.faults.test_training_killed import ONE_TAG, PARTS
from tests.small_shop import write_config, write_shop
from tests.training.loop.weak import let_weak_model_serve
from training.follow import follow_champions
from training.loop.rollback import rollback

CUSTOMERS = 60
EARLY = date(2023, 10, 1)  # until when the weak champion learned
AT_RANDOM = 15
LEARNED = {"interest", "churn"}  # so few customers form no stable segments
STAGES = {
    Moment("before", "training.loop.retrain:resolve_outcomes"): "nothing",
    Moment("before", "training.loop.retrain:begin"): "nothing",
    Moment("after", "training.loop.retrain:learn_for"): "begun",
    Moment("after", "training.loop.retrain:record_comparison"): "begun",
    Moment("before", "models.runs:Run.register"): "begun",
    Moment("after", "training.loop.retrain:certify"): "registered",
    Moment("before", "training.loop.retrain:promote_parts"): "registered",
    Moment("before", "training.promotion:move_aliases"): "registered",
    Moment(
        "after", "models.registry:Registry.promote", call=4
    ): "registered",  # three became challengers before
    Moment("after", "models.registry:Registry.promote", call=4): "registered",
    Moment("before", "training.promotion:make_current"): "registered",
    Moment("after", "training.promotion:make_current"): "promoted",
    Moment("before", "training.loop.retrain:end"): "promoted",
}


class Turns:
    """Turns of the loop in a home whose champion is weak, and what a turn that was killed left behind."""

    def __init__(self, settings: Settings, store: Store, worked_out: Path) -> None:
        self.settings, self.store, self.worked_out = settings, store, worked_out
        self.registry = Registry(settings.tracking_uri, settings.artifacts_path)
        self.taxonomy = load_taxonomy(settings.taxonomy)
        self.before = self.counts()

    def counts(self) -> tuple[int, int]:
        """How many versions and how many retrainings there are."""
        with self.store.read() as connection:
            rows = [one for one in read_retrainings(connection) if one.kind == "retrain"]
        return sum(len(self.registry.versions(part)) for part in PARTS), len(rows)

    def start(self, dies: Moment | None = None) -> Running:
        self.before = self.counts()
        return Running(jobs.retrain_all, {"home": self.settings.home}, self.worked_out, dies=dies)

    def serving(self) -> dict[str, int]:
        facts = load_release(self.settings.releases_path).facts  # whole, whichever it is
        return {part: origin.version for part, origin in facts.origins.items()}

    def champions(self) -> dict[str, int]:
        return {part: one.version for part in PARTS if (one := self.registry.champion(part))}

    def after(self) -> str:
        """How far it came; then the weak champion serves again."""
        now = self.settings.make_clock().now()
        # What a server does that looks at the aliases every few seconds.
        assert not follow_champions(self.settings, self.store, self.taxonomy, as_of=now).is_new
        assert self.champions() == self.serving()
        versions, rows = self.counts()
        if self.serving() != {"interest": 1}:
            assert set(self.serving()) == LEARNED
            assert rollback(self.settings, self.store, now=now).after == {"interest": 1}
            assert self.champions() == self.serving() == {"interest": 1}
            return "promoted"
        if versions == self.before[0] + len(LEARNED):
            return "registered"
        return "begun" if rows > self.before[1] else "nothing"


@pytest.fixture
def turns(folder: Path) -> Turns:
    """A loaded home in which a weak model serves that learned months ago."""
    write_shop(folder / "shop", customers=CUSTOMERS)
    taxonomy = folder / "shop" / "one-tag.yaml"
    taxonomy.write_text(dedent(ONE_TAG).lstrip(), encoding="utf-8")
    write_config(folder / "home", taxonomy)
    Running(jobs.load, {"home": folder / "home"}, folder / "shop" / "mapping.yaml").wait()
    settings = Settings(home=folder / "home")
    store = open_store(settings)
    let_weak_model_serve(settings, store, learned_until=midnight(EARLY, settings.zone))
    return Turns(settings, store, folder / "worked-out")


@pytest.mark.slow
def test_killed_retraining_leaves_the_champion_or_a_whole_challenger_and_the_next_one_completes(
    turns: Turns,
) -> None:
    turns.start().wait()
    assert turns.after() == "promoted"
    kill_at(turns.start, turns.after, STAGES)
    stages = kill_often(turns.start, turns.after, seconds=seconds_of(turns.start, times=1), times=AT_RANDOM)
    assert set(stages) <= {*STAGES.values()}
    turns.start().wait()
    assert turns.after() == "promoted"
    with turns.store.read() as connection:
        rows = read_retrainings(connection)
    # A turn that came to its end before its kill has promoted; the next one has nothing later to compare by.
    happened = {one.happened for one in rows if one.kind == "retrain"}
    assert {"promoted", "died"} <= happened <= {"promoted", "died", "kept"}
    assert all(one.ended_at for one in rows)
    assert strays(turns.settings) == []
    turns.store.close()
