from typing import Any

import numpy as np

from models.arrays import sigmoid
from models.blend import BlendedModel
from models.boosting import BoostedInterest
from models.logistic import LogisticInterest
from models.metrics import average_precision


def test_the_log_odds_are_the_mean_of_the_members(panel: Any, later: Any) -> None:
    members = [LogisticInterest(), BoostedInterest(n_rounds=20)]
    blend = BlendedModel(members).fit(panel.X, panel.Y)
    said = [member.fit(panel.X, panel.Y).predict_proba(later.X).to_numpy() for member in members]
    odds = np.mean([np.log(one / (1 - one)) for one in said], axis=0)
    np.testing.assert_allclose(blend.predict_proba(later.X), sigmoid(odds), rtol=1e-12)


def test_one_member_says_what_it_says_alone(panel: Any) -> None:
    alone = LogisticInterest().fit(panel.X, panel.Y).predict_proba(panel.X)
    blend = BlendedModel([LogisticInterest()]).fit(panel.X, panel.Y)
    np.testing.assert_allclose(blend.predict_proba(panel.X), alone, rtol=1e-12)


def test_it_reads_what_any_member_reads(panel: Any) -> None:
    members = [LogisticInterest(), BoostedInterest(n_rounds=2)]
    blend = BlendedModel(members).fit(panel.X, panel.Y)
    read = {name for member in blend.members_ for name in member.feature_names_in_}
    assert set(blend.feature_names_in_) == read


def test_a_blend_finds_the_signal_that_its_members_find(panel: Any, later: Any) -> None:
    blend = BlendedModel([LogisticInterest(), BoostedInterest(n_rounds=40)]).fit(panel.X, panel.Y)
    P = blend.predict_proba(later.X)
    for tag in P.columns:
        y = later.Y[tag].to_numpy()
        assert average_precision(y, P[tag].to_numpy()) > 1.5 * y.mean()
