"""All rules of a taxonomy as one program: who carries which tag, for one customer or a million alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from core.errors import FieldError, InvalidInputError
from core.language import Text
from features.spec import FeatureSpec
from tags.definition import Method, Status, Tag
from tags.rules.answers import Answers
from tags.rules.carried import carried
from tags.rules.checked import OF_TAGS, Checked, Taken
from tags.rules.checking import check
from tags.rules.errors import RuleError, in_field
from tags.rules.inputs import Gatherer, Inputs
from tags.rules.kinds import From, Input, Kind
from tags.rules.known import Known
from tags.rules.names import Names, names_of
from tags.rules.order import circle, dependencies, higher, one_of, sort
from tags.rules.program import Program, Values, compile_steps
from tags.rules.reading import parse
from tags.rules.steps import Op, Step, constant, constants_of, either, load, negation
from tags.taxonomy import Taxonomy


@dataclass(frozen=True)
class Rule:
    """One tag's rule, checked; `step` is its condition as it governs the tag: with its value and its pilot."""

    tag: Tag
    when: Checked
    value: Checked | None = None

    @cached_property
    def step(self) -> Step:
        """When the customer carries the tag: the condition is true, the value one that the tag can have."""
        found = self.when.step
        if self.value is not None:
            found = _and(found, _is_allowed(self.value.step, self.tag.values))
        if self.tag.status is Status.PILOT:
            found = _and(load(Input(From.PILOT, self.tag.key, kind=Kind.TRUTH)), found)
        return found

    @cached_property
    def reads(self) -> tuple[Input, ...]:
        """What it names, as it first does."""
        return tuple(dict.fromkeys(one for part in self._parts for one in part.reads))

    @cached_property
    def thresholds(self) -> tuple[Taken, ...]:
        """The quantiles that it needs."""
        return tuple(dict.fromkeys(one for part in self._parts for one in part.thresholds))

    @cached_property
    def divisors(self) -> tuple[Step, ...]:
        """What it divides by."""
        return tuple(dict.fromkeys(one for part in self._parts for one in part.divisors))

    @property
    def _parts(self) -> tuple[Checked, ...]:
        return (self.when,) if self.value is None else (self.when, self.value)


