"""Is there reason to train anew? Each reason is one function of what is known; any of them is enough."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core.language import Text
from core.settings import Settings
from features.kernel import column_names
from models.needs import DECISIONS
from monitoring.retrainings import Kept
from review.consensus import ReviewLabel
from tags.certificates import EXPIRED, SUSPENDED, Certificate
from training.given import Given
from training.loop.champion import Champion

Code = Literal[
    "forced",
    "never_trained",
    "outcomes",
    "decisions",
    "tags",
    "features",
    "drift",
    "suspended",
    "expired",
    "age",
]
OUT_OF_DATE: frozenset[Code] = frozenset({"drift", "suspended", "age"})
"""The world has moved on from the champion: a challenger that is not worse by more than a margin takes over."""


@dataclass(frozen=True)
class Reason:
    """One reason to train anew."""

    code: Code
    text: Text

    def as_json(self) -> dict[str, str]:
        """The code, and the words in each language."""
        return {"code": self.code, **self.text.in_each()}


@dataclass(frozen=True, eq=False)
class Known:
    """What the reasons are looked for in.

    Attributes:
        settings: The limits.
        given: The data as they are now.
        champion: What serves.
        labels: What people said of reviewed tags until now.
        drift: Monitoring's verdict in words, where it calls for action and nobody has answered it yet.
        now: The shop's clock.
    """

    settings: Settings
    given: Given
    champion: Champion
    labels: Sequence[ReviewLabel]
    drift: Text | None
    now: datetime


def reasons_to_retrain(known: Known, *, force: bool = False) -> tuple[Reason, ...]:
    """Every reason that there is, the weightiest first."""
    if not known.champion.versions:
        return (Reason("never_trained", Text("No model serves yet")), *_forced(force=force))
    return (
        *_forced(force=force),
        *_drift(known),
        *_certificates(known),
        *_features(known),
        *_outcomes(known),
        *_decisions(known),
        *_tags(known),
        *_age(known),
    )


def is_out_of_date(reasons: Sequence[Reason]) -> bool:
    """Whether any of them says that the champion belongs to another time."""
    return any(reason.code in OUT_OF_DATE for reason in reasons)


def rests_until(
    reasons: Sequence[Reason], before: Sequence[Kept], settings: Settings, now: datetime
) -> datetime | None:
    """Until when these reasons rest, because they led to nothing of late, or somebody took a promotion back."""
    ended = [one for one in before if one.ended_at is not None and one.began_at <= now]
    if not ended or any(reason.code == "forced" for reason in reasons):
        return None
    last = ended[-1]
    again = last.began_at + timedelta(days=settings.retrain_again_days)
    led_to_nothing = last.kind == "retrain" and last.happened in {"kept", "refused"}
    is_new = not {reason.code for reason in reasons} <= last.codes
    rests = last.kind == "rollback" or (led_to_nothing and not is_new)
    return again if rests and now < again else None


def _forced(*, force: bool) -> Iterator[Reason]:
    if force:
        yield Reason("forced", Text("Asked for by hand"))


def _drift(known: Known) -> Iterator[Reason]:
    if known.drift is not None:
        yield Reason("drift", known.drift)


def _certificates(known: Known) -> Iterator[Reason]:
    """Promises that had been made and do not hold any more."""
    taken = {tag.key for tag in known.given.taxonomy.in_use}
    codes = {
        tag: one.why_not(known.now)
        for tag, one in sorted(known.champion.certificates.items())
        if one.threshold is not None and tag in taken
    }
    if tags := [tag for tag, code in codes.items() if code == SUSPENDED]:
        yield Reason(
            "suspended", Text("Monitoring suspended the certificates of {tags}", {"tags": ", ".join(tags)})
        )
    ends = {
        tag for tag, one in known.champion.certificates.items() if ends_soon(one, known.settings, known.now)
    }
    if tags := [tag for tag, code in codes.items() if code != SUSPENDED and tag in ends]:
        figures = {"tags": ", ".join(tags), "days": known.settings.renewed_days}
        text = "The certificates of {tags} have expired, or will within {days} days"
        yield Reason("expired", Text(text, figures))


def ends_soon(certificate: Certificate, settings: Settings, now: datetime) -> bool:
    """Whether it is time to certify anew, so that there is no day on which nothing is promised."""
    return certificate.why_not(now + timedelta(days=settings.renewed_days)) == EXPIRED


def _features(known: Known) -> Iterator[Reason]:
    if known.champion.reads_others(column_names(known.given.source.spec)):
        yield Reason("features", Text("The features of what serves are computed differently by now"))


def _outcomes(known: Known) -> Iterator[Reason]:
    """Cutoffs whose outcomes the champion could not know, against those that it learned from."""
    learned = known.champion.learned_until
    if learned is None:
        return
    plan = known.given.plan
    new = [cutoff for cutoff in plan.usable if plan.calendar.end(cutoff) > learned]
    share = len(new) / max(1, len(plan.before(learned)))
    if new and share >= known.settings.retrain_new_outcomes:
        yield Reason(
            "outcomes",
            Text(
                "The outcomes of {new} cutoffs have become known since the models learned from {learned}: {share}, "
                "and {limit} is reason enough",
                {
                    "new": len(new),
                    "learned": len(plan.before(learned)),
                    "share": f"{share:.0%}",
                    "limit": f"{known.settings.retrain_new_outcomes:.0%}",
                },
            ),
        )


def _decisions(known: Known) -> Iterator[Reason]:
    """What reviewers said since; or enough of it to learn a tag for the first time."""
    learned = known.champion.until("reviewed", "labels_until")
    new = [label for label in known.labels if learned is None or label.decided_at >= learned]
    if learned is not None and len(new) >= known.settings.retrain_new_decisions:
        figures = {"count": len(new), "limit": known.settings.retrain_new_decisions}
        text = "Reviewers decided {count} times on reviewed tags since these were learned; {limit} is reason enough"
        yield Reason("decisions", Text(text, figures))
        return
    predicted = {entry.key for entry in known.champion.facts.tags} if known.champion.facts else set()
    tags = sorted({label.tag for label in new} - predicted)
    if ready := [tag for tag in tags if _can_be_learned(tag, known.labels)]:
        text = "Reviewers have decided enough to learn {tags} for the first time"
        yield Reason("decisions", Text(text, {"tags": ", ".join(ready)}))


def _can_be_learned(tag: str, labels: Sequence[ReviewLabel]) -> bool:
    of_tag = [label for label in labels if label.tag == tag]
    kinds = [len({one.customer_id for one in of_tag if one.value is value}) for value in (True, False)]
    return min(kinds) >= DECISIONS.least


def _tags(known: Known) -> Iterator[Reason]:
    """Tags of which the champion's training knew nothing."""
    facts = known.champion.facts
    if facts is None or "interest" not in known.champion.versions:
        return
    told = {entry.key for entry in facts.tags} | {entry.tag for entry in facts.refusals}
    if new := [tag.key for tag in known.given.taxonomy.outcome_tags if tag.key not in told]:
        yield Reason("tags", Text("No model knows these tags yet: {tags}", {"tags": ", ".join(new)}))


def _age(known: Known) -> Iterator[Reason]:
    """Only where there is something newer to learn from."""
    learned = known.champion.learned_until
    if learned is None or learned >= known.given.until:
        return
    days = (known.now - learned).days
    if days >= known.settings.retrain_after_days:
        figures = {"days": days, "limit": known.settings.retrain_after_days, "until": learned.date()}
        yield Reason(
            "age",
            Text(
                "The models learned until {until}, {days} days ago; after {limit} they are out of date",
                figures,
            ),
        )
