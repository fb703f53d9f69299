"""A rule's text read into its tree; the grammar is that of conditions in SQL, as `sqlglot` parses it."""

import datetime
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import sqlglot
from sqlglot import expressions as sql
from sqlglot import parser
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, TokenError

from tags.rules.errors import RuleError, excerpt
from tags.rules.tree import (
    LOGIC,
    NOWHERE,
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
    Place,
    Unary,
)

LONGEST = 2_000  # characters
DEEPEST = 50  # brackets, conditions and sums within each other
BIGGEST = 400  # names, values and signs


class _Plain(Dialect):
    """Conditions and nothing else: no function means anything yet, so that all are checked in one place."""

    class Parser(parser.Parser):
        """The parser of it."""

        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {}
        NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}


_BINARY: dict[type[sql.Expr], str] = {
    sql.EQ: "=",
    sql.NEQ: "<>",
    sql.LT: "<",
    sql.LTE: "<=",
    sql.GT: ">",
    sql.GTE: ">=",
    sql.Add: "+",
    sql.Sub: "-",
    sql.Mul: "*",
    sql.Div: "/",
    sql.Mod: "%",
    sql.And: "and",
    sql.Or: "or",
}


def parse(text: str) -> Expression:
    """What the text says.

    Raises:
        RuleError: It is no expression of the language; says where, and what was expected.

    >>> str(parse("NOT (spend_84d>=5000.0) or attribute.age IN ('45-54')"))
    "not spend_84d >= 5000 or attribute.age in ('45-54')"
    """
    if not text.strip():
        raise RuleError("the rule is empty; write a condition such as spend_84d > 500")
    if len(text) > LONGEST:
        raise RuleError(
            "the rule has {length} characters; at most {most} are read. Split it into several tags",
            length=len(text),
            most=LONGEST,
        )
    return Expression(_Reader(text).read(_parsed(text)), text)


def _parsed(text: str) -> sql.Expr:
    try:
        found = sqlglot.parse(text, dialect=_Plain)
    except ParseError as error:
        raise _unreadable(text, error) from None
    except TokenError:
        raise RuleError(
            "a quotation mark or comment is not closed; texts stand in single quotation marks, as in 'coffee'"
        ) from None
    except RecursionError:
        raise _too_deep() from None
    if len(found) != 1 or found[0] is None:
        raise RuleError("expected one condition; join several with and, or instead of a semicolon")
    return found[0]


def _unreadable(text: str, error: ParseError) -> RuleError:
    told = error.errors[0]
    before, found = str(told.get("start_context") or ""), str(told.get("highlight") or "")
    start = max(text.find(before + found), 0) + len(before)
    if "Expecting )" in str(told.get("description")):
        return RuleError(
            "after {found} (character {at}) a bracket has to be closed",
            place=(start, start + len(found)),
            found=repr(found),
            at=start + 1,
        )
    if "missing" in str(told.get("description")) and start + len(found) >= len(text.rstrip()):
        return RuleError(
            "after {found} (character {at}) the rule ends too early; expected a value, a name or a bracket",
            place=(start, start + len(found)),
            found=repr(found),
            at=start + 1,
        )
    return RuleError(
        "character {at}: {found} is not expected there; expected a name, a value, or a sign such as "
        "and, or, not, =, <, >, in, between, is null",
        place=(start, start + len(found)),
        found=repr(found),
        at=start + 1,
    )


def _too_deep() -> RuleError:
    return RuleError(
        "the rule is too deeply nested (at most {most} levels); split it into several tags", most=DEEPEST
    )