class Rulebook:
    """The rules of all current tags; made once for a taxonomy, a spec and the quantiles, shared by threads.

    Attributes:
        rules: By tag its rule, each after those that it looks at.
        broken: By tag why its rule cannot be used; such a tag is left as it is.
        values: The quantiles.
        program: What answers.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        spec: FeatureSpec,
        values: Values | None = None,
        *,
        names: Names | None = None,
    ) -> None:
        self.taxonomy = taxonomy
        self.spec = spec
        self.names = names or names_of(spec, taxonomy)
        self.broken: dict[str, InvalidInputError] = {}
        self.rules: dict[str, Rule] = self._rules()
        self.values: Values = values or {}
        self.program: Program = self._program(self.values)

    @property
    def tags(self) -> tuple[str, ...]:
        """The keys of the tags that have a rule which can be used, each after those that it looks at."""
        return tuple(self.rules)

    @cached_property
    def taken(self) -> tuple[Taken, ...]:
        """The quantiles that the rules need."""
        return tuple(dict.fromkeys(one for rule in self.rules.values() for one in rule.thresholds))

    @cached_property
    def reads_tags(self) -> frozenset[str]:
        """The tags whose words (`Known.said`) the rules read."""
        sources = (From.ABOVE, From.BELOW)
        return frozenset(one.key for one in self.program.inputs if one.source in sources)

    @cached_property
    def reads_predictions(self) -> bool:
        """Whether the rules read what the models say (`Known.predicted`)."""
        sources = (From.CHURN, From.SEGMENT, From.PROBABILITY)
        return any(one.source in sources for one in self.program.inputs)

    @property
    def reads_histories(self) -> bool:
        """Whether the rules count events themselves (`Known.histories`)."""
        return self._gatherer.needs_histories

    def evaluate(self, known: Known) -> Answers:
        """Who carries which tag as the rules say."""
        return self.answer(self.gather(known))

    def gather(self, known: Known) -> Inputs:
        """What the rules read of customers; the same whatever the quantiles are."""
        return self._gatherer.gather(known)

    def answer(self, inputs: Inputs) -> Answers:
        """What the rules make of what they read."""
        return Answers(self, self.program.run(inputs.matrix), inputs.matrix, inputs.texts)

    def levels_of(self, source: Input) -> Sequence[str]:
        """The levels of an attribute that are read as their places; none of anything else."""
        if source.source is not From.ATTRIBUTE or source.kind is not Kind.NUMBER:
            return ()
        return self.names.entries[f"{source.source.value}.{source.key}"].levels

    @cached_property
    def _gatherer(self) -> Gatherer:
        return Gatherer(self.program, self.spec, self.taxonomy)

    def _rules(self) -> dict[str, Rule]:
        looks_at = dependencies(self.taxonomy)
        order, cycle = sort(looks_at)
        while cycle:
            for key in cycle:
                looks_at.pop(key, None)
                self.broken[key] = circle(self.taxonomy, cycle)
            order, cycle = sort(looks_at)
        found = {}
        for key in order:
            tag = self.taxonomy[key]
            if not tag.is_current or tag.rule is None:
                continue
            try:
                found[key] = check_rule(tag, self.names)
            except InvalidInputError as error:
                self.broken[key] = error
        return found

    def _program(self, values: Values) -> Program:
        """Answers in this order: the conditions, the values, and the tags that rules look at."""
        conditions = [rule.step for rule in self.rules.values()]
        valued = {key: rule.value.step for key, rule in self.rules.items() if rule.value is not None}
        named = dict.fromkeys(
            source for rule in self.rules.values() for source in rule.reads if source.source in OF_TAGS
        )
        self.value_places = {key: len(conditions) + place for place, key in enumerate(valued)}
        first = len(conditions) + len(valued)
        self.tag_places = {source: first + place for place, source in enumerate(named)}
        steps = [*conditions, *valued.values(), *map(load, named)]
        return compile_steps(steps, values, defined=carried(self.own_rule))

    def own_rule(self, tag: str) -> tuple[Step, Step | None] | None:
        """When the tag's rule makes customers carry it, and its value, for `tags.rules.carried`; None without a rule.

        Of a one-of group the highest tag that holds keeps the lower ones off, and so does one that a person or an
        import says.
        """
        rule = self.rules.get(tag)
        if rule is None:
            return None
        found = rule.step
        for key in one_of(self.taxonomy, tag):
            if key != tag:
                found = _and(found, negation(_surely(load(Input(From.ABOVE, key, kind=Kind.TRUTH)))))
        for key in higher(self.taxonomy, tag):
            if key in self.rules:
                found = _and(found, negation(_surely(self._holds(key))))
        return found, rule.value.step if rule.value else None

    def _holds(self, tag: str) -> Step:
        """Whether the tag's rule is true of a customer of whom nobody says that the tag does not fit."""
        kept_off = Step(
            Op.EQUAL, Kind.TRUTH, (load(Input(From.ABOVE, tag, kind=Kind.TRUTH)), constant(0.0, Kind.TRUTH))
        )
        return _and(self.rules[tag].step, negation(_surely(kept_off)))


def check_rule(tag: Tag, names: Names) -> Rule:
    """The rule of a tag whose method is rule.

    Raises:
        InvalidInputError: It cannot be read or makes no sense; says whether the condition or the value, and why.
    """
    if tag.method is not Method.RULE or tag.rule is None:
        raise ValueError(f"{tag.key} is given by no rule")
    when = _checked(tag.rule.when, names, Kind.TRUTH, "rule.when")
    if tag.rule.value is None:
        return Rule(tag, when)
    wanted = Kind.TEXT if tag.values else None
    value = _checked(tag.rule.value, names, wanted, "rule.value")
    impossible = [text for text in constants_of(value.step) if tag.values and text not in tag.values]
    if impossible:
        text = Text(
            "{value} is none of the tag's values: {values}",
            {"value": repr(impossible[0]), "values": ", ".join(tag.values or ())},
        )
        raise InvalidInputError(
            text.message, fields=(FieldError("rule.value", text, RuleError.code),), **text.values
        )
    return Rule(tag, when, value)


def _checked(text: str, names: Names, wanted: Kind | None, field: str) -> Checked:
    try:
        return check(parse(text), names, wanted)
    except RuleError as error:
        raise in_field(error, field) from None


_TRUE = constant(1.0, Kind.TRUTH)


def _and(left: Step, right: Step) -> Step:
    return Step(Op.AND, Kind.TRUTH, (left, right))


def _surely(of: Step) -> Step:
    """True where it is true, else false."""
    return Step(Op.FIRST_KNOWN, Kind.TRUTH, (of, constant(0.0, Kind.TRUTH)))


def _is_allowed(value: Step, options: Sequence[str] | None) -> Step:
    """Whether there is a value, and one of those that the tag can have."""
    if options is None:
        return negation(Step(Op.IS_UNKNOWN, Kind.TRUTH, (value,)))
    return either([Step(Op.EQUAL, Kind.TRUTH, (value, constant(option, Kind.TEXT))) for option in options])
