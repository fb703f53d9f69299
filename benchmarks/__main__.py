"""`python -m benchmarks`: measure, print a table, write `bench.json` in the home."""

import sys
from collections.abc import Callable

from benchmarks import (
    audit,
    customers,
    drift,
    features,
    imports,
    intake,
    label_efficiency,
    mlflow_serve,
    predict,
    promise,
    quality,
    review,
    rules,
    scale,
    steady,
    swap,
    triggers,
    worker,
)
from benchmarks.report import Figure, show, write
from core.errors import TagloopError
from features.source import open_source
from tagloop.console import Terminal, make_terminal
from tagloop.session import NOW, Session, open_session

PARTS = (
    "worker",
    "features",
    "predict",
    "steady",
    "mlflow",
    "intake",
    "rules",
    "imports",
    "customers",
    "triggers",
    "review",
    "scale",
    "quality",
    "promise",
    "drift",
    "audit",
    "labels",
    "swap",
)


def main(asked: list[str]) -> int:
    """Measure those of the parts (all by default); 0, or 1 if a part could not be measured."""
    terminal = make_terminal()
    try:
        with open_session() as session:
            figures = run(session, terminal, asked or list(PARTS))
            show(figures, terminal)
            terminal.note("Written to {file}", file=write(figures, session.settings.home))
    except TagloopError as error:
        terminal.fail(error)
        return 1
    return 0


def run(session: Session, terminal: Terminal, parts: list[str]) -> list[Figure]:
    """The figures of those parts, measured one after the other."""
    settings, store, groups = session.settings, session.store, session.taxonomy.groups
    source = open_source(settings, store, groups, targets=session.taxonomy.targets)
    as_of = session.instant(NOW, field="as_of")
    tags = [tag.key for tag in session.taxonomy.outcome_tags]
    measures: dict[str, Callable[[], list[Figure]]] = {
        "features": lambda: features.measure(source, store, as_of),
        "predict": lambda: predict.measure(settings, store),
        "steady": lambda: steady.measure(settings),
        "mlflow": lambda: mlflow_serve.measure(settings),
        "intake": lambda: intake.measure(settings, store),
        "customers": customers.measure,
        "rules": lambda: rules.measure(source, as_of),
        "imports": lambda: imports.measure(settings),
        "triggers": lambda: triggers.measure(settings),
        "review": lambda: review.measure(settings),
        "scale": lambda: scale.measure(settings, as_of),
        "worker": lambda: worker.measure(settings),
        "quality": lambda: quality.measure(settings, source, tags),
        "swap": lambda: swap.measure(settings),
        "audit": lambda: audit.measure(settings, store, session.taxonomy),
        "drift": lambda: drift.measure(settings, source, store, session.taxonomy.outcome_tags),
        "promise": lambda: promise.measure(settings, source, session.taxonomy.outcome_tags),
        "labels": lambda: label_efficiency.measure(settings, source, store, session.taxonomy),
    }
    figures = []
    with terminal.steps() as steps:
        for done, part in enumerate(parts):
            steps.at("Measuring", done, len(parts))
            figures += measures[part]()
        steps.at("Measuring", len(parts), len(parts))
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
