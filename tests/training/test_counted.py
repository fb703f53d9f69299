"""A shop that sells nothing: what its tags count is what its models learn from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.settings import Settings
from core.storage import open_store
from features.build import Panel, build_panel
from features.contract import Role
from features.lake import Lake
from features.outcomes import Horizon, Target
from features.source import FeatureSource
from features.spec import FeatureSpec
from models.metrics import average_precision
from models.segments import BEHAVIOUR, CustomerSegments
from tests.training.rated_shop import GENRES, UNTIL, open_rated_shop
from training.candidates import INTEREST, interest_contest
from training.counted import Counted, counted
from training.data import churn_rows, interest_rows
from training.gates import Gate, online_equals_offline

TAGS = [*(f"loves_{place}" for place in range(len(GENRES))), "rates"]
PAST = [datetime(2023, month, 1, tzinfo=UTC) for month in (6, 8, 10)]
LATER = datetime(2023, 12, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Site:
    """The rated shop, its rows as of a few cutoffs, and whether a request would give the same rows."""

    source: FeatureSource
    panel: Panel
    parity: Gate


@pytest.fixture(scope="module")
def site_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Role], Site]:
    made: dict[Role, Site] = {}

    def site(role: Role) -> Site:
        if role not in made:
            made[role] = _site(role, tmp_path_factory.mktemp(role.value))
        return made[role]

    return site


def _site(role: Role, home: Path) -> Site:
    settings = Settings(home=home, timezone="Asia/Shanghai")
    store = open_store(settings)
    source = open_rated_shop(Lake(settings.lake_path, buckets=2), store, role)
    panel = build_panel(source, [*PAST, LATER], horizon=Horizon(30, UNTIL))
    parity = online_equals_offline(panel.at(LATER).features, LATER, source, store)
    store.close()
    return Site(source, panel, parity)


RATINGS_ARE = pytest.mark.parametrize("role", [Role.OPINION, Role.PURCHASE])


@RATINGS_ARE
def test_models_find_who_will_love_what(role: Role, site_of: Callable[[Role], Site]) -> None:
    site = site_of(role)
    counts = counted(site.source)
    rows = interest_rows(site.panel, TAGS, counts.activity)
    past, present = rows.at(PAST), rows.at([LATER])
    models = interest_contest(counts).make(0)
    ranked = {
        name: _macro(present.Y, models[name].fit(past.X, past.Y).predict_proba(present.X))
        for name in ("popularity", "bought_84d", "purchase_count", "count_with_rate", "logistic", "lightgbm")
    }
    assert ranked["logistic"] > ranked["purchase_count"] > ranked["popularity"]
    assert ranked["lightgbm"] > 1.3 * ranked["popularity"]


def _macro(Y: pd.DataFrame, P: pd.DataFrame) -> float:
    return float(np.mean([average_precision(Y[tag].to_numpy(), P[tag].to_numpy()) for tag in Y.columns]))


@RATINGS_ARE
def test_request_gives_the_rows_that_were_trained_on(role: Role, site_of: Callable[[Role], Site]) -> None:
    assert site_of(role).parity.passed


@RATINGS_ARE
def test_customers_are_grouped_by_what_they_do(role: Role, site_of: Callable[[Role], Site]) -> None:
    site = site_of(role)
    columns, grouped = counted(site.source).to_segment(site.panel.at(LATER).features)
    segments = CustomerSegments(columns, min_stability=0.0, n_replicates=2).fit(grouped)
    assert len(grouped) > 50
    assert len({name.en for name in segments.names_}) == len(segments.names_) >= 4
    assert not np.isnan(segments.medians_).any()
    assert ("baskets_84d" in columns) == (role is Role.PURCHASE)


def test_ratings_that_count_as_purchases_can_churn_and_others_cannot(
    site_of: Callable[[Role], Site],
) -> None:
    assert churn_rows(site_of(Role.OPINION).panel).X.empty
    rows = churn_rows(site_of(Role.PURCHASE).panel)
    assert 0 < rows.Y["churned"].mean() < 1


def test_who_is_new_to_a_tag_is_told_by_what_it_counts(site_of: Callable[[Role], Site]) -> None:
    assert counted(site_of(Role.OPINION).source) == Counted(
        {**dict.fromkeys(TAGS[:-1], "opinion"), "rates": "opinion_anywhere"}, (Role.OPINION,)
    )
    assert counted(site_of(Role.PURCHASE).source) == Counted(
        {**dict.fromkeys(TAGS[:-1], "purchase"), "rates": "purchase_anywhere"}, (Role.PURCHASE,)
    )


def test_purchase_tags_are_learned_as_they_always_were() -> None:
    """The demo's contest: the same rows, the same candidates with the same parameters."""
    source = FeatureSource(Lake(Path()), 1, FeatureSpec(), None, {}, targets=(Target("tea"), Target("wine")))  # type: ignore[arg-type]  # no catalogue is asked
    counts = counted(source)
    assert counts == Counted({}, (Role.PURCHASE,))
    assert counts.activity == ("baskets_84d",)
    contest = interest_contest(counts)
    assert contest.candidates == INTEREST.candidates == ("logistic_history", "lightgbm", "pooled", "blend")
    ours, theirs = (
        {name: str(model.get_params()) for name, model in one.make(7).items()} for one in (contest, INTEREST)
    )
    assert ours == theirs


def test_views_of_items_bring_a_model_that_reads_them_into_the_contest() -> None:
    contest = interest_contest(Counted(), looked_at=True)
    assert contest.candidates == ("logistic_history", "logistic_attention", "lightgbm", "pooled", "blend")
    assert contest.make(0)["logistic_attention"].get_params()["recipe"] == "attention"


def test_shoppers_are_grouped_by_shopping_even_where_others_only_write() -> None:
    present = pd.DataFrame(
        {name: [1.0, 2.0, np.nan] for name in BEHAVIOUR}
        | {"baskets_84d": [1.0, 2.0, 0.0], "contacts_84d": 3.0}
    )
    columns, grouped = Counted({}, (Role.PURCHASE, Role.CONTACT)).to_segment(present)
    assert columns == BEHAVIOUR
    assert len(grouped) == 2
