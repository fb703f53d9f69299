"""Whether a rule makes sense: known names, fitting types; what it reads, and the steps that it comes to."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tags.rules.calls import call
from tags.rules.checked import Checked, Taken
from tags.rules.comparing import compared, of_one_kind
from tags.rules.errors import RuleError, nearest
from tags.rules.kinds import Kind
from tags.rules.names import Named, Names
from tags.rules.steps import Op, Step, choose, constant, either, inputs_of, load, negation
from tags.rules.tree import (
    ARITHMETIC,
    LOGIC,
    Between,
    Binary,
    Call,
    Case,
    Expression,
    In,
    Is,
    Literal,
    Name,
    Node,
    Unary,
)

EPOCH = datetime.date(1970, 1, 1).toordinal()
_SHOWN = 60  # characters of a part that a message names
_OPS = dict(zip(ARITHMETIC, (Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.REMAINDER), strict=True))


def check(expression: Expression, names: Names, wanted: Kind | None = Kind.TRUTH) -> Checked:
    """The rule with its types, once every name is known and every type fits.

    `wanted` is the type that it has to give; any where None.

    Raises:
        RuleError: A name is unknown (the nearest are named), a type does not fit, a function is given what it does
            not take.
    """
    checker = Checker(names)
    step = checker.step(expression.root)
    if wanted is Kind.TRUTH and step.kind is not wanted:
        raise RuleError(
            "the rule gives a {kind}, expected a truth: compare it with something, as in spend_84d > 500",
            kind=step.kind.value,
        )
    if wanted is not None and step.kind is not wanted:
        raise RuleError(
            "the rule gives a {kind}, expected a {wanted}", kind=step.kind.value, wanted=wanted.value
        )
    return checker.checked(expression, step)


@dataclass
class Checker:
    """Turns one rule's tree into steps."""

    names: Names
    taken: dict[Taken, None] = field(default_factory=dict)
    divisors: dict[Step, None] = field(default_factory=dict)

    def checked(self, expression: Expression, step: Step) -> Checked:
        """The rule and what was noted of it."""
        return Checked(expression, step, inputs_of(step), tuple(self.taken), tuple(self.divisors))

    def step(self, node: Node) -> Step:
        """The step that a part of the rule comes to.

        Raises:
            RuleError: A name is unknown, a type does not fit.
        """
        found: Step = _STEPS[type(node)](self, node)
        return found

    def named(self, node: Name) -> Named:
        """What a name stands for.

        Raises:
            RuleError: Nothing has that name.
        """
        found = self.names.entries.get(node.name)
        if found is None:
            raise _unknown(node, self.names)
        return found

    def of_kind(self, node: Node, kind: Kind, where: str) -> Step:
        """The step of a part that has to be of one type; `where` says of what it is a part.

        Raises:
            RuleError: It is of another.
        """
        found = self.step(node)
        if found == constant(None, Kind.NUMBER):
            return constant(None, kind)
        if found.kind is not kind:
            raise RuleError(
                "{found} is a {kind}, but {where} needs a {wanted}",
                place=node.place,
                found=shown(node),
                kind=found.kind.value,
                where=where,
                wanted=kind.value,
            )
        return found

    def _unary(self, node: Unary) -> Step:
        if node.operator == "not":
            return negation(self.of_kind(node.of, Kind.TRUTH, "not"))
        return Step(Op.NEGATE, Kind.NUMBER, (self.of_kind(node.of, Kind.NUMBER, "-"),))

    def _binary(self, node: Binary) -> Step:
        if node.operator in LOGIC:
            return self._logic(node)
        if node.operator in ARITHMETIC:
            return self._arithmetic(node)
        return compared(self, node.operator, node.left, node.right)

    def _logic(self, node: Binary) -> Step:
        left = self.of_kind(node.left, Kind.TRUTH, node.operator)
        right = self.of_kind(node.right, Kind.TRUTH, node.operator)
        return Step(Op.AND if node.operator == "and" else Op.OR, Kind.TRUTH, (left, right))

    def _arithmetic(self, node: Binary) -> Step:
        left, right = self.step(node.left), self.step(node.right)
        kind = Kind.NUMBER
        if left.kind is Kind.DAY and node.operator in ("+", "-"):
            if right.kind is Kind.DAY and node.operator == "-":
                return Step(Op.SUBTRACT, Kind.NUMBER, (left, right))
            kind = Kind.DAY
        else:
            left = self.of_kind(node.left, Kind.NUMBER, node.operator)
        right = self.of_kind(node.right, Kind.NUMBER, node.operator)
        if node.operator in ("/", "%"):
            self._divides(right, node)
        return Step(_OPS[node.operator], kind, (left, right))

    def _divides(self, divisor: Step, node: Binary) -> None:
        if divisor == constant(0.0, Kind.NUMBER):
            raise RuleError(
                "{found} divides by zero, so it is never known", place=node.place, found=shown(node)
            )
        if divisor.op is not Op.CONSTANT:
            self.divisors[divisor] = None

    def _between(self, node: Between) -> Step:
        low = compared(self, ">=", node.of, node.low)
        return Step(Op.AND, Kind.TRUTH, (low, compared(self, "<=", node.of, node.high)))

    def _in(self, node: In) -> Step:
        return either([compared(self, "=", node.of, option) for option in node.options])

    def _is(self, node: Is) -> Step:
        if node.what is None:
            return Step(Op.IS_UNKNOWN, Kind.TRUTH, (self.step(node.of),))
        of = self.of_kind(node.of, Kind.TRUTH, "is true")
        return _surely(of if node.what else negation(of))

    def _case(self, node: Case) -> Step:
        conditions = [self.of_kind(condition, Kind.TRUTH, "when") for condition, _ in node.branches]
        values = of_one_kind(self, [*(value for _, value in node.branches), node.default], "case")
        found = values[-1]
        for condition, value in zip(reversed(conditions), reversed(values[:-1]), strict=True):
            found = choose(condition, value, found)
        return found


