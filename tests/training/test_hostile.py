"""Shops that are hard to learn from: each ends with a refusal in words, or a release that serves."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from core.clock import midnight
from core.settings import Settings
from core.storage import Store, open_store
from features.ingest import ingest
from features.sources import load_mapping
from models.registry import Registry
from serving.api import create_app
from serving.keys import Scope, create_key
from tags.taxonomy import load_taxonomy
from tests.training import hostile
from tests.training.hostile import ENDS, Shop, regulars
from training.preflight import Finding, RefusedError
from training.score import score
from training.train import Report, train

pytestmark = pytest.mark.slow

ALL = frozenset({"interest", "churn", "segments"})
NO_OUTCOMES = {"interest": "no_outcomes"}
TOO_SHORT = {"interest": "too_short", "churn": "too_short"}
NOTHING_AT_ALL = {"no_tags", "no_outcomes", "no_purchases", "nothing_counted"}
NO_PURCHASES = dict.fromkeys(ALL, "no_purchases")
NO_GROUPS = {"segments": "unstable_segments"}

SHOPS = (
    Shop("regulars", regulars, trains=ALL),
    Shop(
        "customers of one day",
        hostile.one_day_only,
        trains=frozenset({"segments"}),
        refuses={**NO_OUTCOMES, "churn": "no_repeat_visits"},
    ),
    Shop(
        "one customer",
        lambda dice, days: regulars(dice, days, customers=1),
        refuses=dict.fromkeys(ALL, "too_few_customers"),
    ),
    Shop(
        "three weeks",
        lambda dice, days: regulars(dice, days, gap=3),
        days=21,
        trains=frozenset({"segments"}),
        refuses=TOO_SHORT,
    ),
    Shop("five months", lambda dice, days: regulars(dice, days, customers=200), days=152, trains=ALL),
    Shop("ten years", lambda dice, days: regulars(dice, days, gap=25), days=3650, trains=ALL),
    Shop("views only", hostile.of_type("view"), refuses=NO_PURCHASES),
    Shop("refunds only", hostile.of_type("refund"), refuses=NO_PURCHASES),
    Shop("nothing but one visit", hostile.nothing, refuses=NO_PURCHASES),
    Shop(
        "ratings only",
        hostile.raters,
        outcome=hostile.LOVED,
        trains=ALL - {"churn"},
        refuses={"churn": "no_purchases"},
    ),
    Shop(
        "ratings on one day",
        hostile.raters_of_one_day,
        outcome=hostile.LOVED,
        trains=frozenset({"segments"}),
        refuses={**NO_OUTCOMES, "churn": "no_purchases"},
    ),
    Shop(
        "purchases only where ratings are asked for",
        regulars,
        outcome=hostile.LOVED,
        trains=ALL - {"interest"},
        refuses={"interest": "nothing_counted"},
    ),
    Shop("all amounts zero", hostile.free, trains=ALL - {"segments"}, refuses=NO_GROUPS),
    Shop("no items", hostile.without_items, trains=ALL - {"interest"}, refuses=NO_OUTCOMES),
    Shop(
        "tag that nobody ever buys",
        lambda dice, days: regulars(dice, days, customers=200),
        tags=("coffee", "wine"),
        trains=ALL,
        refuses={"interest.wine": "too_few_positives"},
    ),
    Shop(
        "nobody leaves and everybody buys coffee",
        hostile.daily,
        trains=frozenset({"interest", "segments"}),
        refuses={"interest.coffee": "too_few_negatives", "churn": "too_few_positives"},
    ),
    Shop(
        "one customer under many names",
        hostile.alike,
        refuses={
            "interest": "no_tags",
            "interest.coffee": "too_few_positives_to_test",
            "interest.tea": "too_few_positives_to_test",
            "churn": "too_few_positives",
            "segments": "too_alike",
        },
    ),
    Shop("all at one instant", hostile.at_once, trains=frozenset({"segments"}), refuses=TOO_SHORT),
    Shop("events at the clock", hostile.at_the_clock, trains=ALL),
    Shop("one date a week", hostile.weekly, trains=ALL),
    Shop(
        "new customers only",
        hostile.growing,
        trains=frozenset({"segments"}),
        refuses={"interest": "too_few_customers", "churn": "too_few_customers"},
    ),
    Shop(
        "ended in 2003",
        regulars,
        ends=date(2003, 2, 17),
        trains=ALL - {"segments"},
        refuses=NO_GROUPS,
    ),
    Shop(
        "ended in 2004 but for one stray",
        hostile.followed_by_a_stray,
        ends=date(2004, 2, 17),
        trains=ALL - {"segments"},
        refuses=NO_GROUPS,
    ),
    Shop(
        "horizon of a week",
        lambda dice, days: regulars(dice, days, customers=250, gap=6),
        days=150,
        more={"horizon_days": 7},
        trains=ALL,
    ),
    Shop(
        "horizon of a year",
        regulars,
        days=400,
        more={"horizon_days": 365},
        refuses={**TOO_SHORT, **NO_GROUPS},
    ),
)


@dataclass(frozen=True, eq=False)
class Trained:
    """A shop after its training: the report, or what was refused when nothing could be trained."""

    shop: Shop
    settings: Settings
    store: Store
    report: Report | None
    refusals: tuple[Finding, ...]
    warned: tuple[str, ...]


@pytest.fixture(scope="module")
def mlflow_uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One MLflow for all shops: making its database takes longer than most of the trainings."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


@pytest.fixture(scope="module", params=SHOPS, ids=lambda shop: shop.name)
def trained(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mlflow_uri: str
) -> Iterator[Trained]:
    shop: Shop = request.param
    with opened(shop, tmp_path_factory.mktemp("hostile") / "shop", mlflow_uri) as (settings, store):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                report: Report | None = trained_now(settings, store)
                refusals = report.refusals if report else ()
            except RefusedError as error:
                report, refusals = None, error.refusals
        numeric = (RuntimeWarning, UserWarning)
        warned = tuple(str(one.message) for one in caught if issubclass(one.category, numeric))
        yield Trained(shop, settings, store, report, refusals, warned)


@contextmanager
def opened(shop: Shop, folder: Path, mlflow_uri: str) -> Iterator[tuple[Settings, Store]]:
    """The shop, loaded."""
    settings = shop.write(folder).model_copy(update={"mlflow_uri": mlflow_uri})
    store = open_store(settings)
    ingest(load_mapping(folder / "mapping.yaml"), settings, store, settings.make_clock())
    yield settings, store
    store.close()


def trained_now(settings: Settings, store: Store) -> Report:
    return train(settings, store, load_taxonomy(settings.taxonomy), until=midnight(ENDS, settings.zone))


def asked(settings: Settings, store: Store, ask: Callable[[TestClient], Any]) -> Any:
    """What a real app over the home answers."""
    with store.write() as connection:
        key = create_key(connection, "test", list(Scope), now=settings.make_clock().now()).token
    with TestClient(create_app(settings), headers={"Authorization": f"Bearer {key}"}) as client:
        return ask(client)


def test_parts_are_trained_or_refused_as_the_data_allows(trained: Trained) -> None:
    versions = trained.report.versions if trained.report else {}
    assert set(versions) == trained.shop.trains
    assert {one.name: one.need.code for one in trained.refusals} == trained.shop.refuses


def test_refusals_say_what_was_found_and_needed_in_both_languages(trained: Trained) -> None:
    for one in trained.refusals:
        assert one.found < one.least
        english, chinese = one.text.render("en"), one.text.render("zh")
        assert english != chinese
        assert "{" not in english + chinese
        assert one.need.code in NOTHING_AT_ALL or _figure(one) in english


def _figure(finding: Finding) -> str:
    return f"{finding.found:.0%}" if 0 < finding.least < 1 else f"{finding.found:g}"


def test_numbers_are_sound_and_nothing_warns(trained: Trained) -> None:
    assert trained.warned == ()
    for result in trained.report.contests.values() if trained.report else ():
        assert np.isfinite(result.comparison.table.to_numpy(np.float64)).all()


def test_what_is_released_serves_and_explains_what_is_missing(trained: Trained) -> None:
    if trained.report is None:
        assert trained.shop.trains == frozenset()
        return
    assert trained.report.release_id
    customer = "c7"
    body = {"customers": [{"customer_id": customer}]}

    def ask(client: TestClient) -> tuple[Any, Any]:
        return client.post("/v1/predict", json=body).json(), client.get("/v1/models").json()

    answer, models = asked(trained.settings, trained.store, ask)
    assert set(answer["models"]) == set(models["models"]) == trained.shop.trains
    (found,) = answer["customers"]
    assert found["status"] == "ok"
    assert (found["segment"] is not None) == ("segments" in trained.shop.trains)
    if "churn" not in trained.shop.trains:
        assert found["no_churn_because"]["code"] == trained.shop.refuses["churn"]
    told = {f"{one['part']}.{one['tag']}" if one["tag"] else one["part"]: one for one in models["refused"]}
    assert {name: one["because"]["code"] for name, one in told.items()} == trained.shop.refuses


def test_scores_of_all_customers_lack_only_what_was_refused(trained: Trained) -> None:
    if trained.report is None:
        return
    frame = score(
        trained.settings,
        trained.store,
        load_taxonomy(trained.settings.taxonomy),
        as_of=trained.report.until,
        versions={name: str(version.version) for name, version in trained.report.versions.items()},
    )
    left = [tag for tag in trained.shop.tags if f"interest.{tag}" not in trained.shop.refuses]
    with_tags = left if "interest" in trained.shop.trains else []
    assert [name for name in frame.columns if name.startswith("tag__")] == [
        f"tag__{tag}" for tag in with_tags
    ]
    assert frame["churn"].notna().any() == ("churn" in trained.shop.trains)
    assert frame["segment"].notna().all() == ("segments" in trained.shop.trains)


def test_refused_part_has_a_run_that_says_why_and_no_version(trained: Trained) -> None:
    if trained.report is None or "churn" in trained.shop.trains:
        return
    registry = Registry(trained.settings.tracking_uri, trained.settings.artifacts_path)
    experiment = registry.client.get_experiment_by_name("churn").experiment_id
    (newest,) = registry.client.search_runs([experiment], "tags.refused != ''", max_results=1)
    assert newest.data.tags["refused"] == trained.shop.refuses["churn"]
    (churn,) = (one for one in trained.refusals if one.name == "churn")
    assert newest.data.tags["refused_because"] == str(churn.text)
    kept = {file.path for file in registry.client.list_artifacts(newest.info.run_id)}
    assert kept == {"preflight.json", "gates.json", "taxonomy.json", "feature_spec.json"}
