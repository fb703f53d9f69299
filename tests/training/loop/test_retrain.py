"""Whole turns of the loop on a small shop: reasons, a challenger beside the champion, who serves, and the way back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from sqlalchemy import func, select

from core.clock import midnight
from core.errors import NotReadyError
from core.settings import Settings
from core.storage import Store, open_store
from features.ingest import ingest
from features.sources import load_mapping
from models.registry import Registry
from models.release_read import load_release
from monitoring.retrainings import read_retrainings
from tags.tables import CertificateRow
from tags.taxonomy import Taxonomy, load_taxonomy
from tests.faults.jobs import few_kinds
from tests.small_shop import FIRST_DAY, write_config, write_shop
from tests.training.decisions import decide
from tests.training.loop.weak import let_weak_model_serve
from training.loop.retrain import retrain
from training.loop.retrained import Retrained
from training.loop.rollback import rollback
from training.train import train
from training.turn import training_turn

pytestmark = pytest.mark.slow

EARLY, LATE = date(2023, 10, 1), date(2024, 3, 1)
CUSTOMERS = 150
TAXONOMY = """
    tags:
      - key: coffee
        name: {en: Coffee, zh: 咖啡}
        definition: {en: Buys coffee within 30 days, zh: 30 天内购买咖啡}
        outcome: {type: purchase, categories: [咖啡豆, 速溶咖啡]}
      - key: tea
        name: {en: Tea, zh: 茶}
        definition: {en: Buys tea within 30 days, zh: 30 天内购买茶叶}
        outcome: {type: purchase, categories: [茶叶]}
      - key: gourmet
        name: {en: Gourmet, zh: 美食家}
        definition: {en: A reviewer confirms it, zh: 由审核人确认}
        outcome: {type: reviewed}
    """


@dataclass(frozen=True)
class Loop:
    """A loaded home, and the loop's turns in it."""

    settings: Settings
    store: Store

    @cached_property
    def taxonomy(self) -> Taxonomy:
        return load_taxonomy(self.settings.taxonomy)

    @cached_property
    def registry(self) -> Registry:
        return Registry(self.settings.tracking_uri, self.settings.artifacts_path)

    def at(self, day: date) -> datetime:
        return midnight(day, self.settings.zone)

    def turn(self, day: date, **more: Any) -> Retrained:
        now = self.at(day)
        with few_kinds():
            return retrain(self.settings.at(now), self.store, self.taxonomy, now=now, **more)

    def champions(self) -> dict[str, int]:
        parts = ("interest", "churn", "segments", "reviewed")
        return {part: one.version for part in parts if (one := self.registry.champion(part))}

    def serving(self) -> dict[str, int]:
        facts = load_release(self.settings.releases_path).facts
        return {part: origin.version for part, origin in facts.origins.items()}

    def state(self) -> dict[str, Any]:
        """All that a retraining leaves somewhere."""
        with self.store.read() as connection:
            certificates = connection.scalar(select(func.count()).select_from(CertificateRow))
            rows = [vars(one) for one in read_retrainings(connection)]
        files = {
            str(file)
            for folder in (
                self.settings.releases_path,
                self.settings.artifacts_path,
                self.settings.cards_path,
            )
            for file in folder.rglob("*")
            if file.is_file()
            and file.name != "registered_model_meta"  # MLflow's own note of a model it loaded
        }
        runs = [
            run.info.run_id
            for found in self.registry.client.search_experiments()
            for run in self.registry.client.search_runs([found.experiment_id])
        ]
        versions = {part: len(self.registry.versions(part)) for part in ("interest", "churn", "segments")}
        return {
            "certificates": certificates,
            "rows": rows,
            "files": files,
            "runs": runs,
            "versions": versions,
            "champions": self.champions(),
        }


def load(folder: Path, *, until: date = LATE) -> Loop:
    write_shop(folder / "shop", customers=CUSTOMERS, until_day=(until - FIRST_DAY.date()).days)
    taxonomy = folder / "shop" / "three-tags.yaml"
    taxonomy.write_text(dedent(TAXONOMY).lstrip(), encoding="utf-8")
    write_config(folder / "home", taxonomy)
    settings = Settings(home=folder / "home")
    store = open_store(settings)
    ingest(load_mapping(folder / "shop" / "mapping.yaml"), settings, store, settings.make_clock())
    return Loop(settings, store)


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """The home whose story the tests below tell, in their order."""
    made = load(tmp_path_factory.mktemp("loop"))
    yield made
    made.store.close()


def test_first_turn_promotes_everything_because_nothing_served(loop: Loop) -> None:
    found = loop.turn(EARLY)
    assert found.happened == "promoted"
    assert [one.code for one in found.reasons] == ["never_trained"]
    assert found.champion == {}
    assert loop.serving() == loop.champions() == {"interest": 1, "churn": 1, "segments": 1}


