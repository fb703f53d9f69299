"""Every gate of one training."""

from training.gates import (
    Gate,
    beats_the_rules,
    gives_probabilities,
    is_calibrated,
    online_equals_offline,
)
from training.given import Given
from training.learn import Learned


def judge(given: Given, learned: Learned) -> tuple[Gate, ...]:
    """What was learned held against what has to hold before it may serve."""
    present, estimators = learned.present, learned.trained.estimators
    return (
        *(beats_the_rules(name, result.choice) for name, result in learned.contests.items()),
        *(gives_probabilities(name, estimators[name], present) for name in learned.contests),
        *(is_calibrated(name, later) for name, later in learned.later.items()),
        online_equals_offline(present, given.until, given.source, given.store),
    )
