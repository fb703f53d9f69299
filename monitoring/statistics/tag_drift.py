"""Whether tags fall otherwise than at training: how often, how they are decided, and which come together.

These are many labels at once, which ready-made checks do not look at. Three things are asked of each tag: its rate (the
mean probability, which is the share of customers whom it fits), the share of customers to whom it is applied, and the
share that goes to a person; of each pair of tags, the correlation of their probabilities among customers.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from core.language import Text
from models.calibration import log_odds
from monitoring.finding import CRITICAL, NOBODY, WARNING, Finding
from monitoring.statistics.feature_drift import too_few
from monitoring.statistics.level import LEAST_CUSTOMERS, alarm_of, level_of_check
from monitoring.statistics.many import overall
from monitoring.statistics.rows import Floats, Sample
from monitoring.statistics.shares import Changed, changed
from monitoring.thresholds import Thresholds
from monitoring.window import APPLY, REVIEW, Reference, Window

RATES, PAIRS = "tag_rate", "tag_pairs"
RATE = "rate"
JOIN = "+"

_SAYS = {
    RATE: "{tag}: fits {now} of customers by its probabilities, {before} at training",
    APPLY: "{tag}: applied to {now} of customers, {before} at training",
    REVIEW: "{tag}: sent to a person for {now} of customers, {before} at training",
}


def tag_drift(
    reference: Reference, past: Sequence[Window], window: Window, thresholds: Thresholds
) -> list[Finding]:
    """Of `tag_rate` the whole and every `TAG:rate`, `TAG:apply` and `TAG:review`; of `tag_pairs` the whole and some.

    Of pairs only those that changed are told, and the whole. The value of a rate is the relative change: 0.25 where a
    quarter more customers have it now; that of a pair is the change of its correlation.
    """
    tags = [str(name) for name in reference.probabilities.columns if name in window.probabilities]
    n = window.probabilities.index.nunique()
    if min(n, reference.probabilities.index.nunique()) < LEAST_CUSTOMERS or not tags:
        return [too_few(RATES, n)]
    level = level_of_check(thresholds) / 2.0  # rates and pairs share it
    rates = changed(reference, past, window, lambda of: _rates(of, tags), RATES)
    findings = _told(rates, tags, thresholds, level)
    if len(tags) > 1:
        centres = _centres(reference, tags)
        pairs = changed(reference, past, window, lambda of: _pairs(of, tags, centres), PAIRS)
        findings += _told_pairs(pairs, tags, thresholds, level)
    return findings


def _rates(window: Window, tags: Sequence[str]) -> tuple[Floats, Sample]:
    probabilities, decisions = Sample.of(window.probabilities), Sample.of(window.decisions)
    decided = [decisions.texts(tag) for tag in tags]
    parts = [
        *(np.nan_to_num(probabilities.values(tag)) for tag in tags),
        *(words == APPLY for words in decided),
        *(words == REVIEW for words in decided),
    ]
    return np.column_stack(parts).astype(np.float64), probabilities


def _centres(reference: Reference, tags: Sequence[str]) -> tuple[Floats, Floats]:
    margins = log_odds(reference.probabilities[list(tags)].to_numpy(dtype=np.float64))
    spread = np.nanstd(margins, axis=0)
    return np.nanmean(margins, axis=0), np.where(spread > 0, spread, 1.0)


def _pairs(window: Window, tags: Sequence[str], centres: tuple[Floats, Floats]) -> tuple[Floats, Sample]:
    """Each customer's part in the correlation of each pair, which is their mean.

    The parts are those of the correlation's influence function, so that a tag that only became commoner or surer does
    not count as one that comes with others (Devlin, Gnanadesikan and Kettenring, Biometrika 1975).
    """
    sample = Sample.of(window.probabilities)
    margins = np.column_stack([log_odds(sample.values(tag)) for tag in tags])
    margins = np.nan_to_num((margins - centres[0]) / centres[1])
    spread = margins.std(axis=0)
    Z = (margins - margins.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    first, second = np.array(list(combinations(range(len(tags)), 2))).T
    correlation = (Z.T @ Z / len(Z))[first, second]
    parts = (
        Z[:, first] * Z[:, second] - correlation * (Z[:, first] ** 2 + Z[:, second] ** 2) / 2.0 + correlation
    )
    return parts, sample


def _told(found: Changed, tags: Sequence[str], thresholds: Thresholds, level: float) -> list[Finding]:
    threshold = thresholds[RATES]
    kinds = [(tag, kind) for kind in (RATE, APPLY, REVIEW) for tag in tags]
    of_each = []
    for place, (tag, kind) in enumerate(kinds):
        before, now, error = found.before[place], found.now[place], found.contrast.error[place]
        base = max(
            before, 1.0 / LEAST_CUSTOMERS
        )  # a tag that next to nobody had has no relative change to speak of
        size = float((now - before) / base)
        of_each.append(
            Finding(
                RATES,
                f"{tag}:{kind}",
                size,
                Text(_SAYS[kind], {"tag": tag, "now": f"{now:.1%}", "before": f"{before:.1%}"}),
                low=size - 1.96 * float(error / base),
                high=size + 1.96 * float(error / base),
                warning=threshold.warning,
                critical=threshold.critical,
                p_value=float(found.q_values[place]),
                alarm=alarm_of(threshold, size, float(found.q_values[place]), level),
            )
        )
    message = "{n} of {all} shares of tags changed more than is usual"
    return [whole(RATES, message, of_each, overall(found.q_values)), *of_each]


def _told_pairs(found: Changed, tags: Sequence[str], thresholds: Thresholds, level: float) -> list[Finding]:
    threshold = thresholds[PAIRS]
    names = [JOIN.join(pair) for pair in combinations(tags, 2)]
    of_each = [
        Finding(
            PAIRS,
            name,
            float(size),
            Text(
                "{pair}: correlation {now} among customers, {before} at training",
                {"pair": name, "now": f"{now:.2f}", "before": f"{before:.2f}"},
            ),
            low=float(size - 1.96 * error),
            high=float(size + 1.96 * error),
            warning=threshold.warning,
            critical=threshold.critical,
            p_value=float(q),
            alarm=alarm_of(threshold, float(size), float(q), level),
        )
        for name, size, error, now, before, q in zip(
            names,
            found.contrast.difference,
            found.contrast.error,
            found.now,
            found.before,
            found.q_values,
            strict=True,
        )
    ]
    message = "{n} of {all} pairs of tags come together otherwise than is usual"
    return [whole(PAIRS, message, of_each, overall(found.q_values)), *(one for one in of_each if one.alarm)]


def whole(check: str, message: str, of_each: Sequence[Finding], p_value: float) -> Finding:
    """The finding of a check as a whole: its value is the largest change that it alarms about, 0 without any."""
    alarms = [one for one in of_each if one.alarm]
    worst = CRITICAL if any(one.alarm == CRITICAL for one in alarms) else WARNING
    return Finding(
        check,
        NOBODY,
        max((one.value for one in alarms), key=abs, default=0.0),
        Text(message, {"n": len(alarms), "all": len(of_each)}),
        p_value=p_value,
        alarm=worst if alarms else None,
    )
