"""What has to hold before a newly trained release may serve."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from core.language import Text
from core.storage import Store
from features.online import OnlineFeatures
from features.source import FeatureSource
from models.evaluation import Choice
from models.label_model import LabelModel
from training.calibrate import Later

PARITY_CUSTOMERS = 20


@dataclass(frozen=True)
class Limit:
    """A figure that must not exceed `most`; `aim` is what good models reach on enough data."""

    name: str
    most: float
    aim: float


CALIBRATION = Limit("ece", most=0.05, aim=0.008)
"""The expected calibration error on later cutoffs, all labels pooled, less what chance alone may give."""


@dataclass(frozen=True)
class Gate:
    """One condition: its name, whether it held, and the finding in words.

    A gate that does not block says what was done instead of stopping the promotion.
    """

    name: Text
    passed: bool
    finding: Text
    blocks: bool = True


def beats_the_rules(model: str, choice: Choice) -> Gate:
    """The chosen model is ahead of every counting rule by a paired interval; else the best rule takes its place."""
    name = Text("{model}: beats the rules", {"model": model})
    if not choice.vetoes:
        return Gate(
            name,
            passed=True,
            finding=Text("{model} beats every counting rule", {"model": choice.model}),
            blocks=False,
        )
    return Gate(
        name,
        passed=False,
        blocks=False,
        finding=Text(
            "{model} does not beat {rules}; {fallback} is promoted instead",
            {"model": choice.model, "rules": ", ".join(choice.vetoes), "fallback": choice.fallback},
        ),
    )


def gives_probabilities(model: str, estimator: LabelModel, X: pd.DataFrame) -> Gate:
    """Every output is a probability."""
    values = estimator.predict_proba(X).to_numpy()
    passed = bool(np.isfinite(values).all() and (values >= 0).all() and (values <= 1).all())
    finding = "all outputs are probabilities" if passed else "some outputs are no probabilities"
    return Gate(Text("{model}: probabilities", {"model": model}), passed, Text(finding))


def is_calibrated(model: str, later: Later) -> Gate:
    """On later cutoffs as many come true as the probabilities say; a model that is off must not promise anything."""
    off = later.error - later.chance
    passed = off <= CALIBRATION.most
    finding = (
        "calibration error {error} on later cutoffs, up to {chance} of it by chance; "
        "at most {most} more is let through"
    )
    figures = {"error": later.error, "chance": later.chance, "most": CALIBRATION.most}
    return Gate(
        Text("{model}: calibration", {"model": model}),
        passed,
        Text(finding, {name: f"{value:.4f}" for name, value in figures.items()}),
    )


def online_equals_offline(
    features: pd.DataFrame, as_of: datetime, source: FeatureSource, store: Store
) -> Gate:
    """A request for some of the customers would compute the very rows that the model was trained on.

    `features` are rows as of the instant, indexed by customer_id.
    """
    step = max(1, len(features) // PARITY_CUSTOMERS)
    names = list(features.index[::step][:PARITY_CUSTOMERS])
    with store.read() as connection:
        found, rows = OnlineFeatures(source.spec, source.catalogue).of_stored(connection, names, as_of)
    offline = features.loc[found].to_numpy()
    differ = ~((rows == offline) | (np.isnan(rows) & np.isnan(offline)))
    missing = sorted(set(names) - set(found))
    if not differ.any() and not missing:
        return Gate(
            Text("online equals offline"),
            passed=True,
            finding=Text("{n} customers agree in every feature", {"n": len(names)}),
        )
    wrong = sorted(set(features.columns[differ.any(axis=0)]))
    return Gate(
        Text("online equals offline"),
        passed=False,
        finding=Text(
            "online and offline features differ: {features}; customers not found: {missing}",
            {"features": ", ".join(wrong[:5]) or "-", "missing": ", ".join(missing[:5]) or "-"},
        ),
    )
