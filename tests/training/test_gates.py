"""Gates: what has to hold before a release may serve, and what is said when it does not."""

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select, update

from core.storage import Store
from features.build import build
from features.packing import pack
from features.source import FeatureSource, open_source
from features.tables import History
from models.evaluation import Choice
from models.logistic import LogisticInterest
from tags.taxonomy import load_taxonomy
from tests.conftest import Shop
from tests.features.stored import unpack
from tests.training.panels import calendar_of, panel_rows
from training.gates import beats_the_rules, gives_probabilities, online_equals_offline

AS_OF = datetime(2024, 2, 29, 16, tzinfo=UTC)


@pytest.fixture
def parts(
    loaded_shop: Shop, copy_of: Callable[[Shop], Shop], open_shop: Callable[[Shop], Store]
) -> tuple[Store, FeatureSource, pd.DataFrame]:
    shop = copy_of(loaded_shop)
    store, settings = open_shop(shop), shop.settings()
    source = open_source(settings, store, load_taxonomy(settings.taxonomy).groups)
    return store, source, build(source, AS_OF)


Parts = tuple[Store, FeatureSource, pd.DataFrame]


def test_untouched_histories_pass(parts: Parts) -> None:
    store, source, features = parts
    gate = online_equals_offline(features, AS_OF, source, store)
    assert (gate.passed, str(gate.finding)) == (True, "20 customers agree in every feature")


def test_shop_with_fewer_customers_than_the_sample_is_looked_at_as_a_whole(parts: Parts) -> None:
    store, source, features = parts
    gate = online_equals_offline(features.head(3), AS_OF, source, store)
    assert (gate.passed, str(gate.finding)) == (True, "3 customers agree in every feature")


def test_history_that_was_tampered_with_fails_and_the_feature_is_named(parts: Parts) -> None:
    """Every amount of one customer is halved: only what counts money differs."""
    store, source, features = parts
    name = str(features.index[0])
    with store.write() as connection:
        packed = connection.scalar(select(History.packed).where(History.customer_id == name))
        assert packed is not None
        history = unpack(name, packed)
        changed = pack(type(history)(**{**vars(history), "amount": history.amount / 2}), 0)
        connection.execute(update(History).where(History.customer_id == name).values(packed=changed))
    gate = online_equals_offline(features, AS_OF, source, store)
    assert (gate.passed, gate.blocks) == (False, True)
    named = str(gate.finding).partition("differ: ")[2].partition(";")[0].split(", ")
    assert named
    assert all("spend" in feature or "discount" in feature or "amount" in feature for feature in named)


def test_history_that_is_gone_fails_and_the_customer_is_named(parts: Parts) -> None:
    store, source, features = parts
    name = str(features.index[0])
    with store.write() as connection:
        connection.execute(History.__table__.delete().where(History.customer_id == name))  # type: ignore[attr-defined]
    gate = online_equals_offline(features, AS_OF, source, store)
    assert not gate.passed
    assert f"customers not found: {name}" in str(gate.finding)
    assert name in gate.finding.render("zh")


def test_model_ahead_of_every_rule_passes() -> None:
    gate = beats_the_rules("interest", Choice("logistic"))
    assert (gate.passed, str(gate.name)) == (True, "interest: beats the rules")


def test_veto_says_what_is_promoted_instead_and_stops_nothing() -> None:
    gate = beats_the_rules("churn", Choice("logistic", ("recency", "frequency"), "frequency"))
    assert (gate.passed, gate.blocks) == (False, False)
    assert str(gate.finding) == "logistic does not beat recency, frequency; frequency is promoted instead"


class Overconfident(LogisticInterest):
    """Says more than 1, as a model with a fault might."""

    def predict_proba(self, X: pd.DataFrame) -> pd.DataFrame:
        """Twice the probability."""
        return super().predict_proba(X) * 2.5


@pytest.mark.parametrize(("model", "passed"), [(LogisticInterest(), True), (Overconfident(), False)])
def test_outputs_have_to_be_probabilities(model: LogisticInterest, *, passed: bool) -> None:
    calendar = calendar_of()
    until = datetime(2023, 12, 1, tzinfo=calendar.zone)
    rows = panel_rows(calendar, until, lambda X, _tag: np.full(len(X), 0.6), customers=30)
    gate = gives_probabilities("interest", model.fit(rows.X, rows.Y), rows.X)
    assert (gate.passed, gate.blocks) == (passed, True)
