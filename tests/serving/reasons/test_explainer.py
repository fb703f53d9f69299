"""Reasons are what the model went by: nothing else is named, the strongest come first, and they add up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.storage import open_store
from models.boosting import BoostedInterest
from models.churn import BoostedChurn, LogisticChurn
from models.logistic import LogisticInterest
from models.release import Release
from models.release_manifest import Origin
from models.release_read import load_release
from models.release_write import write_release
from models.typical import typical_values
from serving.reasons import Explainer
from serving.snapshot import load_snapshot, load_tags


@dataclass
class World:
    """An explainer, the rows of the release's features, and their margins."""

    explainer: Explainer
    rows: pd.DataFrame

    @property
    def release(self) -> Release:
        return self.explainer.release

    def tag_margins(self, tag: int) -> Any:
        interest = self.release.predict(self.rows.to_numpy()).interest
        assert interest is not None
        return np.log(interest[:, tag]) - np.log1p(-interest[:, tag])


KINDS: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "linear": (LogisticInterest, LogisticChurn),
    "lightgbm": (
        lambda: BoostedInterest(n_rounds=30, min_leaf=5),
        lambda: BoostedChurn(n_rounds=30, min_leaf=5),
    ),
}


@pytest.fixture(scope="module", params=KINDS)
def world(
    request: pytest.FixtureRequest, trained_home: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    settings = trained_home.settings
    store = open_store(settings)
    snapshot = load_snapshot(settings, store, load_tags(settings, store))
    with store.read() as connection:
        names = [f"c{n}" for n in range(90)]
        _, values = snapshot.features.of_stored(connection, names, settings.make_clock().now())
    release = snapshot.release
    rows = pd.DataFrame(snapshot.wanted(values), columns=list(release.facts.feature_columns))
    facts = release.facts.model_copy(update={"typical": typical_values(rows)})
    labels = pd.DataFrame({tag: rows[f"baskets_84d__{tag}"] > 5 for tag in ("coffee", "tea")}).astype(float)
    churned = (rows[["baskets_28d"]] < 4).astype(float).set_axis(["churned"], axis=1)
    interest, churn = KINDS[request.param]
    estimators = {"interest": interest().fit(rows, labels), "churn": churn().fit(rows, churned)}
    origins = {part: Origin(name=part, version=1, run_id="r") for part in estimators}
    facts = facts.model_copy(update={"origins": origins, "segments": ()})
    folder = tmp_path_factory.mktemp("releases")
    release = load_release(folder, write_release(folder, facts, estimators))
    yield World(Explainer(release, snapshot.spec, snapshot.taxonomy, settings.currency), rows)
    store.close()


def test_all_groups_and_the_base_add_up_to_the_margin(world: World) -> None:
    for tag in (0, 1):
        parts = world.release.tag_contributions(world.rows.to_numpy(), tag)
        sums = world.explainer.grouped(parts.columns).sums(parts.values)
        np.testing.assert_allclose(parts.base + sums.sum(axis=1), world.tag_margins(tag), atol=1e-9)


def test_the_three_strongest_groups_are_told_strongest_first(world: World) -> None:
    parts = world.release.tag_contributions(world.rows.to_numpy(), 0)
    grouped = world.explainer.grouped(parts.columns)
    sums = grouped.sums(parts.values)
    for place, told in enumerate(world.explainer.tag_reasons(world.rows.to_numpy(), 0)):
        assert len(told) == min(3, np.count_nonzero(sums[place]))
        strongest = sorted(np.abs(sums[place]), reverse=True)[: len(told)]
        np.testing.assert_allclose([abs(one["contribution"]) for one in told], strongest)
        assert len({one["group"] for one in told}) == len(told)
        for one in told:
            total = sums[place, grouped.keys.index(one["group"])]
            assert one["contribution"] == total
            assert one["direction"] == ("raises" if total > 0 else "lowers")
            assert one["share"] == pytest.approx(abs(total) / np.abs(sums[place]).sum())


def test_a_reason_names_a_feature_that_moved_the_margin_its_way(world: World) -> None:
    """And so none that the model did not use: a feature that is not used moves nothing."""
    for tag in (0, 1):
        parts = world.release.tag_contributions(world.rows.to_numpy(), tag)
        for place, told in enumerate(world.explainer.tag_reasons(world.rows.to_numpy(), tag)):
            for one in told:
                moved = parts.values[place, parts.columns.index(one["feature"])]
                assert moved > 0 if one["direction"] == "raises" else moved < 0


def test_value_and_typical_are_the_customers_and_the_releases(world: World) -> None:
    for place, told in enumerate(world.explainer.churn_reasons(world.rows.to_numpy())):
        for one in told:
            value = world.rows.iloc[place][one["feature"]]
            assert one["value"] == (None if np.isnan(value) else value)
            assert one["typical"] == world.release.facts.typical[one["feature"]]


def test_sentences_say_what_they_are_about_and_which_way(world: World) -> None:
    (tag, *_), (churn, *_) = (
        world.explainer.tag_reasons(world.rows.to_numpy()[:1], 0)[0],
        world.explainer.churn_reasons(world.rows.to_numpy()[:1])[0],
    )
    leads = {"raises": ("Speaks for it: ", "支持："), "lowers": ("Speaks against it: ", "不支持：")}
    assert tag["sentence"]["en"].startswith(leads[tag["direction"]][0])
    assert tag["sentence"]["zh"].startswith(leads[tag["direction"]][1])
    leads = {
        "raises": ("Raises the risk: ", "增加流失风险："),
        "lowers": ("Lowers the risk: ", "降低流失风险："),
    }
    assert churn["sentence"]["en"].startswith(leads[churn["direction"]][0])
    assert churn["sentence"]["zh"].startswith(leads[churn["direction"]][1])


def test_buying_speaks_for_a_tag_and_never_having_bought_against_it(world: World) -> None:
    bought = world.rows["baskets_84d__coffee"].to_numpy().argmax()
    never = np.isnan(world.rows["days_since_last_purchase__coffee"].to_numpy()).argmax()
    for place, direction in ((bought, "raises"), (never, "lowers")):
        (told,) = world.explainer.tag_reasons(world.rows.to_numpy()[place : place + 1], 0)
        own = [one["direction"] for one in told if one["group"] == "purchases:coffee"]
        assert own == [direction]


def test_a_row_of_its_own_has_the_reasons_that_it_has_among_many(world: World) -> None:
    rows = world.rows.to_numpy()
    together = world.explainer.tag_reasons(rows, 0)[7]
    alone = world.explainer.tag_reasons(rows[7:8], 0)[0]
    assert [one["sentence"] for one in alone] == [one["sentence"] for one in together]


def test_without_typical_values_nothing_is_said_of_them(world: World) -> None:
    """A release from before it held any still explains."""
    facts = world.release.facts.model_copy(update={"typical": {}})
    old = Release(world.release.release_id, facts, world.release.interest, None, world.release.churn)
    explainer = Explainer(old, world.explainer.spec, world.explainer.taxonomy, "CNY")
    for one in explainer.tag_reasons(world.rows.to_numpy()[:1], 0)[0]:
        assert one["typical"] is None
        assert "typical" not in one["sentence"]["en"]
        assert "一般" not in one["sentence"]["zh"]
