"""What a rule says, as a small tree of our own: plain values that print as the shortest text that means the same."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field

Place = tuple[int, int]
"""Where in the text something stands: its first character, and the one behind its last."""

NOWHERE: Place = (0, 0)

COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
ARITHMETIC = ("+", "-", "*", "/", "%")
LOGIC = ("and", "or")

_STRENGTH = {"or": 1, "and": 2, "not": 3, **dict.fromkeys(COMPARISONS, 4), "+": 5, "-": 5}
_STRENGTH |= {"*": 6, "/": 6, "%": 6, "negative": 7}
_ATOM = 8

_WHOLE = 1e15  # from there on whole numbers have too many digits to be read


@dataclass(frozen=True)
class Literal:
    """A value as it stands: number, text, truth, day, or null."""

    value: float | str | bool | datetime.date | None
    place: Place = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        value = self.value
        if value is None or isinstance(value, bool):
            return {None: "null", True: "true", False: "false"}[value]
        if isinstance(value, datetime.date):
            return f"date '{value.isoformat()}'"
        return quoted(value) if isinstance(value, str) else number(value)


@dataclass(frozen=True)
class Name:
    """Something of a customer, by its name: `spend_84d`, `attribute.age`, `tag.coffee`."""

    name: str
    place: Place = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        return written(self.name)


@dataclass(frozen=True)
class Unary:
    """`not` or `negative` of something."""

    operator: str
    of: "Node"
    place: Place = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        sign = "not " if self.operator == "not" else "-"
        return sign + _inside(self.of, _STRENGTH[self.operator] + (self.operator == "negative"))


@dataclass(frozen=True)
class Binary:
    """Two things compared, joined or reckoned with each other."""

    operator: str
    left: "Node"
    right: "Node"
    place: Place = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        strength = _STRENGTH[self.operator]
        left = _inside(self.left, strength + (self.operator in COMPARISONS))
        return f"{left} {self.operator} {_inside(self.right, strength + 1)}"


@dataclass(frozen=True)
class Between:
    """`low <= of <= high`."""

    of: "Node"
    low: "Node"
    high: "Node"
    place: Place = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        of, low, high = (_inside(part, 5) for part in (self.of, self.low, self.high))
        return f"{of} between {low} and {high}"


@dataclass(frozen=True)
class In:
    """Equal to one of several."""

    of: "Node"
    options: tuple["Node", ...]
    place: Place = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        return f"{_inside(self.of, 5)} in ({', '.join(map(str, self.options))})"


@dataclass(frozen=True)
class Is:
    """`is null`, `is true` or `is false`: never unknown itself."""

    of: "Node"
    what: bool | None
    place: Place = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        return f"{_inside(self.of, 5)} is {Literal(self.what)}"


@dataclass(frozen=True)
class Call:
    """A function of values: `quantile(spend_84d, 0.8)`."""

    function: str
    arguments: tuple["Node", ...]
    place: Place = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.arguments))})"


@dataclass(frozen=True)
class Case:
    """The value of the first condition that is true, else the default."""

    branches: tuple[tuple["Node", "Node"], ...]
    default: "Node"
    place: Place = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        branches = " ".join(f"when {condition} then {value}" for condition, value in self.branches)
        default = "" if self.default == Literal(None) else f" else {self.default}"
        return f"case {branches}{default} end"


Node = Literal | Name | Unary | Binary | Between | In | Is | Call | Case


@dataclass(frozen=True)
class Expression:
    """A rule's text and what it says; equal where two texts say the same but for spaces and brackets."""

    root: Node
    text: str = field(compare=False)

    def __str__(self) -> str:
        return str(self.root)


def children(node: Node) -> tuple[Node, ...]:
    """The parts right below.

    >>> [str(part) for part in children(Binary("+", Name("a"), Literal(1.0)))]
    ['a', '1']
    """
    found: list[Node] = []
    for part in vars(node).values():
        found += _nodes(part)
    return tuple(found)


def _nodes(part: object) -> Iterator[Node]:
    if isinstance(part, Node):
        yield part
    elif isinstance(part, tuple):
        for inner in part:
            yield from _nodes(inner)


def number(value: float) -> str:
    """A number as it is written: the shortest digits that give it again.

    >>> number(5000.0), number(0.1), number(-2.5)
    ('5000', '0.1', '-2.5')
    """
    return str(int(value)) if value == int(value) and abs(value) < _WHOLE else repr(float(value))


def written(name: str) -> str:
    """A name as it is written: in double quotation marks where it holds a space or a sign.

    >>> written("attribute.age"), written("profile_home__own flat")
    ('attribute.age', '"profile_home__own flat"')
    """
    return name if all(part.isidentifier() for part in name.split(".")) else f'"{name}"'


def quoted(text: str) -> str:
    """A text as it is written.

    >>> quoted("it's")
    "'it''s'"
    """
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def _inside(node: Node, strength: int) -> str:
    """The part's text, in brackets where what stands around it would take it apart."""
    own = _ATOM
    if isinstance(node, Unary | Binary):
        own = _STRENGTH[node.operator]
    elif isinstance(node, Between | In | Is):
        own = 4
    elif isinstance(node, Literal) and isinstance(node.value, float) and node.value < 0:
        own = _STRENGTH["negative"]
    return str(node) if own >= strength else f"({node})"
