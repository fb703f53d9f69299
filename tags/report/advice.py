"""What to do with each tag: keep it, merge it with another, define it anew or retire it; and why."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from core.language import Text
from tags.report.estimate import Estimate
from tags.report.quality import Advice, Recommendation, TagFigures, TagQuality, Twin, Weight
from tags.report.thresholds import (
    ALIKE,
    NO_INFORMATION,
    NO_LIFT,
    TOO_NARROW,
    TOO_WIDE,
    UNSTABLE,
    UNUSED_DAYS,
)


@dataclass(frozen=True)
class Subject:
    """A tag to be judged.

    Attributes:
        figures: What is known of it.
        is_momentary: Whether it is meant to be carried by few and for a short time, as a trigger's is.
        is_predicted: Whether a model gives it, which applies it only where its precision is certain.
        is_worked_out: Whether its source has been asked about everybody at all.
        rivals: The tags that it must not be merged with: of its exclusive group.
        others: What is known of the other tags.
    """

    figures: TagFigures
    is_momentary: bool
    is_predicted: bool
    is_worked_out: bool
    rivals: Collection[str]
    others: Mapping[str, TagFigures]


Objection = Callable[[Subject], Recommendation | None]


def judge(subject: Subject) -> TagQuality:
    """The first thing that speaks against the tag decides; where nothing does, it is kept."""
    for objection in _OBJECTIONS:
        found = objection(subject)
        if found:
            return TagQuality(subject.figures, found)
    return TagQuality(subject.figures, Recommendation(Advice.KEEP, _why_kept(subject.figures)))


def _is_missing(subject: Subject) -> Recommendation | None:
    figures = subject.figures
    if figures.coverage.customers or subject.is_momentary or not subject.is_worked_out:
        return None
    if subject.is_predicted:
        return _redefine(
            Text(
                "nobody carries it: its precision is not certain enough to apply it without a person; review more "
                "of its suggestions, or lower what it promises"
            )
        )
    return _redefine(Text("nobody carries it: loosen its rule, or bring the data that it asks for"))


def _breaks_its_promise(subject: Subject) -> Recommendation | None:
    precision = subject.figures.precision
    if precision is None or precision.estimate.high >= precision.target:
        return None
    return _redefine(
        Text(
            "it came true in {share} of the {n} cases that are known, surely fewer than the {target} that it aims at",
            {
                "share": _percent(precision.estimate.value),
                "n": f"{precision.n:,}",
                "target": _percent(precision.target),
            },
        )
    )


def _is_too_wide(subject: Subject) -> Recommendation | None:
    share = subject.figures.coverage.share
    if share <= TOO_WIDE.value:
        return None
    return _redefine(
        Text("{share} of all customers carry it: it sets hardly anybody apart", {"share": _percent(share)})
    )


def _is_a_twin(subject: Subject) -> Recommendation | None:
    figures = subject.figures
    for twin in figures.twins:
        other = subject.others.get(twin.tag)
        if other is None or twin.tag in subject.rivals or twin.jaccard < ALIKE.value:
            continue
        if _strength(figures) <= _strength(other):
            return _merge(twin)
    return None


def _tells_nothing(subject: Subject) -> Recommendation | None:
    figures = subject.figures
    if not is_negligible(figures.weight) or figures.use.needed_by or figures.use.total:
        return None
    if figures.use.counted_days < UNUSED_DAYS.value:
        return Recommendation(
            Advice.RETIRE,
            Text("its carriers later buy and spend like everybody, and nothing has asked for it so far"),
        )
    return Recommendation(
        Advice.RETIRE,
        Text(
            "its carriers later buy and spend like everybody, and nothing has asked for it in {days} days",
            {"days": figures.use.counted_days},
        ),
    )


def _is_too_narrow(subject: Subject) -> Recommendation | None:
    coverage = subject.figures.coverage
    if subject.is_momentary or coverage.share >= TOO_NARROW.value or not subject.is_worked_out:
        return None
    number = f"{coverage.customers:,}"
    return _redefine(Text("only {customers} customers carry it: too few to act on", {"customers": number}))


def _is_unstable(subject: Subject) -> Recommendation | None:
    moved = subject.figures.stability.moved
    if subject.is_momentary or moved is None or moved < UNSTABLE.value:
        return None
    return _redefine(
        Text(
            "its carriers became {factor} times more or fewer within one period: it follows the calendar rather "
            "than the customer",
            {"factor": f"{moved:.1f}"},
        )
    )


_OBJECTIONS: tuple[Objection, ...] = (
    _is_missing,
    _breaks_its_promise,
    _is_too_wide,
    _is_a_twin,
    _tells_nothing,
    _is_too_narrow,
    _is_unstable,
)


def is_negligible(weight: Weight | None) -> bool:
    """Whether it is certain that the tag tells next to nothing; not knowing is not being certain."""
    if weight is None or weight.spend_lift is None or weight.purchase_lift is None:
        return False
    told = [found for found in (weight.purchase, weight.spend) if found]
    return all(found.high < NO_INFORMATION.value for found in told) and all(
        _is_like_everybody(found) for found in (weight.purchase_lift, weight.spend_lift)
    )


def _is_like_everybody(found: Estimate) -> bool:
    return 1.0 / (1.0 + NO_LIFT.value) < found.low and found.high < 1.0 + NO_LIFT.value


def _strength(figures: TagFigures) -> tuple[int, float, int, str]:
    """Of two tags that say the same the stronger stays: the used one, then the more telling, then the wider."""
    weight = figures.weight
    told = (
        max((found.value for found in (weight.purchase, weight.spend) if found), default=0.0)
        if weight
        else 0.0
    )
    return figures.use.total + len(figures.use.needed_by), told, figures.coverage.customers, figures.tag


def _why_kept(figures: TagFigures) -> Text:
    """The strongest thing that speaks for it, in figures; else that it is too early to tell."""
    known = (_what_follows(figures.weight), _promise_kept(figures), _need(figures))
    found = next((text for text in known if text), None)
    if found:
        return found
    if figures.weight is None:
        return Text("too early to tell what it is worth: not enough is known of who carried it before")
    return Text("nothing speaks against it, though not enough carried it to tell what it is worth")


def _what_follows(weight: Weight | None) -> Text | None:
    if weight is None:
        return None
    lift = weight.spend_lift
    if lift and lift.low > 1.0:
        return Text("its carriers later spend {factor} times the average", {"factor": f"{lift.value:.2f}"})
    if lift and lift.high < 1.0:
        return Text("its carriers later spend only {share} of the average", {"share": _percent(lift.value)})
    if any(found.low > 0.0 for found in (weight.purchase, weight.spend) if found):
        return Text("it tells something about who buys or spends much later")
    return None


def _promise_kept(figures: TagFigures) -> Text | None:
    precision = figures.precision
    if precision is None or precision.estimate.low < precision.target:
        return None
    share = _percent(precision.estimate.value)
    return Text("it keeps its promise: it came true for {share} of its carriers", {"share": share})


def _need(figures: TagFigures) -> Text | None:
    if figures.use.needed_by:
        return Text("other tags are made from it: {tags}", {"tags": ", ".join(figures.use.needed_by)})
    if figures.use.total:
        return Text("it is used: {n} answers named it", {"n": f"{figures.use.total:,}"})
    return None


def _merge(twin: Twin) -> Recommendation:
    reason = Text(
        "of the customers with this tag or {other}, {share} carry both: one of the two is enough",
        {"other": twin.tag, "share": _percent(twin.jaccard)},
    )
    return Recommendation(Advice.MERGE, reason, twin.tag)


def _redefine(reason: Text) -> Recommendation:
    return Recommendation(Advice.REDEFINE, reason)


def _percent(share: float) -> str:
    return f"{share:.1%}" if share < 0.1 else f"{share:.0%}"  # noqa: PLR2004 (two digits)
