"""What the functions of the language take, and the steps that they come to."""

import datetime
from typing import TYPE_CHECKING

from core.language import Text
from tags.rules.checked import OF_TAGS, Checked, Taken
from tags.rules.comparing import of_one_kind
from tags.rules.errors import RuleError, nearest
from tags.rules.functions import EVENT_FUNCTIONS, FUNCTIONS, Function
from tags.rules.kinds import WHERE, From, Input, Kind, Threshold
from tags.rules.steps import Op, Step, constant, inputs_of, load
from tags.rules.tree import Call, Expression, Literal, Node

if TYPE_CHECKING:
    from tags.rules.checking import Checker

_NO_CHANNEL = Text("{word} is no channel of this shop; nearest: {near}")
_NO_TYPE = Text("{word} is no event type of this shop, and no role; nearest: {near}")
LONGEST_DAYS = 3_660
MOST_DIGITS = 6


def call(checker: "Checker", node: Call) -> Step:
    """The step of a function.

    Raises:
        RuleError: There is no such function, or it takes something else.
    """
    function = FUNCTIONS.get(node.function)
    if node.function in EVENT_FUNCTIONS and checker.names.of_event:
        return load(Input(From.PROPERTY, _text(node, EVENT_FUNCTIONS[node.function]), kind=Kind.TEXT))
    if function is None:
        raise RuleError(
            "there is no function {name}; nearest: {near}",
            place=node.place,
            name=repr(node.function),
            near=nearest(node.function, FUNCTIONS) or ", ".join(FUNCTIONS),
        )
    if function.counts is not None:
        return _counted(checker, node, function, function.counts)
    if function.op is not None:
        _expect(node, function, 1, 1)
        of = checker.of_kind(node.arguments[0], function.takes[0], node.function)
        return Step(function.op, function.gives, (of,))
    return _OWN[node.function](checker, node, function)


def _counted(checker: "Checker", node: Call, function: Function, source: From) -> Step:
    _expect(node, function, 1, 1 if source is From.SINCE else 2)
    word = _text(node, function)
    known = checker.names.channels if source is From.CHANNEL_SHARE else checker.names.words
    if word not in known:
        message = _NO_CHANNEL if source is From.CHANNEL_SHARE else _NO_TYPE
        near = nearest(word, known) or ", ".join(sorted(known)) or "-"
        raise RuleError(message.message, place=node.arguments[0].place, word=repr(word), near=near)
    days = int(_whole(node, 1, LONGEST_DAYS)) if len(node.arguments) > 1 else None
    return load(Input(source, word, days))


def _quantile(checker: "Checker", node: Call, function: Function) -> Step:
    _expect(node, function, 2, 3)
    share = node.arguments[1]
    if not isinstance(share, Literal) or type(share.value) is not float or not 0 < share.value < 1:
        raise RuleError(
            "{call}: the share is {found}, expected a number between 0 and 1 such as 0.8",
            place=share.place,
            call=node.function,
            found=str(share),
        )
    of = _alone(checker, node.arguments[0], Kind.NUMBER)
    among = [_alone(checker, one, Kind.TRUTH) for one in node.arguments[2:]]
    text = WHERE.join(map(str, [node.arguments[0], *node.arguments[2:]]))
    threshold = Threshold(text, share.value)
    checker.taken[Taken(threshold, of, among[0] if among else None)] = None
    return constant(threshold, Kind.NUMBER)


def _alone(checker: "Checker", node: Node, kind: Kind) -> Checked:
    """A part that is worked out over all customers before any rule is."""
    inner = type(checker)(checker.names)
    step = inner.of_kind(node, kind, "quantile")
    if inner.taken or any(one.source in (*OF_TAGS, *_NOT_OVER_ALL) for one in inputs_of(step)):
        raise RuleError(
            "quantile({found}): a quantile is over features, attributes and counts, not over tags, the event or "
            "other quantiles",
            place=node.place,
            found=str(node),
        )
    return inner.checked(Expression(node, str(node)), step)


_NOT_OVER_ALL = (From.BEFORE, From.EVENT, From.PROPERTY)


def _coalesce(checker: "Checker", node: Call, function: Function) -> Step:
    return _folded(checker, node, function, Op.FIRST_KNOWN)


def _least(checker: "Checker", node: Call, function: Function) -> Step:
    return _folded(checker, node, function, Op.LEAST)


def _greatest(checker: "Checker", node: Call, function: Function) -> Step:
    return _folded(checker, node, function, Op.GREATEST)


def _folded(checker: "Checker", node: Call, function: Function, op: Op) -> Step:
    _expect(node, function, 2, None)
    found, *others = of_one_kind(checker, node.arguments, node.function)
    if op is not Op.FIRST_KNOWN and found.kind not in (Kind.NUMBER, Kind.DAY):
        raise RuleError("{call}: a {kind} has no order", call=str(node), kind=found.kind.value)
    for other in others:
        found = Step(op, found.kind, (found, other))
    return found


def _round(checker: "Checker", node: Call, function: Function) -> Step:
    _expect(node, function, 1, 2)
    digits = _whole(node, 0, MOST_DIGITS) if len(node.arguments) > 1 else 0.0
    of = checker.of_kind(node.arguments[0], Kind.NUMBER, node.function)
    return Step(Op.ROUND, Kind.NUMBER, (of, constant(10.0**digits, Kind.NUMBER)))


def _date(checker: "Checker", node: Call, function: Function) -> Step:
    _expect(node, function, 1, 1)
    try:
        day = datetime.date.fromisoformat(_text(node, function))
    except ValueError:
        raise _wrong(node, function) from None
    return checker.step(Literal(day))


_OWN = {
    "quantile": _quantile,
    "coalesce": _coalesce,
    "least": _least,
    "greatest": _greatest,
    "round": _round,
    "date": _date,
}


def _expect(node: Call, function: Function, least: int, most: int | None) -> None:
    if len(node.arguments) < least or (most is not None and len(node.arguments) > most):
        raise _wrong(node, function)


def _text(node: Call, function: Function) -> str:
    """The text that comes first."""
    first = node.arguments[0] if node.arguments else None
    if not isinstance(first, Literal) or not isinstance(first.value, str):
        raise _wrong(node, function)
    return first.value


def _whole(node: Call, least: int, most: int) -> float:
    argument = node.arguments[1]  # behind what it is about
    value = argument.value if isinstance(argument, Literal) else None
    if type(value) is not float or value != int(value) or not least <= value <= most:
        raise RuleError(
            "{call}: expected a whole number from {least} to {most}, got {found}",
            place=argument.place,
            call=node.function,
            least=least,
            most=most,
            found=str(argument),
        )
    return value


def _wrong(node: Call, function: Function) -> RuleError:
    return RuleError(
        "{found} is not how {name} is written; expected something like {written}",
        place=node.place,
        found=str(node),
        name=node.function,
        written=function.written,
    )
