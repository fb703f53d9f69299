"""The slow, obvious twin of the language: the tree walked for one customer, with plain Python values and None."""

import datetime
import math
from collections.abc import Callable, Mapping
from typing import Any

from tags.rules.tree import Between, Binary, Call, Case, In, Is, Literal, Name, Node, Unary

Row = Mapping[str, Any]
"""By name a value; None where it is unknown."""

Truth = bool | None


def value_of(node: Node, row: Row) -> Any:  # noqa: C901, PLR0911, PLR0912 (one case a kind of node)
    """What the expression gives for one customer: number, bool, text, date, or None."""
    match node:
        case Literal():
            return node.value
        case Name():
            return row[node.name]
        case Unary(operator="not"):
            return not_(value_of(node.of, row))
        case Unary():
            of = value_of(node.of, row)
            return None if of is None else -of
        case Is():
            of = value_of(node.of, row)
            return of is None if node.what is None else of is node.what
        case Between():
            of, low, high = (value_of(part, row) for part in (node.of, node.low, node.high))
            return and_(compare(">=", of, low), compare("<=", of, high))
        case In():
            found: Truth = False
            for option in node.options:
                found = or_(found, compare("=", value_of(node.of, row), value_of(option, row)))
            return found
        case Case():
            for condition, value in node.branches:
                if value_of(condition, row) is True:
                    return value_of(value, row)
            return value_of(node.default, row)
        case Call():
            return called(node.function, [value_of(part, row) for part in node.arguments])
        case Binary():
            left, right = value_of(node.left, row), value_of(node.right, row)
            return _joined(node.operator, left, right)


def _joined(operator: str, left: Any, right: Any) -> Any:
    if operator in ("and", "or"):
        return and_(left, right) if operator == "and" else or_(left, right)
    return (reckon if operator in ("+", "-", "*", "/", "%") else compare)(operator, left, right)


def not_(of: Truth, /) -> Truth:
    return None if of is None else not of


def and_(left: Truth, right: Truth, /) -> Truth:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def or_(left: Truth, right: Truth, /) -> Truth:
    return not_(and_(not_(left), not_(right)))


def compare(operator: str, left: Any, right: Any) -> Truth:
    if left is None or right is None:
        return None
    ways: dict[str, Callable[[], bool]] = {
        "=": lambda: left == right,
        "<>": lambda: left != right,
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
    }
    return ways[operator]()


def reckon(operator: str, left: Any, right: Any) -> Any:
    if left is None or right is None or (operator in ("/", "%") and right == 0):
        return None
    if isinstance(left, datetime.date):
        if isinstance(right, datetime.date):
            return float((left - right).days)
        return left + datetime.timedelta(days=right if operator == "+" else -right)
    ways: dict[str, Callable[[], float]] = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
        "%": lambda: math.fmod(left, right),
    }
    found = ways[operator]()
    return found if math.isfinite(found) else None


def called(function: str, values: list[Any]) -> Any:
    if function == "coalesce":
        return next((value for value in values if value is not None), None)
    known = [value for value in values if value is not None]
    if function in ("least", "greatest"):
        return (min if function == "least" else max)(known, default=None)
    if len(known) < len(values):
        return None
    first = values[0]
    if function == "round":
        scale = 10.0 ** (values[1] if len(values) > 1 else 0)
        found = math.copysign(math.floor(abs(first) * scale + 0.5) / scale, first)
        return found if math.isfinite(found) else None
    ways: dict[str, Callable[[], float]] = {
        "abs": lambda: abs(first),
        "floor": lambda: float(math.floor(first)),
        "year": lambda: float(first.year),
        "month": lambda: float(first.month),
        "day": lambda: float(first.day),
        "weekday": lambda: float(first.isoweekday()),
    }
    return ways[function]()