class _Reader:
    """Turns sqlglot's tree into ours and refuses what the language does not have."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._size = 0

    def read(self, node: sql.Expr, depth: int = 0) -> Node:
        """Our node for it.

        Raises:
            RuleError: The language has no such thing.
        """
        self._size += 1
        if depth > DEEPEST:
            raise _too_deep()
        if self._size > BIGGEST:
            raise RuleError("the rule has more than {most} parts; split it into several tags", most=BIGGEST)
        if isinstance(node, sql.Paren):
            return self.read(node.this, depth)
        if operator := _BINARY.get(type(node)):
            return self._binary(operator, node, depth + 1)
        read = _READERS.get(type(node))
        return read(self, node, depth + 1) if read else self._atom(node)

    def _binary(self, operator: str, node: sql.Expr, depth: int) -> Node:
        chained = operator in LOGIC and type(node.this) is type(
            node
        )  # a and b and c is no deeper than a and b
        left = self.read(node.this, depth - 1 if chained else depth)
        right = self.read(node.args["expression"], depth)
        return Binary(operator, left, right, (left.place[0], right.place[1]))

    def _not(self, node: sql.Expr, depth: int) -> Node:
        return Unary("not", self.read(node.this, depth), _place(node))

    def _negative(self, node: sql.Expr, depth: int) -> Node:
        of = self.read(node.this, depth)
        if isinstance(of, Literal) and type(of.value) is float:
            return Literal(-of.value, of.place)
        return Unary("negative", of, of.place)

    def _between(self, node: sql.Expr, depth: int) -> Node:
        of, low, high = (self.read(part, depth) for part in (node.this, node.args["low"], node.args["high"]))
        return Between(of, low, high, _place(node))

    def _in(self, node: sql.Expr, depth: int) -> Node:
        if not node.expressions:
            raise self._unknown(node)
        options = tuple(self.read(option, depth) for option in node.expressions)
        return In(self.read(node.this, depth), options, _place(node))

    def _if(self, node: sql.Expr, depth: int) -> Node:
        default = node.args.get("false")
        branch = self.read(node.this, depth), self.read(node.args["true"], depth)
        return Case((branch,), self.read(default, depth) if default else Literal(None), _place(node))

    def _is(self, node: sql.Expr, depth: int) -> Node:
        what = node.args["expression"]
        if isinstance(what, sql.Null | sql.Boolean):
            of = self.read(node.this, depth)
            return Is(of, None if isinstance(what, sql.Null) else bool(what.this), of.place)
        raise RuleError("is stands before null, not null, true or false; compare values with =")

    def _case(self, node: sql.Expr, depth: int) -> Node:
        if node.this is not None:
            raise RuleError(
                "write case when CONDITION then VALUE ... else VALUE end; nothing stands before when"
            )
        branches = tuple(
            (self.read(branch.this, depth), self.read(branch.args["true"], depth))
            for branch in node.args["ifs"]
        )
        default = node.args.get("default")
        last = self.read(default, depth) if default else Literal(None)
        return Case(branches, last, branches[0][0].place)

    def _call(self, node: sql.Expr, depth: int) -> Node:
        arguments = tuple(self.read(one, depth) for one in node.expressions)
        return Call(str(node.this).lower(), arguments, _place(node))

    def _dotted_call(self, node: sql.Expr, depth: int) -> Node:
        called = node.args["expression"]
        if not isinstance(called, sql.Anonymous):
            raise self._unknown(node)
        found = self._call(called, depth)
        return (
            replace(found, function=f"{node.this.name}.{called.this}".lower())
            if isinstance(found, Call)
            else found
        )

    def _atom(self, node: sql.Expr) -> Node:
        place = _place(node)
        match node:
            case sql.Column():
                return Name(".".join(part.name for part in node.parts), place)
            case sql.Literal():
                return Literal(node.name if node.is_string else _number(node.name), place)
            case sql.Boolean():
                return Literal(bool(node.this), place)
            case sql.Null():
                return Literal(None, place)
            case sql.Cast() if node.to.this == sql.DType.DATE and isinstance(node.this, sql.Literal):
                return Literal(_day(node.this.name), place)
        raise self._unknown(node)

    def _unknown(self, node: sql.Expr) -> RuleError:
        place = _place(node)
        return RuleError(
            "{found} is not part of the language; it has names, values, comparisons, and, or, not, in, between, "
            "is null, case, sums and functions (`tagloop tags names` lists them)",
            place=place,
            found=repr(excerpt(self._text, place) if place != NOWHERE else node.sql()),
        )


_READERS: dict[type[sql.Expr], Callable[[_Reader, Any, int], Node]] = {
    sql.Not: _Reader._not,  # noqa: SLF001 (one table for one class)
    sql.Neg: _Reader._negative,  # noqa: SLF001
    sql.Between: _Reader._between,  # noqa: SLF001
    sql.In: _Reader._in,  # noqa: SLF001
    sql.Is: _Reader._is,  # noqa: SLF001
    sql.Case: _Reader._case,  # noqa: SLF001
    sql.If: _Reader._if,  # noqa: SLF001
    sql.Anonymous: _Reader._call,  # noqa: SLF001
    sql.Dot: _Reader._dotted_call,  # noqa: SLF001
}


def _place(node: sql.Expr) -> Place:
    """From the first to behind the last character that sqlglot knows of the node or of its parts."""
    told = [part.meta for part in node.walk() if "start" in part.meta]
    if not told:
        return 0, 0
    return min(int(one["start"]) for one in told), max(int(one["end"]) for one in told) + 1


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise RuleError("{found} is too large a number", found=text)
    return value


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise RuleError("expected a day such as date '2026-01-31', got {found}", found=repr(text)) from None
