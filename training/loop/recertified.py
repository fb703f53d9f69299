"""What could be promised of the champion's tags by now, on the evidence that certifies the challenger's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from models.certification import Certification
from models.evaluation import Holdout
from tags.taxonomy import Tag
from training.calibrate import Track
from training.certify import Evidence, certify_tags
from training.forward import forward_scores
from training.given import Given
from training.learn import Learned
from training.loop.champion import Champion
from training.steps import Step

PART = "interest"


@dataclass(frozen=True)
class Promise:
    """What is promised of one tag with either model.

    Attributes:
        tag: Its key.
        holds: Whether it is promised now.
        champion: What the champion could promise, certified again; None where it does not know the tag.
        challenger: What the challenger can; None where it does not know the tag.
    """

    tag: str
    holds: bool
    champion: Certification | None
    challenger: Certification | None

    @property
    def lost(self) -> float:
        """The coverage of a promise that the champion could go on giving and the challenger cannot; 0 for none."""
        mine, theirs = (
            one is not None and one.threshold is not None for one in (self.challenger, self.champion)
        )
        return self.champion.coverage if self.champion and theirs and not mine else 0.0

    @property
    def is_gained(self) -> bool:
        """Whether the challenger can promise what is not promised now."""
        return not self.holds and self.challenger is not None and self.challenger.threshold is not None


def certify_both(
    given: Given, learned: Learned, champion: Champion, now: datetime, step: Step
) -> tuple[Promise, ...]:
    """By tag what is promised with the champion and what could be with either, each on the latest outcomes."""
    challengers = learned.promises.found.get(PART, {})
    again = _champions(given, learned, champion, step)
    return tuple(
        Promise(tag, _holds(champion, tag, now), again.get(tag), challengers.get(tag))
        for tag in dict.fromkeys((*again, *challengers))
    )


def _holds(champion: Champion, tag: str, now: datetime) -> bool:
    found = champion.certificates.get(tag)
    return found is not None and found.why_not(now) is None


def _champions(given: Given, learned: Learned, champion: Champion, step: Step) -> Mapping[str, Certification]:
    track, since = learned.tracks.get(PART), champion.until(PART)
    if track is None or since is None or PART not in champion.versions:
        return {}
    model = champion.estimators[PART]
    rows = learned.preflight.rows[PART]
    known = {tag.key: tag for tag in given.taxonomy.in_use if tag.key in rows.Y}
    tags: Sequence[Tag] = [known[key] for key in model.tags_ if key in known]
    holdouts = _track(given, learned, champion, track, since, step).known_at(given.until)
    if not tags or not holdouts:
        return {}
    keys = [tag.key for tag in tags]
    places = [list(model.tags_).index(key) for key in keys]
    calibration = model.calibration_.of_labels(places) if model.calibration_ is not None else None
    return certify_tags(Evidence.of([_of(one, keys) for one in holdouts], track.kind, calibration), tags)


def _track(
    given: Given, learned: Learned, champion: Champion, track: Track, since: datetime, step: Step
) -> Track:
    """At cutoffs after its training what the champion itself says; before, other fits of its kind.

    Scores are named by the challenger's kind throughout, whatever the champion's is.
    """
    kind = champion.kind(PART) or track.kind
    earlier = [cutoff for cutoff in track.holdouts if cutoff < since]
    found = {cutoff: track.holdouts[cutoff] for cutoff in earlier}
    if kind != track.kind and kind in given.interest.make(given.settings.seed):
        rows = learned.preflight.rows[PART]
        fitted = forward_scores(
            given.interest, (kind,), rows, given.plan, earlier, seed=given.settings.seed, step=step
        )
        found = {
            cutoff: replace(one, scores={track.kind: one.scores[kind]})
            for cutoff, one in zip(earlier, fitted, strict=True)
        }
    later = {cutoff: one for cutoff, one in track.holdouts.items() if cutoff >= since}
    served = {cutoff: _served(learned, champion, one, cutoff, track.kind) for cutoff, one in later.items()}
    return replace(track, holdouts={**found, **served})


def _served(learned: Learned, champion: Champion, holdout: Holdout, cutoff: datetime, kind: str) -> Holdout:
    X = learned.preflight.rows[PART].at([cutoff]).X.droplevel("as_of")
    scores: pd.DataFrame = champion.estimators[PART].calibrated(None).predict_proba(X)
    shared = [tag for tag in holdout.labels.columns if tag in scores]
    return Holdout(holdout.name, holdout.labels[shared], {kind: scores[shared]})


def _of(holdout: Holdout, tags: Sequence[str]) -> Holdout:
    return Holdout(
        holdout.name,
        holdout.labels[list(tags)],
        {name: frame[list(tags)] for name, frame in holdout.scores.items()},
    )
