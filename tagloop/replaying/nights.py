"""What a shop's scheduler starts at the end of a week; here it is the replay that does."""

from dataclasses import dataclass
from datetime import datetime

from core.language import Text
from core.settings import Settings
from core.storage import Store
from features.source import open_source
from review.outcomes import resolve_outcomes
from tags.taxonomy import Taxonomy
from training.loop.retrain import retrain


@dataclass(frozen=True)
class Night:
    """What the end of a week came to.

    Attributes:
        outcomes: How many words of the models turned out.
        status: Of the drift check.
        alarms: What it raised an alarm about.
        retraining: What became of the retraining; see `training.loop.retrained`.
        reasons: Why it trained.
    """

    outcomes: int
    status: str | None
    alarms: tuple[Text, ...]
    retraining: str
    reasons: tuple[Text, ...]


def nightly(settings: Settings, store: Store, taxonomy: Taxonomy, now: datetime) -> Night:
    """Find out what turned out, and train anew where there is reason: all as of `now`, as `tagloop retrain` would."""
    then = settings.at(now)
    source = open_source(then, store, taxonomy.groups, targets=taxonomy.targets)
    outcomes = resolve_outcomes(then, store, source, taxonomy, now=now)
    retrained = retrain(then, store, taxonomy, now=now)
    reasons = tuple(reason.text for reason in retrained.reasons)
    return Night(outcomes, None, (), retrained.happened, reasons)
