"""Finds in the source every text that a person may see, as the keys of the translations."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from inspect import cleandoc
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "core",
    "features",
    "models",
    "tags",
    "review",
    "monitoring",
    "training",
    "serving",
    "tagloop",
    "benchmarks",
)
SAID_FIRST = {"Text", "translate", "Check", "Need"}  # the first argument is the text
OF_TERMINALS = {"say", "line", "note", "at", "table"}  # the same, for methods of these names:
TERMINALS = {"terminal", "_terminal", "self", "steps"}


@dataclass(frozen=True)
class Found:
    """A text with the place where it is said; None where the source does not tell it."""

    place: str
    text: str | None


@cache
def said() -> tuple[Found, ...]:
    """Every text that is handed to `core.language`, an error of the domain or the terminal."""
    errors = error_classes()
    return tuple(found for path in sources() for found in _said_in(path, errors))


def literals() -> set[str]:
    """Every text of the source as it stands there, docstrings included."""
    nodes = (node for path in sources() for node in ast.walk(_tree(path)))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {*texts, *map(cleandoc, texts)}


def sources() -> list[Path]:
    """The modules of the program."""
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def error_classes() -> set[str]:
    """The names of all classes below `TagloopError`, and of errors that carry a text in the same way."""
    known = {"TagloopError", "WrongValueError"}
    classes = [n for path in sources() for n in ast.walk(_tree(path)) if isinstance(n, ast.ClassDef)]
    while new := {c.name for c in classes if {_name(base) for base in c.bases} & known} - known:
        known |= new
    return known


def _said_in(path: Path, errors: set[str]) -> Iterator[Found]:
    tree = _tree(path)
    names = _assigned(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            place = f"{path.relative_to(ROOT)}:{node.lineno}"
            for argument in _arguments(node, errors):
                yield from (Found(place, text) for text in _texts(argument, names))


def _arguments(call: ast.Call, errors: set[str]) -> Iterator[ast.expr]:
    """The expressions of a call that are texts."""
    name = _name(call.func)
    on = _name(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    is_terminal = name in OF_TERMINALS and on in TERMINALS
    if call.args and (is_terminal or name in SAID_FIRST | errors):
        yield call.args[0]
    if is_terminal and name == "table" and len(call.args) > 1:
        yield call.args[1]  # the titles of the columns


def _texts(
    node: ast.expr, names: dict[str, list[ast.expr]], seen: frozenset[str] = frozenset()
) -> set[str | None]:
    """What an expression may be; None stands for a text that is made up of parts.

    A plain name stands for everything that the module assigns to it; the parameter of a function says nothing
    here, since whoever calls it was looked at as well.
    """
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) and node.value else set()
    if isinstance(node, ast.JoinedStr | ast.BinOp):
        return {None}
    if isinstance(node, ast.Name) and node.id not in seen:
        return {t for value in names.get(node.id, ()) for t in _texts(value, names, seen | {node.id})}
    return {t for part in _parts(node) for t in _texts(part, names, seen)}


def _parts(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.IfExp(body=one, orelse=other):
            return [one, other]
        case ast.BoolOp(values=parts) | ast.Dict(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            return parts
        case ast.Subscript(value=part) | ast.Starred(value=part) | ast.ListComp(elt=part):
            return [part]
        case ast.Call(func=ast.Attribute(value=part, attr="get")):
            return [part]
    return []


def _assigned(tree: ast.Module) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
                found.setdefault(target.id, []).append(node.value)
    return found


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
