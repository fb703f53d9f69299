"""Who serves from now on, part by part: the challenger takes over, or the champion stays; and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.language import Text
from core.settings import Settings
from models.inputs import PARTS
from training.gates import Gate
from training.loop.compare import Figures, PartComparison
from training.loop.recertified import Promise

Code = Literal[
    "better",
    "not_worse",
    "knows_more",
    "new",
    "goes_along",
    "stays_along",
    "not_trained",
    "refused",
    "no_later_data",
    "unlike_features",
    "not_better",
    "tag_lost",
    "tag_worse",
    "promise_lost",
]
TAKES_OVER: frozenset[Code] = frozenset({"better", "not_worse", "knows_more", "new", "goes_along"})


@dataclass(frozen=True)
class Ruling:
    """What was decided of one part, and why."""

    part: str
    code: Code
    because: Text

    @property
    def takes_over(self) -> bool:
        """Whether the challenger serves from now on."""
        return self.code in TAKES_OVER

    def as_json(self) -> dict[str, Any]:
        """The decision for programs, and the reason in each language."""
        said = self.because.in_each()
        return {"part": self.part, "takes_over": self.takes_over, "code": self.code, **said}


@dataclass(frozen=True, eq=False)
class Case:
    """All that is known when it is decided.

    Attributes:
        settings: The limits.
        champions: The tags that each part which serves predicts and that are still in use; none for other parts.
        challengers: The tags that each part predicts which was learned now.
        gates: What had to hold.
        comparisons: By part, where both could be compared.
        not_compared: By part why both could not be compared.
        unlike: The parts of the champion whose features are computed differently now.
        promises: By tag what is promised with either.
        is_out_of_date: Whether the champion belongs to another time.
        not_trained: By part why it was not learned.
    """

    settings: Settings
    champions: Mapping[str, Sequence[str]]
    challengers: Mapping[str, Sequence[str]]
    gates: Sequence[Gate]
    comparisons: Mapping[str, PartComparison]
    not_compared: Mapping[str, Text]
    unlike: Sequence[str]
    promises: Sequence[Promise]
    is_out_of_date: bool
    not_trained: Mapping[str, Text]


def rule(case: Case) -> tuple[Ruling, ...]:
    """A ruling for each part that serves or was learned.

    Segments have no outcome to compare by. They go along with the models that take over, since customers are to be
    grouped as they shop now, and stay with those that stay.
    """
    there = [part for part in PARTS if part in case.champions or part in case.challengers]
    ruled = [_rule(case, part) for part in there if part != "segments"]
    if "segments" in there:
        ruled.append(_segments(case, ruled))
    stuck = [one.part for one in ruled if one.part in case.unlike and not one.takes_over]
    return tuple(_beside(one, stuck) for one in ruled) if stuck else tuple(ruled)


def _beside(ruling: Ruling, stuck: Sequence[str]) -> Ruling:
    """One release computes each feature in one way, so what stays as it was computed before holds up the rest."""
    if not ruling.takes_over:
        return ruling
    text = "it cannot serve beside {models}, whose features are computed differently now"
    return Ruling(ruling.part, "unlike_features", Text(text, {"models": ", ".join(stuck)}))


def _rule(case: Case, part: str) -> Ruling:
    if part not in case.challengers:
        unknown = Text("there is nothing to learn it from")
        return Ruling(part, "not_trained", case.not_trained.get(part, unknown))
    if (gate := _blocking(case, part)) is not None:
        return Ruling(part, "refused", gate.finding)
    if part not in case.champions:
        return Ruling(part, "new", Text("it did not serve before, and every gate let it pass"))
    if part in case.unlike:
        return Ruling(part, "unlike_features", _UNLIKE)
    found = case.comparisons.get(part)
    if found is None:
        return Ruling(part, "no_later_data", case.not_compared.get(part, _NOTHING_TOLD))
    return _loss(case, part, found) or _compared(case, found)


_UNLIKE = Text(
    "its features are computed differently now, so that nothing says whether it is better; `tagloop train` promotes "
    "whatever passes the gates"
)

_NOTHING_TOLD = Text("nothing says which is better")


def _blocking(case: Case, part: str) -> Gate | None:
    """The first gate that did not let the part pass; one that names no model is about all of them."""
    for gate in case.gates:
        about = gate.name.values.get("model", part)
        if gate.blocks and not gate.passed and about == part:
            return gate
    return None


def _loss(case: Case, part: str, found: PartComparison) -> Ruling | None:
    """What a tag would lose that nothing else makes up for."""
    if gone := sorted(set(case.champions[part]) - set(case.challengers[part])):
        return Ruling(part, "tag_lost", Text("it no longer knows {tags}", {"tags": ", ".join(gone)}))
    limit = case.settings.promote_tag_loss
    if worse := [one.tag for one in found.tags if one.is_worse(limit)]:
        text = "it is worse for certain, by more than {limit}, in {tags}"
        return Ruling(part, "tag_worse", Text(text, {"limit": limit, "tags": ", ".join(worse)}))
    most = case.settings.promote_coverage_loss
    lost = [one.tag for one in case.promises if one.tag in case.champions[part] and one.lost > most]
    if lost:
        text = "the promise of {tags} would be lost, which the champion can go on giving"
        return Ruling(part, "promise_lost", Text(text, {"tags": ", ".join(lost)}))
    return None


def _compared(case: Case, found: PartComparison) -> Ruling:
    ahead = _said(found.figures)
    if found.figures.low > 0:
        return Ruling(found.part, "better", Text("it is better: {ahead}", {"ahead": ahead}))
    margin = case.settings.promote_margin
    more = sorted(set(case.challengers[found.part]) - set(case.champions[found.part]))
    if more and found.figures.low > -margin:
        text = "it knows {tags} besides, and is not worse by more than {margin}: {ahead}"
        values = {"tags": ", ".join(more), "margin": margin, "ahead": ahead}
        return Ruling(found.part, "knows_more", Text(text, values))
    if case.is_out_of_date and found.figures.low > -margin:
        text = "the champion is out of date, and it is not worse by more than {margin}: {ahead}"
        return Ruling(found.part, "not_worse", Text(text, {"margin": margin, "ahead": ahead}))
    return Ruling(found.part, "not_better", Text("it is not better for certain: {ahead}", {"ahead": ahead}))


def _said(figures: Figures) -> str:
    return f"{figures.difference:+.4f} ({figures.low:+.4f} {figures.high:+.4f})"


def _segments(case: Case, ruled: Sequence[Ruling]) -> Ruling:
    part = "segments"
    first = _rule(case, part) if part not in case.champions or part not in case.challengers else None
    if first is not None:
        return first
    if (gate := _blocking(case, part)) is not None:
        return Ruling(part, "refused", gate.finding)
    along = [one.part for one in ruled if one.part in {"interest", "churn"} and one.takes_over]
    if along:
        text = "they are formed anew with {models}"
        return Ruling(part, "goes_along", Text(text, {"models": ", ".join(along)}))
    return Ruling(part, "stays_along", Text("they stay while the models do"))
