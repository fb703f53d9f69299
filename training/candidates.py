"""Who takes part in the comparison of each model: a default, larger candidates, and counting rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from models.baselines import (
    BoughtInterest,
    CountWithRateInterest,
    PopularityInterest,
    PurchaseCountInterest,
)
from models.blend import BlendedModel
from models.boosting import BoostedInterest
from models.churn import BoostedChurn, FrequencyChurn, LogisticChurn, RecencyChurn
from models.evaluation import Metric
from models.label_model import LabelModel
from models.logistic import LogisticInterest
from models.pooled import PooledInterest
from training.counted import Counted


@dataclass(frozen=True)
class Contest:
    """Who takes part in one model's comparison.

    The default stands unless a candidate beats it by a paired interval at the development cutoffs; at the test
    cutoffs the chosen one must beat each rule in the same way, or the best rule that it does not beat is promoted
    instead. `make` gives unfitted models by name for a seed; `blends`
    says which of them blend which others. `behaviours` says of tags whose
    outcome is no purchase from their group what tells whether it is new to a customer.
    """

    model: str
    metric: Metric
    default: str
    candidates: tuple[str, ...]
    rules: tuple[str, ...]
    make: Callable[[int], Mapping[str, LabelModel]]
    blends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    behaviours: Mapping[str, str] = field(default_factory=dict)


BLENDS: Mapping[str, tuple[str, ...]] = MappingProxyType({"blend": ("lightgbm", "pooled")})
"""Of the interest models."""


def interest_contest(counted: Counted, *, looked_at: bool = False) -> Contest:
    """The contest of the interest models, each by what the tags' outcomes count.

    With `looked_at` the shop's own data hold views of items, and a model that reads them takes part.
    """
    behaviours = dict(counted.behaviours) or None

    def make(seed: int) -> dict[str, LabelModel]:
        models: dict[str, LabelModel] = {
            "popularity": PopularityInterest(),
            "bought_84d": BoughtInterest(behaviours),
            "purchase_count": PurchaseCountInterest(behaviours),
            "count_with_rate": CountWithRateInterest(behaviours),
            "logistic": LogisticInterest("small", behaviours=behaviours),
            "logistic_history": LogisticInterest("history", behaviours=behaviours),
            "logistic_attention": LogisticInterest("attention", behaviours=behaviours),
            "lightgbm": BoostedInterest(n_rounds=60, seed=seed),
            "pooled": PooledInterest(seed=seed),
        }
        models |= {name: BlendedModel([models[one] for one in ones]) for name, ones in BLENDS.items()}
        return {name: model for name, model in models.items() if name in (default, *candidates, *rules)}

    default = "logistic"
    candidates = (
        "logistic_history",
        *(["logistic_attention"] if looked_at else []),
        "lightgbm",
        "pooled",
        *BLENDS,
    )
    rules = ("popularity", "bought_84d", "purchase_count", "count_with_rate")
    return Contest("interest", "macro_ap", default, candidates, rules, make, BLENDS, counted.behaviours)


INTEREST = interest_contest(Counted())

CHURN = Contest(
    model="churn",
    metric="auc",
    default="logistic",
    candidates=("lightgbm",),
    rules=("recency", "frequency"),
    make=lambda seed: {
        "recency": RecencyChurn(),
        "frequency": FrequencyChurn(),
        "logistic": LogisticChurn(),
        "lightgbm": BoostedChurn(seed=seed),
    },
)
