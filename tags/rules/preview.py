"""What a rule would do before it is saved: how many it is true of, who would gain and lose the tag, and examples."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Literal

import numpy as np

from core.language import Text
from features.histories import Floats, Mask
from tags.rules.answers import Answers
from tags.rules.carried import carried
from tags.rules.inputs import Gatherer, Inputs
from tags.rules.kinds import Kind, Threshold
from tags.rules.known import Known
from tags.rules.program import Program, compile_steps
from tags.rules.quantiles import Found, Taking
from tags.rules.rulebook import Rulebook
from tags.rules.steps import Op, Step, constant, either
from tags.taxonomy import Taxonomy

EXAMPLES = 10
Change = Literal["gains", "loses", "keeps"]
_ORDER: tuple[Change, ...] = ("gains", "loses", "keeps")

EVERYBODY = Text("the rule is true of everybody; a tag that all carry tells nobody apart")
NOBODY = Text("the rule is true of nobody")
UNKNOWN = Text(
    "of {count} customers the rule is unknown, since something that it reads is; write coalesce(..., 0) or is null "
    "where that should count"
)
BY_ZERO = Text("for {count} customers the rule divides by zero; such a part is unknown")


@dataclass(frozen=True)
class Example:
    """One customer, what would become of the tag, and the values that decided."""

    customer_id: str
    change: Change
    value: str | None
    evidence: Mapping[str, Any]


@dataclass(frozen=True)
class Preview:
    """What a rule would do.

    Attributes:
        customers: How many the shop has.
        looked_at: Of how many of them the figures are; all, or an even sample.
        matches: Of how many looked at the rule is true.
        carries: How many looked at would carry the tag, with what people and imports say of it.
        carries_now: How many looked at carry it now.
        gains: How many would get it.
        loses: How many would lose it.
        unknown: Of how many it is neither true nor false.
        by_zero: For how many something is divided by zero.
        values: Of a tag with values how many would carry which, the most frequent first.
        thresholds: The quantiles that it was worked out with.
        examples: Some customers, of those who would gain, lose and keep it in turn.
        warnings: What is odd about it.
    """

    customers: int
    looked_at: int
    matches: int
    carries: int
    carries_now: int
    gains: int
    loses: int
    unknown: int
    by_zero: int
    values: Mapping[str, int]
    thresholds: Mapping[str, float | None]
    examples: tuple[Example, ...]
    warnings: tuple[Text, ...]

    @property
    def share(self) -> float | None:
        """The share of the customers that the rule is true of; None without any."""
        return self.matches / self.looked_at if self.looked_at else None


@dataclass(frozen=True)
class Now:
    """What holds of the tag now: who carries it, and of whom a person or an import says whether it fits."""

    carriers: Collection[str] = frozenset()
    said: Mapping[str, bool] = field(default_factory=dict)


@dataclass
class _Chunk:
    customer_ids: Sequence[str]
    inputs: Inputs
    checks: Inputs


class Previewer:
    """Looks at customers some at a time; keeps what the rule reads of each, and nothing else."""

    def __init__(self, taxonomy: Taxonomy, rulebook: Rulebook, tag: str) -> None:
        self._taxonomy, self._tag = taxonomy, tag
        self._rulebook = rulebook
        self._rule = rulebook.rules[tag]
        self._taking = Taking(rulebook.taken, rulebook.spec, taxonomy)
        self._checks = Gatherer(self._program(rulebook), rulebook.spec, taxonomy)
        self._chunks: list[_Chunk] = []

    @property
    def reads_histories(self) -> bool:
        """Whether events themselves are counted (`Known.histories`)."""
        return self._rulebook.reads_histories or self._taking.reads_histories or self._checks.needs_histories

    def add(self, known: Known) -> None:
        """Look at these customers."""
        self._taking.add(known)
        self._chunks.append(
            _Chunk(known.customer_ids, self._rulebook.gather(known), self._checks.gather(known))
        )

    def preview(self, now: Now, customers: int) -> Preview:
        """What the rule would do to all that were looked at, of so many in all."""
        found = self._taking.found()
        values = {threshold: one.value for threshold, one in found.items()}
        rulebook = Rulebook(self._taxonomy, self._rulebook.spec, values, names=self._rulebook.names)
        tally = _Tally(rulebook, self._tag, now)
        program = self._program(rulebook)
        for chunk in self._chunks:
            tally.add(chunk.customer_ids, rulebook.answer(chunk.inputs), program.run(chunk.checks.matrix))
        return tally.preview(customers, found)

    def _program(self, rulebook: Rulebook) -> Program:
        """Who carries the tag by its rule, of whom the rule is unknown, and for whom it divides by zero."""
        rule = rulebook.rules[self._tag]
        own = rulebook.own_rule(self._tag)
        zero = constant(0.0, Kind.NUMBER)
        divided = [Step(Op.EQUAL, Kind.TRUTH, (one, zero)) for one in rule.divisors]
        steps = [
            own[0] if own else rule.step,
            Step(Op.IS_UNKNOWN, Kind.TRUTH, (rule.when.step,)),
            either(divided) if divided else constant(0.0, Kind.TRUTH),
        ]
        return compile_steps(steps, rulebook.values, defined=carried(rulebook.own_rule))


class _Tally:
    """Counts, and keeps the first examples of each kind."""

    def __init__(self, rulebook: Rulebook, tag: str, now: Now) -> None:
        self._rulebook, self._tag, self._now = rulebook, tag, now
        self._counts: Counter[str] = Counter()
        self._values: Counter[str] = Counter()
        self._examples: dict[Change, list[Example]] = {change: [] for change in _ORDER}

    def add(self, customer_ids: Sequence[str], answers: Answers, checks: Floats) -> None:
        """Count these customers."""
        before = np.array([name in self._now.carriers for name in customer_ids], dtype=np.bool_)
        after = self._after(customer_ids, checks[0] == 1.0)
        for name, mask in (
            ("looked_at", np.ones(len(customer_ids), dtype=np.bool_)),
            ("matches", answers.carries[self._tag]),
            ("carries", after),
            ("carries_now", before),
            ("gains", after & ~before),
            ("loses", before & ~after),
            ("unknown", checks[1] == 1.0),
            ("by_zero", checks[2] == 1.0),
        ):
            self._counts[name] += int(mask.sum())
        self._values.update(
            value for value in answers.values(self._tag, after.nonzero()[0]) if value is not None
        )
        for change, mask in zip(_ORDER, (after & ~before, before & ~after, after & before), strict=True):
            self._keep(change, mask, customer_ids, answers)

    def _after(self, customer_ids: Sequence[str], by_rule: Mask) -> Mask:
        """Who would carry the tag: whom the rule gives it, but where a person or an import says otherwise."""
        found = by_rule.copy()
        for place, name in enumerate(customer_ids):
            said = self._now.said.get(name)
            if said is not None:
                found[place] = said
        return found

    def _keep(self, change: Change, mask: Mask, customer_ids: Sequence[str], answers: Answers) -> None:
        kept = self._examples[change]
        rows = mask.nonzero()[0][: EXAMPLES - len(kept)]
        told = zip(
            rows.tolist(),
            answers.values(self._tag, rows),
            answers.evidence(self._tag, rows),
            strict=True,
        )
        kept += [
            Example(customer_ids[row], change, value if change != "loses" else None, evidence)
            for row, value, evidence in told
        ]

    def preview(self, customers: int, found: Mapping[Threshold, Found]) -> Preview:
        """The figures, examples and warnings."""
        counts = {name: self._counts[name] for name in _COUNTED}
        return Preview(
            customers=customers,
            **counts,
            values=dict(self._values.most_common()),
            thresholds={str(threshold): one.value for threshold, one in found.items()},
            examples=tuple(self._some_of_each()),
            warnings=tuple(_warnings(counts)),
        )

    def _some_of_each(self) -> list[Example]:
        turns = zip_longest(*self._examples.values())
        return [example for turn in turns for example in turn if example is not None][:EXAMPLES]


_COUNTED = ("looked_at", "matches", "carries", "carries_now", "gains", "loses", "unknown", "by_zero")


def _warnings(counts: Mapping[str, int]) -> Iterable[Text]:
    if counts["looked_at"] and counts["matches"] == counts["looked_at"]:
        yield EVERYBODY
    if counts["matches"] == 0:
        yield NOBODY
    if counts["unknown"]:
        yield Text(UNKNOWN.message, {"count": counts["unknown"]})
    if counts["by_zero"]:
        yield Text(BY_ZERO.message, {"count": counts["by_zero"]})
