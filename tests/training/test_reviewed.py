"""Tags that only reviewers know: decisions are the labels, and what defines a tag is kept from its model."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from core.storage import Store
from features.build import build
from features.contract import Event
from features.intake import accept
from features.source import FeatureSource, open_source
from tags.taxonomy import Taxonomy, load_taxonomy
from tests.conftest import Shop
from tests.small_shop import city_of
from tests.training.decisions import decide
from training.reviewed import LeftOut, ReviewedResult, train_reviewed

AT = datetime(2024, 2, 20, tzinfo=UTC)
UNTIL = datetime(2024, 2, 29, 16, tzinfo=UTC)  # the shop's 1 March
CUSTOMERS = [f"m{number:03}" for number in range(0, 300, 3)]


class Desk:
    """A copy of the shop where decisions can be made and learned from."""

    def __init__(self, shop: Shop, store: Store) -> None:
        self.settings = shop.settings()
        self.store = store
        self.taxonomy: Taxonomy = load_taxonomy(shop.taxonomy)
        self.source: FeatureSource = open_source(self.settings, store, self.taxonomy.groups)
        self.frame: pd.DataFrame = build(self.source, AT)

    def decide(self, tag: str, accepted: dict[str, bool], at: datetime = AT, call: str = "") -> None:
        decide(self.settings, self.store, tag, accepted, at=at, call=call)

    def train(self, until: datetime = UNTIL, others: pd.DataFrame | None = None) -> ReviewedResult:
        return train_reviewed(self.taxonomy, self.source, self.store, until, others)

    @property
    def wine_lovers(self) -> dict[str, bool]:
        """A reviewer who calls everybody a gourmet who buys wine every now and then."""
        rate = self.frame["basket_rate_ever__wine"]
        return {name: bool(rate[name] > 0.1) for name in CUSTOMERS if name in self.frame.index}


@pytest.fixture
def desk(loaded_shop: Shop, copy_of: Callable[[Shop], Shop], open_shop: Callable[[Shop], Store]) -> Desk:
    shop = copy_of(loaded_shop)
    return Desk(shop, open_shop(shop))


def chances(result: ReviewedResult, desk: Desk, tag: str) -> "pd.Series[float]":
    assert result.model is not None
    return result.model.predict_proba(desk.frame)[tag]


def test_without_decisions_nothing_is_trained_and_each_tag_waits(desk: Desk) -> None:
    result = desk.train()
    assert (result.model, result.rows) == (None, None)
    assert result.left_out == (LeftOut("gourmet", 0, 0), LeftOut("lakeside", 0, 0))


def test_decisions_are_learned(desk: Desk) -> None:
    lovers = desk.wine_lovers
    desk.decide("gourmet", lovers)
    result = desk.train()
    found = chances(result, desk, "gourmet")
    others = desk.frame.index.difference(list(lovers))  # nobody decided on them
    fits = desk.frame.loc[others, "basket_rate_ever__wine"] > 0.1
    assert found[others][fits].mean() > 2 * found[others][~fits].mean()
    assert result.quality["auc"]["gourmet"] > 0.8
    assert result.left_out == (LeftOut("lakeside", 0, 0),)


def test_customers_nobody_decided_tell_how_columns_are_spread(desk: Desk) -> None:
    desk.decide("gourmet", desk.wine_lovers)
    found = desk.train(others=desk.frame)
    assert found.model is not None
    assert found.rows is not None
    asked = pd.concat([found.rows.X, desk.frame], ignore_index=True)
    wine = list(found.model.columns_).index("basket_rate_ever__wine")
    spread = np.log1p(asked["basket_rate_ever__wine"].fillna(0.0)).std(ddof=0)
    assert found.model.scale_[wine] == pytest.approx(spread)
    assert found.quality["auc"]["gourmet"] > 0.8
    assert found.quality["customers"]["gourmet"] == len(desk.wine_lovers)


def test_opposite_decisions_teach_the_opposite(desk: Desk) -> None:
    lovers = desk.wine_lovers
    desk.decide("gourmet", lovers)
    first = chances(desk.train(), desk, "gourmet")
    desk.decide("gourmet", {name: not value for name, value in lovers.items()}, call="again-")
    second = chances(desk.train(), desk, "gourmet")
    fits = desk.frame["basket_rate_ever__wine"] > 0.1
    assert first[fits].mean() > first[~fits].mean()
    assert second[fits].mean() < second[~fits].mean()


def test_attributes_that_define_a_tag_are_kept_from_every_model(desk: Desk) -> None:
    by_the_lake = {name: city_of(name) == "杭州" for name in desk.frame.index[:120]}
    desk.decide("lakeside", by_the_lake)
    result = desk.train()
    assert result.model is not None
    columns = list(result.model.feature_names_in_)
    assert "profile_age" in columns
    assert [name for name in columns if "city" in name] == []
    assert result.quality["auc"]["lakeside"] < 0.75  # with the city it would be 1


@pytest.mark.parametrize(("accepted", "rejected"), [(9, 30), (30, 9)])
def test_tag_with_too_few_of_one_kind_is_left_out_and_reported(
    desk: Desk, accepted: int, rejected: int
) -> None:
    names = list(desk.frame.index)
    desk.decide("gourmet", dict.fromkeys(names[:accepted], True))
    desk.decide("gourmet", dict.fromkeys(names[50 : 50 + rejected], False))
    result = desk.train()
    assert result.model is None
    assert result.left_out[0] == LeftOut("gourmet", accepted, rejected)


def test_customers_are_counted_and_not_decisions(desk: Desk) -> None:
    """One customer, decided on every day for weeks, is one customer."""
    for days in range(15):
        desk.decide("gourmet", {"m000": True, "m003": False}, at=AT - timedelta(days=days))
    assert desk.train().left_out[0] == LeftOut("gourmet", 1, 1)


def test_customers_without_events_teach_nothing(desk: Desk) -> None:
    desk.decide("gourmet", {f"stranger {number}": number % 2 == 0 for number in range(40)})
    assert desk.train().left_out[0] == LeftOut("gourmet", 0, 0)


def test_decisions_told_later_are_not_known(desk: Desk) -> None:
    desk.decide("gourmet", desk.wine_lovers)
    assert desk.train(until=AT).model is None
    assert desk.train(until=AT + timedelta(microseconds=1)).model is not None


def test_rows_are_those_of_the_moment_that_was_reviewed(desk: Desk) -> None:
    """What a customer did after the decision is not what the reviewer saw."""
    lovers = desk.wine_lovers
    desk.decide("gourmet", lovers)
    before = desk.train()
    later = AT + timedelta(days=1)
    events = [
        Event(f"late-{name}", name, later, later, "purchase", item_id="葡萄酒1", order_id=f"o-{name}")
        for name in list(lovers)[:20]
    ]
    accept(desk.store, events, now=UNTIL)
    after = desk.train()
    assert before.rows is not None
    assert after.rows is not None
    pd.testing.assert_frame_equal(before.rows.X, after.rows.X, check_exact=True)
    expected = desk.frame.loc[list(lovers)].to_numpy()
    np.testing.assert_array_equal(before.rows.X.droplevel("as_of").loc[list(lovers)].to_numpy(), expected)


def test_quality_is_of_customers_that_the_model_had_not_seen(desk: Desk) -> None:
    """A tag that nothing explains cannot look good, however well the model remembers its customers."""
    names = list(desk.frame.index[:200])
    coin = np.random.default_rng(1).random(len(names)) < 0.5
    for days in (0, 7, 14):
        desk.decide("gourmet", dict(zip(names, coin.tolist(), strict=True)), at=AT - timedelta(days=days))
    quality = desk.train().quality
    assert 0.3 < quality["auc"]["gourmet"] < 0.7
