"""How many decisions a tag that only people know needs: informative picks beside random ones, on real households.

The 801 households whose demographics are known stand for what reviewers know. In each of 20 repeats half of them are
asked about, a batch at a time, and the other half judges. Both ways begin with the same random households. Nothing is
looked at after 1 September 2017.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.learning_curves import Curves, Point
from benchmarks.report import Figure
from core.language import Text
from core.settings import Settings
from core.storage import Store
from features.build import build
from features.source import FeatureSource
from models.arrays import Floats
from models.metrics import auc, average_precision
from models.reviewed import PROFILE, ReviewedTags
from review.ranking import informative_scores, worth_of
from tagloop.demographics import known_to_people
from tags.taxonomy import ReviewedOutcome, Taxonomy
from training.counted import active, counted

AS_OF = "2017-09-01"
REPEATS = 20
SIZES = (20, 30, 40, 60, 80, 100, 130, 160, 200, 250, 300)
"""How many households have been decided when a model is fitted anew; the last one is fitted on all of the half."""

RANDOM, INFORMATIVE, ALONE = "random", "informative", "random_alone"
"""`random_alone` is fitted on decided households only, without the others beside them."""

REACHED = 0.9
SPEND = "spend_84d"

Places = NDArray[np.intp]
Pick = Callable[[Places, Floats, int], Places]
"""Chooses so many of the places left, given what the model before says of everybody."""


@dataclass(frozen=True, eq=False)
class Households:
    """Everybody who is active, and of one tag who is known to carry it.

    Attributes:
        tag: The tag.
        X: Features of all active households.
        y: 1, 0, or NaN where people do not know, in the order of X.
        hidden: Attributes that define any of the tags.
        worth: Share of the households that spend no more.
    """

    tag: str
    X: pd.DataFrame
    y: Floats
    hidden: Sequence[str]
    worth: Floats

    def fitted(self, decided: Places, *, with_others: bool = True) -> ReviewedTags:
        """The product's model, from the decided households and, unless it is to do without, everybody's features."""
        model = ReviewedTags(hidden={self.tag: self.hidden})
        told = np.full(len(self.y), np.nan)
        told[decided] = self.y[decided]
        Y = pd.DataFrame({self.tag: told}, index=self.X.index)
        return model.fit(self.X, Y) if with_others else model.fit(self.X.iloc[decided], Y.iloc[decided])

    def quality(self, model: ReviewedTags, judges: Places) -> tuple[float, float, float]:
        """AUC, average precision, and the AUC where no attribute of a household were known."""
        X, y = self.X.iloc[judges], self.y[judges]
        blank = X.copy()
        blank[[name for name in X.columns if name.startswith(PROFILE)]] = np.nan
        said, unknown = (model.predict_proba(rows)[self.tag].to_numpy() for rows in (X, blank))
        return auc(y, said), average_precision(y, said), auc(y, unknown)


def measure(settings: Settings, source: FeatureSource, store: Store, taxonomy: Taxonomy) -> list[Figure]:
    """The figures of `review.*` about labels; the curves are kept in the home, where they can be drawn from."""
    curves = Curves([point for one in _households(settings, source, store, taxonomy) for point in _run(one)])
    curves.write(settings.home)
    return _figures(curves)


def _households(
    settings: Settings, source: FeatureSource, store: Store, taxonomy: Taxonomy
) -> list[Households]:
    as_of = datetime.fromisoformat(AS_OF).replace(tzinfo=settings.zone)
    X = build(source, as_of)
    X = X[active(X, counted(source).activity)]
    X.attrs = {}
    worth = worth_of(X[SPEND].fillna(0.0).to_numpy(), np.arange(len(X)))
    outcomes = [tag.outcome for tag in taxonomy.reviewed_tags]
    hidden = [key for one in outcomes if isinstance(one, ReviewedOutcome) for key in one.defined_by]
    return [
        Households(tag, X, _told(X, known), hidden, worth) for tag, known in known_to_people(store).items()
    ]


def _told(X: pd.DataFrame, known: Mapping[str, bool]) -> Floats:
    return np.array([float(known[name]) if name in known else np.nan for name in X.index])


def _run(households: Households, repeats: int = REPEATS) -> list[Point]:
    found: list[Point] = []
    for repeat in range(repeats):
        dice = np.random.default_rng([repeat, len(households.tag)])
        known = dice.permutation(np.flatnonzero(~np.isnan(households.y)))
        judges, asked = known[: len(known) // 2], known[len(known) // 2 :]
        ways: dict[str, tuple[Pick, bool]] = {
            RANDOM: (_in_turn, True),
            INFORMATIVE: (_telling(households), True),
            ALONE: (_in_turn, False),
        }
        for way, (pick, with_others) in ways.items():
            found += _curve(households, way, repeat, asked, judges, pick, with_others=with_others)
    return found


def _curve(
    households: Households,
    way: str,
    repeat: int,
    asked: Places,
    judges: Places,
    pick: Pick,
    *,
    with_others: bool,
) -> list[Point]:
    sizes = [*(size for size in SIZES if size < len(asked)), len(asked)]
    decided, left = asked[: sizes[0]], asked[sizes[0] :]
    points: list[Point] = []
    for size, following in zip(sizes, [*sizes[1:], len(asked)], strict=True):
        model = households.fitted(decided, with_others=with_others)
        quality = households.quality(model, judges)
        points.append(Point(households.tag, way, repeat, size, size == len(asked), *quality))
        said = model.predict_proba(households.X)[households.tag].to_numpy()
        taken = pick(left, said, following - size)
        decided, left = np.append(decided, taken), left[~np.isin(left, taken)]
    return points


def _in_turn(left: Places, _said: Floats, n: int) -> Places:
    return left[:n]


def _telling(households: Households) -> Pick:
    def pick(left: Places, said: Floats, n: int) -> Places:
        nothing = np.zeros(len(left), dtype=np.intp)
        scores = informative_scores(
            said[left],
            households.worth[left],
            is_disputed=nothing > 0,
            times_decided=nothing,
        )
        return left[np.argsort(-scores, kind="stable")[:n]]

    return pick


def _figures(curves: Curves) -> list[Figure]:
    return [
        *(_reach(curves, way) for way in (INFORMATIVE, RANDOM)),
        _gain(curves, "review.informative_auc_gain", INFORMATIVE, RANDOM),
        _gain(curves, "review.others_auc_gain", RANDOM, ALONE),
        *(_whole(curves, tag) for tag in curves.tags),
    ]


def _reach(curves: Curves, way: str) -> Figure:
    by_tag = {tag: curves.labels_to_reach(tag, way, REACHED) for tag in curves.tags}
    low, high = curves.reach_interval(way, REACHED)
    meaning = Text(
        "decisions until the AUC is nine tenths as far above chance as with all of them, picks: {way}; mean over tags, "
        "95% interval {low} to {high}; {by_tag}",
        {
            "way": way,
            "low": f"{low:.0f}",
            "high": f"{high:.0f}",
            "by_tag": ", ".join(f"{tag} {labels:.0f}" for tag, labels in by_tag.items()),
        },
    )
    return Figure(
        f"review.labels_to_reach_0_9_of_full__{way}", float(np.mean(list(by_tag.values()))), meaning
    )


def _gain(curves: Curves, name: str, way: str, other: str) -> Figure:
    mean, low, high = curves.gain(way, other)
    meaning = Text(
        "AUC of {way} less that of {other}, mean over tags and numbers of decisions, paired 95% interval {low} to "
        "{high}",
        {"way": way, "other": other, "low": f"{low:+.4f}", "high": f"{high:+.4f}"},
    )
    return Figure(name, mean, meaning)


def _whole(curves: Curves, tag: str) -> Figure:
    labels, whole, ap, blank = curves.at_the_end(tag)
    meaning = Text(
        "AUC of {tag} from {labels} decisions; average precision {ap}; AUC where no attribute is known {blank}",
        {"tag": tag, "labels": labels, "ap": f"{ap:.3f}", "blank": f"{blank:.3f}"},
    )
    return Figure(f"review.auc_of_all_labels__{tag}", whole, meaning)
