"""Random rules over a small shop's names, and random customers."""

import datetime
from functools import cache
from typing import Any

from hypothesis import strategies as st

from features.contract import AttributeDefinition
from features.spec import FeatureSpec
from tags.rules.tree import Between, Binary, Call, Case, In, Is, Literal, Name, Node, Unary

LEVELS = ("19-24", "25-34", "35-44")
SPEC = FeatureSpec(
    channels=("app", "store"),
    attributes=(
        AttributeDefinition("age", "ordinal", LEVELS, "Age", "年龄"),
        AttributeDefinition("region", "nominal", ("north", "south"), "Region", "地区"),
        AttributeDefinition("height", "number", (), "Height", "身高"),
    ),
)
NUMBERS = ("spend_84d", "baskets_28d", "gap_mean_days", "attribute.height")
TEXTS = {"attribute.age": LEVELS, "attribute.region": ("north", "south")}

_numbers = st.one_of(st.integers(-5, 5).map(float), st.sampled_from([0.5, -2.5, 1e6, 1e308, 1e-9]))
_days = st.dates(datetime.date(1899, 1, 1), datetime.date(2120, 1, 1))


def customers() -> st.SearchStrategy[dict[str, Any]]:
    """One customer: by name a value, None where unknown."""
    unknown = st.none()
    return st.fixed_dictionaries(
        {
            **dict.fromkeys(NUMBERS, unknown | _numbers),
            **{name: unknown | st.sampled_from(levels) for name, levels in TEXTS.items()},
        }
    )


@cache
def number_rules(depth: int = 3) -> st.SearchStrategy[Node]:
    """Expressions that give a number."""
    return st.deferred(lambda: _number_rules(depth))


@cache
def truth_rules(depth: int = 3) -> st.SearchStrategy[Node]:
    """Conditions."""
    return st.deferred(lambda: _truth_rules(depth))


def _number_rules(depth: int) -> st.SearchStrategy[Node]:
    leaf = _numbers.map(Literal) | st.sampled_from(NUMBERS).map(Name)
    if depth == 0:
        return leaf
    inner = number_rules(depth - 1)
    return st.one_of(
        leaf,
        st.builds(Binary, st.sampled_from(["+", "-", "*"]), inner, inner),
        st.builds(Binary, st.sampled_from(["/", "%"]), inner, st.sampled_from(NUMBERS).map(Name)),
        st.builds(lambda of: Unary("negative", of), st.sampled_from(NUMBERS).map(Name)),
        st.builds(_call, st.sampled_from(["coalesce", "least", "greatest"]), inner, inner),
        st.builds(_call, st.sampled_from(["abs", "floor", "round"]), inner),
        st.builds(_call, st.sampled_from(["year", "month", "day", "weekday"]), day_rules()),
        st.builds(Binary, st.just("-"), day_rules(), day_rules()),
        st.builds(lambda when, one, other: Case(((when, one),), other), truth_rules(depth - 1), inner, inner),
    )


@cache
def day_rules() -> st.SearchStrategy[Node]:
    """Expressions that give a day."""
    moved = st.builds(
        lambda operator, days: Binary(operator, Name("today"), Literal(float(days))),
        st.sampled_from(["+", "-"]),
        st.integers(0, 400),
    )
    return _days.map(Literal) | st.just(Name("today")) | moved


def _truth_rules(depth: int) -> st.SearchStrategy[Node]:
    order, equal = st.sampled_from(["<", "<=", ">", ">="]), st.sampled_from(["=", "<>"])
    number = number_rules(max(depth - 1, 0))
    options = st.lists(_numbers.map(Literal), min_size=1, max_size=3).map(tuple)
    leaf = st.one_of(
        st.booleans().map(Literal),
        st.builds(Binary, order | equal, number, number),
        st.builds(Binary, order | equal, day_rules(), day_rules()),
        st.builds(Between, number, number, number),
        st.builds(In, number, options),
        st.sampled_from(sorted(TEXTS)).flatmap(_text_rules),
        st.builds(Binary, order, st.just(Name("attribute.age")), st.sampled_from(LEVELS).map(Literal)),
        st.builds(lambda of: Is(of, None), number | st.sampled_from(sorted(TEXTS)).map(Name)),
    )
    if depth == 0:
        return leaf
    inner = truth_rules(depth - 1)
    return st.one_of(
        leaf,
        st.builds(Binary, st.sampled_from(["and", "or"]), inner, inner),
        st.builds(lambda of: Unary("not", of), inner),
        st.builds(Is, inner, st.booleans()),
    )


def _text_rules(name: str) -> st.SearchStrategy[Node]:
    level = st.sampled_from(TEXTS[name]).map(Literal)
    return st.one_of(
        st.builds(Binary, st.sampled_from(["=", "<>"]), st.just(Name(name)), level),
        st.builds(lambda options: In(Name(name), tuple(options)), st.lists(level, min_size=1, max_size=3)),
    )


def _call(function: str, *arguments: Node) -> Node:
    return Call(function, arguments)
