"""What a checked rule comes to: steps over columns, each with the type of what it gives."""

from dataclasses import dataclass
from enum import IntEnum

from tags.rules.kinds import Input, Kind, Threshold


class Op(IntEnum):
    """What a step does. The numbers are those that the machine knows."""

    LOAD = 0  # an input
    CONSTANT = 1  # a value as it stands, or a quantile
    ADD = 2
    SUBTRACT = 3
    MULTIPLY = 4
    DIVIDE = 5
    REMAINDER = 6
    NEGATE = 7
    EQUAL = 8
    LESS = 9
    LESS_OR_EQUAL = 10
    AND = 11
    OR = 12
    NOT = 13
    IS_UNKNOWN = 14
    FIRST_KNOWN = 15
    CHOOSE = 16  # second where the first is true, else third
    LEAST = 17
    GREATEST = 18
    ABSOLUTE = 19
    FLOOR = 20
    ROUND = 21  # first to so many digits as the second says
    YEAR = 22
    MONTH = 23
    DAY_OF_MONTH = 24
    WEEKDAY = 25


@dataclass(frozen=True)
class Step:
    """One step and those that it needs; `value` is a constant's (text, number or quantile), `source` an input's."""

    op: Op
    kind: Kind
    parts: tuple["Step", ...] = ()
    value: float | str | Threshold | None = None
    source: Input | None = None


def constant(value: float | str | Threshold | None, kind: Kind) -> Step:
    """A value as it stands; None is unknown."""
    return Step(Op.CONSTANT, kind, value=value)


def load(source: Input) -> Step:
    """An input."""
    return Step(Op.LOAD, source.kind, source=source)


def negation(of: Step) -> Step:
    """True where it is false."""
    return Step(Op.NOT, Kind.TRUTH, (of,))


def either(options: list[Step]) -> Step:
    """True where one of them is."""
    found = options[0]
    for option in options[1:]:
        found = Step(Op.OR, Kind.TRUTH, (found, option))
    return found


def choose(condition: Step, value: Step, otherwise: Step) -> Step:
    """The value where the condition is true, else the other."""
    return Step(Op.CHOOSE, value.kind, (condition, value, otherwise))


def inputs_of(step: Step) -> tuple[Input, ...]:
    """The inputs that a step needs, as they first occur."""
    found: dict[Input, None] = {}
    ahead = [step]
    while ahead:
        one = ahead.pop()
        if one.source is not None:
            found[one.source] = None
        ahead += reversed(one.parts)
    return tuple(found)


def constants_of(step: Step) -> tuple[str, ...]:
    """The texts that a step gives as they stand, in any of its branches."""
    if step.op is Op.CONSTANT:
        return (step.value,) if isinstance(step.value, str) else ()
    if step.op is Op.CHOOSE:
        return (*constants_of(step.parts[1]), *constants_of(step.parts[2]))
    return (
        tuple(text for part in step.parts for text in constants_of(part)) if step.op is Op.FIRST_KNOWN else ()
    )