_STEPS: dict[type, Callable[[Checker, Any], Step]] = {
    Literal: lambda _, node: _literal(node),
    Name: lambda checker, node: load(checker.named(node).input),
    Call: call,
    Unary: Checker._unary,  # noqa: SLF001 (one table for one class)
    Binary: Checker._binary,  # noqa: SLF001
    Between: Checker._between,  # noqa: SLF001
    In: Checker._in,  # noqa: SLF001
    Is: Checker._is,  # noqa: SLF001
    Case: Checker._case,  # noqa: SLF001
}


def shown(node: Node) -> str:
    """A part of a rule as a message names it."""
    text = str(node)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _surely(of: Step) -> Step:
    """True where it is true, else false, never unknown."""
    return Step(Op.FIRST_KNOWN, Kind.TRUTH, (of, constant(0.0, Kind.TRUTH)))


def _literal(node: Literal) -> Step:
    value = node.value
    if isinstance(value, bool):
        return constant(float(value), Kind.TRUTH)
    if isinstance(value, datetime.date):
        return constant(float(value.toordinal() - EPOCH), Kind.DAY)
    if isinstance(value, str):
        return constant(value, Kind.TEXT)
    return constant(value, Kind.NUMBER)


_OF_EVENT = ("event.", "before.")


def _unknown(node: Name, names: Names) -> RuleError:
    if node.name.startswith(_OF_EVENT) and not names.of_event:
        return RuleError(
            "{name}: only triggers know of an event; a rule looks at the customer as a whole",
            place=node.place,
            name=node.name,
        )
    family, dot, _ = node.name.partition(".")
    siblings = [name for name in names.entries if dot and name.startswith(f"{family}.")]
    near = nearest(node.name, siblings or names.entries)
    if near:
        return RuleError(
            "there is no {name}; nearest: {near}. `tagloop tags names WORD` searches them all",
            place=node.place,
            name=repr(node.name),
            near=near,
        )
    return RuleError(
        "there is no {name}; texts stand in single quotation marks, and `tagloop tags names WORD` searches "
        "what can be named",
        place=node.place,
        name=repr(node.name),
    )
