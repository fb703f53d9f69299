"""A hundred rules over a million customers, beside a plain loop in Python that asks the same of each customer."""

import math
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np

from benchmarks.report import Figure
from benchmarks.stopwatch import seconds
from core.errors import ConflictError
from core.language import Text
from features.blocks import blocks
from features.histories import Floats, Mask
from features.kernel import column_names
from features.source import FeatureSource
from tags.rules.known import Known
from tags.rules.rulebook import Rulebook
from tags.rules.tree import written
from tags.taxonomy import parse_taxonomy

CUSTOMERS = 1_000_000
AT_ONCE = 20_000  # customers, whose feature rows fit into memory
RULES = 100
ROUNDS = 3
ALONE_ROUNDS = 300
SEED = 20170101


@dataclass(frozen=True)
class Rule:
    """One rule as the language writes it and as Python does; `row` is a customer's dictionary of features."""

    text: str
    python: str


def measure(source: FeatureSource, as_of: datetime) -> list[Figure]:
    """The figures `rules.*`, over the demo's feature rows drawn again and again until there are a million.

    Raises:
        ConflictError: The loop says something else of a customer than the rules.
    """
    names = column_names(source.spec)
    rows = np.concatenate([block.features for block in blocks(source, [int(as_of.timestamp() * 1e6)])])
    rules = make_rules(names, rows)
    rulebook = book_of(rules, source)
    rng = np.random.default_rng(SEED)
    drawn = rows[rng.integers(0, len(rows), AT_ONCE)]
    known = partial(_known, as_of)
    _check(rulebook, rules, names, known(rows))
    of_some = partial(rulebook.evaluate, known(drawn))
    of_one = partial(rulebook.evaluate, known(rows[:1]))
    million = _median(lambda: [of_some().carries for _ in range(CUSTOMERS // AT_ONCE)], ROUNDS)
    loop = plain(rules)
    plain_million = _median(lambda: loop(names, rows), ROUNDS) / len(rows) * CUSTOMERS
    alone = _median(lambda: of_one().carries, ALONE_ROUNDS) * 1e3
    return [
        Figure(
            "rules.million_customers_seconds",
            million,
            Text(
                "{rules} rules, one thread, feature rows given; a loop in plain Python {plain:.0f} s "
                "(measured on {sample}, scaled)",
                {"rules": RULES, "plain": plain_million, "sample": len(rows)},
            ),
            target=30,
            at_most=True,
        ),
        Figure(
            "rules.vs_plain_loop",
            plain_million / million,
            Text("times as fast as the loop, with the same answers for every customer of the sample"),
            target=10,
        ),
        Figure(
            "rules.one_customer_ms",
            alone,
            Text("the same {rules} rules for one customer, feature row given", {"rules": RULES}),
            target=1,
            at_most=True,
        ),
    ]


def make_rules(names: tuple[str, ...], rows: Floats) -> list[Rule]:
    """Rules as a shop writes them: levels, ranges, ratios and alternatives, each of which tells customers apart."""
    rng = np.random.default_rng(SEED)
    telling = [place for place in range(len(names)) if len(np.unique(_known_values(rows[:, place]))) > 1]
    found = []
    for _ in range(RULES):
        a, b, c, d, e = (int(place) for place in rng.choice(telling, 5, replace=False))
        at = [_quantile(rows[:, place], rng.uniform(0.2, 0.9)) for place in (a, b, c, e)]
        more = _quantile(rows[:, b], 0.95)
        names_of = names[a], names[b], names[c], names[d], names[e]
        found.append(_rule(*names_of, [*at, more]))
    return found


def _rule(a: str, b: str, c: str, d: str, e: str, at: list[float]) -> Rule:
    x, y, z, w, top = (repr(value) for value in at)
    p, q, r, s, t = map(written, (a, b, c, d, e))
    return Rule(
        f"{p} > {x} and {q} between {y} and {top} or {r} / {s} > {z} and ({t} <= {w} or {t} is null)",
        f"row[{a!r}] > {x} and {y} <= row[{b!r}] <= {top} "
        f"or (row[{d!r}] != 0 and row[{c!r}] / row[{d!r}] > {z}) and (row[{e!r}] <= {w} or isnan(row[{e!r}]))",
    )


def _quantile(values: Floats, share: float) -> float:
    return float(np.quantile(_known_values(values), share, method="inverted_cdf"))


def _known_values(values: Floats) -> Floats:
    return values[~np.isnan(values)]


def book_of(rules: list[Rule], source: FeatureSource) -> Rulebook:
    """The rules as tags."""
    words = {"en": "Rule", "zh": "规则"}
    tags = [
        {
            "key": f"rule_{place}",
            "name": words,
            "definition": words,
            "kind": "custom",
            "method": "rule",
            "rule": {"when": rule.text},
        }
        for place, rule in enumerate(rules)
    ]
    return Rulebook(parse_taxonomy({"tags": tags}), source.spec)


def plain(rules: list[Rule]) -> Callable[[tuple[str, ...], Floats], list[list[bool]]]:
    """A loop over customers that asks each rule, compiled by Python itself."""
    asks = [eval(f"lambda row: {rule.python}", {"isnan": math.isnan}) for rule in rules]  # noqa: S307 (our own text)

    def loop(names: tuple[str, ...], rows: Floats) -> list[list[bool]]:
        return [[bool(ask(row)) for ask in asks] for row in _dictionaries(names, rows)]

    return loop


def _dictionaries(names: tuple[str, ...], rows: Floats) -> Iterator[dict[str, float]]:
    for row in rows:
        yield dict(zip(names, row.tolist(), strict=True))


def _known(as_of: datetime, rows: Floats) -> Known:
    return Known(as_of, [str(place) for place in range(len(rows))], rows)


def _check(rulebook: Rulebook, rules: list[Rule], names: tuple[str, ...], known: Known) -> None:
    if rulebook.broken:
        raise ConflictError("a rule cannot be used: {problem}", problem=next(iter(rulebook.broken.values())))
    carries = rulebook.evaluate(known).carries
    ours: Mask = np.column_stack([carries[f"rule_{place}"] for place in range(len(rules))])
    if not np.array_equal(ours, np.array(plain(rules)(names, known.rows))):
        raise ConflictError("the loop in Python says something else of a customer than the rules")


def _median(call: Callable[[], object], rounds: int) -> float:
    return statistics.median(seconds(call) for _ in range(rounds))