def test_turn_leaves_its_story_in_the_store_and_in_mlflow(loop: Loop) -> None:
    with loop.store.read() as connection:
        (row,) = read_retrainings(connection)
    assert (row.kind, row.happened, row.before, row.after) == ("retrain", "promoted", {}, loop.champions())
    assert row.codes == {"never_trained"}
    assert row.run_id is not None
    run = loop.registry.client.get_run(row.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.tags["happened"] == "promoted"
    kept = {file.path for file in loop.registry.client.list_artifacts(row.run_id)}
    assert {"reasons.json", "comparison.json", "retraining.json"} <= kept


def test_second_turn_of_the_day_finds_no_reason_and_does_nothing(loop: Loop) -> None:
    before = loop.state()
    found = loop.turn(EARLY)
    assert (found.happened, found.reasons, found.comparison) == ("no_reason", (), None)
    assert loop.state() == before


def test_while_another_training_runs_it_says_so_and_does_nothing(loop: Loop) -> None:
    before = loop.state()
    with training_turn(loop.settings, loop.registry):
        found = loop.turn(LATE, wait_seconds=0.0)
    assert found.happened == "waiting"
    assert "Another training is running" in str(found.refused)
    assert loop.state() == before


def test_dry_run_tells_all_and_changes_nothing(loop: Loop) -> None:
    before = loop.state()
    found = loop.turn(LATE, dry_run=True)
    assert found.happened == "dry_run"
    assert {"outcomes", "age"} <= {one.code for one in found.reasons}
    assert found.comparison is not None
    assert {one.part for one in found.comparison.parts} == {"interest", "churn"}
    assert {one.part for one in found.comparison.rulings} == {"interest", "churn", "segments"}
    assert loop.state() == before
    for part in found.comparison.parts:  # after both had learned
        assert part.cutoffs == ("2024-01-10", "2024-01-17", "2024-01-24", "2024-01-31")
        assert 0 < part.customers <= CUSTOMERS


def test_nothing_after_now_is_looked_at(loop: Loop, tmp_path: Path) -> None:
    """A home that holds later months answers as one that ends there."""
    day = date(2024, 1, 15)
    ended = load(tmp_path, until=day)
    with few_kinds():
        train(ended.settings, ended.store, ended.taxonomy, until=ended.at(EARLY))
    there, here = ended.turn(day, dry_run=True), loop.turn(day, dry_run=True)
    ended.store.close()
    assert here.as_json() == there.as_json()
    assert here.comparison is not None
    assert here.comparison.parts


def test_decisions_of_today_are_learned_today_and_nothing_else_is_trained(loop: Loop) -> None:
    gourmets = {f"m{number:03}": number % 2 == 0 for number in range(40)}
    decide(loop.settings, loop.store, "gourmet", gourmets, at=loop.at(EARLY))
    before = loop.champions()
    found = loop.turn(EARLY + timedelta(days=1))
    assert [one.code for one in found.reasons] == ["decisions"]
    assert found.comparison is not None
    assert found.challenger == {"reviewed": 1}
    assert {one.part: one.code for one in found.comparison.rulings} == {
        "interest": "not_trained",
        "churn": "not_trained",
        "segments": "not_trained",
        "reviewed": "new",
    }
    assert loop.champions() == loop.serving() == {**before, "reviewed": 1}
    tags = [entry.key for entry in load_release(loop.settings.releases_path).facts.tags]
    assert tags == ["coffee", "tea", "gourmet"]


def test_a_challenger_that_is_better_takes_over_part_by_part_and_the_former_comes_back(loop: Loop) -> None:
    weak = let_weak_model_serve(loop.settings, loop.store, learned_until=loop.at(EARLY))
    before = loop.champions()
    found = loop.turn(LATE, force=True)
    assert found.comparison is not None
    rulings = {one.part: one for one in found.comparison.rulings}
    assert (found.happened, rulings["interest"].takes_over) == ("promoted", True)
    part = found.comparison.part("interest")
    assert part is not None
    assert part.figures.low > 0
    after = loop.champions()
    assert after["interest"] > weak
    kept = {name for name, one in rulings.items() if not one.takes_over}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert loop.serving() == after
    assert found.release_id

    taken_back = rollback(loop.settings, loop.store, now=loop.at(LATE))
    assert taken_back.before == after
    assert taken_back.after == before == loop.champions() == loop.serving()


def test_after_a_rollback_the_loop_does_not_promote_the_same_again_by_itself(loop: Loop) -> None:
    found = loop.turn(LATE)
    assert found.reasons
    assert (found.happened, found.rests_until is not None) == ("no_reason", True)


def test_there_is_no_way_back_from_what_nothing_is_known_to_have_preceded(loop: Loop) -> None:
    """The weak model was promoted by hand, past the commands that keep what was before."""
    with pytest.raises(NotReadyError, match="nothing to go back to"):
        rollback(loop.settings, loop.store, now=loop.at(LATE))
