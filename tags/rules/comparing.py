"""Values held against each other: which types fit, and what of an attribute's levels comes first."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tags.rules.errors import RuleError, nearest
from tags.rules.kinds import From, Input, Kind
from tags.rules.names import Named
from tags.rules.steps import Op, Step, constant, load, negation
from tags.rules.tree import Literal, Name, Node

if TYPE_CHECKING:
    from tags.rules.checking import Checker

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def compared(checker: "Checker", operator: str, left: Node, right: Node) -> Step:
    """The step that compares both.

    Raises:
        RuleError: They are of different types, or have no order.
    """
    if Literal(None) in (left, right):
        raise RuleError(
            "nothing equals null; write {text} is null", text=str(right if left == Literal(None) else left)
        )
    for one, other in ((left, right), (right, left)):
        _check_level(checker, one, other)
    if operator in ("=", "<>"):
        steps = of_one_kind(checker, [left, right], operator)
        equal = Step(Op.EQUAL, Kind.TRUTH, tuple(steps))
        return equal if operator == "=" else negation(equal)
    first, second = _ordered(checker, operator, left, right)
    if operator in (">", ">="):
        first, second = second, first
    return Step(Op.LESS if operator in ("<", ">") else Op.LESS_OR_EQUAL, Kind.TRUTH, (first, second))


def of_one_kind(checker: "Checker", nodes: Sequence[Node], where: str) -> list[Step]:
    """The steps of parts that have to be of one type; nulls are of any.

    Raises:
        RuleError: They are not.
    """
    steps = [None if node == Literal(None) else checker.step(node) for node in nodes]
    kinds = [step.kind for step in steps if step is not None]
    kind = kinds[0] if kinds else Kind.NUMBER
    for node, step in zip(nodes, steps, strict=True):
        if step is not None and step.kind is not kind:
            raise RuleError(
                "{found} is a {kind}, but {where} needs a {wanted} as {other}; texts stand in single quotation "
                "marks, days are written date '2026-01-31'",
                place=node.place,
                found=str(node),
                kind=step.kind.value,
                where=where,
                wanted=kind.value,
                other=str(next(n for n, s in zip(nodes, steps, strict=True) if s is not None)),
            )
    return [constant(None, kind) if step is None else step for step in steps]


def _ordered(checker: "Checker", operator: str, left: Node, right: Node) -> tuple[Step, Step]:
    """Both as numbers or days: levels of an attribute become their places."""
    steps = of_one_kind(checker, [left, right], operator)
    if steps[0].kind in (Kind.NUMBER, Kind.DAY):
        return steps[0], steps[1]
    levels = _levels(checker, left) or _levels(checker, right)
    if steps[0].kind is Kind.TRUTH or not levels:
        raise RuleError(
            "{left} {operator} {right}: a {kind} has no order; use = or in",
            place=left.place,
            left=str(left),
            operator=operator,
            right=str(right),
            kind=steps[0].kind.value,
        )
    return _place_of(checker, left, levels), _place_of(checker, right, levels)


def _levels(checker: "Checker", node: Node) -> tuple[str, ...]:
    """The levels of an attribute that has them in an order."""
    named = _named(checker, node)
    return named.levels if named and named.is_ordered else ()


def _place_of(checker: "Checker", node: Node, levels: tuple[str, ...]) -> Step:
    if isinstance(node, Literal) and node.value in levels:
        return constant(float(levels.index(str(node.value))), Kind.NUMBER)
    named = _named(checker, node)
    if named is None or named.levels != levels:
        raise RuleError(
            "{found} has no order among {levels}", place=node.place, found=str(node), levels=", ".join(levels)
        )
    return load(Input(From.ATTRIBUTE, named.input.key))


def _check_level(checker: "Checker", node: Node, value: Node) -> None:
    """Refuse a text that the named thing can never be."""
    named = _named(checker, node)
    if named is None or not named.levels or not isinstance(value, Literal):
        return
    if isinstance(value.value, str) and value.value not in named.levels:
        raise RuleError(
            "{name} is never {value}; nearest: {near}",
            place=value.place,
            name=named.name,
            value=str(value),
            near=nearest(value.value, named.levels) or ", ".join(named.levels),
        )


def _named(checker: "Checker", node: Node) -> Named | None:
    return checker.names.entries.get(node.name) if isinstance(node, Name) else None
