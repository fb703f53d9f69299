"""What a shop's scheduler starts at the end of a week; here it is the replay that does."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.language import Text
from core.settings import Settings
from core.storage import Store
from monitoring.check import check
from monitoring.finding import CRITICAL, Finding
from tags.taxonomy import Taxonomy
from training.loop.retrain import retrain

NAMED = 4
"""Of what one check alarms about so many subjects are named."""


@dataclass(frozen=True)
class Night:
    """What the end of a week came to.

    Attributes:
        status: Of the drift check.
        alarms: What it is critical about: each check with its subjects.
        withdrawn: Tags whose certificate it suspended.
        calls: Whether its verdict is to retrain.
        retraining: What became of the retraining; see `training.loop.retrained`.
        reasons: Why it trained.
    """

    status: str
    alarms: tuple[Text, ...]
    withdrawn: tuple[str, ...]
    calls: bool
    retraining: str
    reasons: tuple[Text, ...]


def nightly(settings: Settings, store: Store, taxonomy: Taxonomy, now: datetime) -> Night:
    """Look for drift, then train anew where there is reason: all as of `now`, as the commands of a scheduler would."""
    then = settings.at(now)
    checked = check(then, store, taxonomy, until=now)
    retrained = retrain(then, store, taxonomy, now=now)
    return Night(
        status=checked.kept.status,
        alarms=alarms_of(checked.findings),
        withdrawn=checked.suspended,
        calls=checked.verdict.act,
        retraining=retrained.happened,
        reasons=tuple(reason.text for reason in retrained.reasons),
    )


def alarms_of(findings: Sequence[Finding]) -> tuple[Text, ...]:
    """What is critical, in a line for each check.

    >>> [line] = alarms_of([Finding("tag_rate", tag, 0.5, Text("x"), alarm="critical") for tag in "abcdef"])
    >>> line.render(), line.render("zh")
    ('tag_rate: a, b, c, d and 2 more', 'tag_rate：a, b, c, d 等，另有 2 项')
    """
    subjects: dict[str, list[str]] = defaultdict(list)
    for one in findings:
        if one.alarm == CRITICAL:
            subjects[one.check].append(one.subject)
    return tuple(_said(check_, [name for name in named if name]) for check_, named in subjects.items())


def _said(check_: str, named: Sequence[str]) -> Text:
    told = {"check": check_, "subjects": ", ".join(named[:NAMED])}
    if not named:
        return Text("{check}", told)
    if len(named) <= NAMED:
        return Text("{check}: {subjects}", told)
    return Text("{check}: {subjects} and {count} more", {**told, "count": len(named) - NAMED})
