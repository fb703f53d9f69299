"""Models of reviewed tags side by side on the random audit: what was drawn speaks for all that was suggested."""

from datetime import UTC
from typing import Any

import numpy as np
import pandas as pd

from core.language import Text
from models.metrics import average_precision
from training.audit_evidence import AuditEvidence
from training.loop.compare import PartComparison
from training.loop.on_audit import LEAST_OF_EACH, both_on_audit

N = 400
AS_OF = pd.Timestamp("2024-02-01", tz="UTC")


def evidence(
    truth: "np.ndarray[Any, Any]", score: "np.ndarray[Any, Any]", chance: float = 1.0
) -> AuditEvidence:
    return AuditEvidence(
        pd.DataFrame(
            {
                "tag": "gourmet",
                "customer_id": [f"c{number}" for number in range(len(truth))],
                "as_of": AS_OF,
                "truth": truth,
                "chance": chance,
                "probability": score,
            }
        )
    )


def shop(seed: int) -> tuple["np.ndarray[Any, Any]", "np.ndarray[Any, Any]", "np.ndarray[Any, Any]"]:
    """What is true, a good score of it, and one that knows nothing."""
    dice = np.random.default_rng(seed)
    score = dice.random(N)
    return (dice.random(N) < score).astype(float), score, dice.random(N)


def compared(champion: AuditEvidence, challenger: AuditEvidence) -> PartComparison:
    found = both_on_audit(champion, challenger, zone=UTC, seed=0)
    assert isinstance(found, PartComparison)
    return found


def test_a_challenger_that_knows_more_is_ahead_for_certain() -> None:
    truth, good, blind = shop(1)
    found = compared(evidence(truth, blind), evidence(truth, good))
    assert found.figures.low > 0
    assert found.figures.challenger == average_precision(truth, good)
    assert (found.metric, found.cutoffs, found.customers) == ("audit_ap", ("2024-02-01",), N)


def test_the_same_answers_are_ahead_by_nothing() -> None:
    truth, good, _ = shop(2)
    figures = compared(evidence(truth, good), evidence(truth, good)).figures
    assert (figures.difference, figures.low, figures.high) == (0.0, 0.0, 0.0)


def test_a_draw_with_unequal_chances_speaks_for_the_whole_shop() -> None:
    """Of the low scores one in four was drawn: counted by their chance they weigh as much as if all had been."""
    truth, good, blind = shop(3)
    chance = np.where(good < 0.5, 0.25, 1.0)
    whole = average_precision(truth, good)
    estimates, plain = [], []
    for seed in range(40):
        drawn = np.random.default_rng(seed).random(N) < chance
        mine = AuditEvidence(evidence(truth, good).rows.assign(chance=chance)[drawn])
        theirs = AuditEvidence(evidence(truth, blind).rows.assign(chance=chance)[drawn])
        estimates.append(compared(theirs, mine).figures.challenger)
        plain.append(average_precision(truth[drawn], good[drawn]))
    assert abs(float(np.mean(estimates)) - whole) < 0.01
    assert float(np.mean(plain)) - whole > 0.02


def test_only_what_both_were_asked_is_compared() -> None:
    truth, good, blind = shop(4)
    half = AuditEvidence(evidence(truth, good).rows.iloc[: N // 2])
    assert compared(evidence(truth, blind), half).customers == N // 2


def test_too_few_answers_say_nothing() -> None:
    truth, good, _ = shop(5)
    few = np.flatnonzero(truth == 1)[: LEAST_OF_EACH - 1]
    keep = np.concatenate([few, np.flatnonzero(truth == 0)])
    said = both_on_audit(
        AuditEvidence(evidence(truth, good).rows.iloc[keep]),
        AuditEvidence(evidence(truth, good).rows.iloc[keep]),
        zone=UTC,
        seed=0,
    )
    assert isinstance(said, Text)
    assert str(LEAST_OF_EACH) in str(said)
