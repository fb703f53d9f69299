"""A condition over features, asked of everybody: some hundred customers at a time, as rules are."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection

from features.histories import Ints, Mask
from tags.audience.condition import Condition
from tags.audience.roll import Roll
from tags.knowing import known_of
from tags.previewing import predicted_of
from tags.rules.carried import carried
from tags.rules.inputs import Gatherer
from tags.rules.known import Layer, Said
from tags.rules.program import compile_steps
from tags.workings import Workings

AT_ONCE = 500
Progress = Callable[[int, int], None]  # customers done, customers in all


def scan(
    condition: Condition,
    roll: Roll,
    connection: Connection,
    workings: Workings,
    progress: Progress = lambda _done, _total: None,
) -> Mask:
    """For whom the condition is true; what is unknown is not: shape (n_customers,).

    Features are as of the roll's instant, tags as they were carried then. Memory is bounded by some hundred histories.
    """
    for tag in condition.tags:
        roll.mask(tag, connection)
    everywhere = carried(lambda _tag: None)  # the profile says who carries what, not the rules once more
    program = compile_steps([condition.checked.step], condition.values, defined=everywhere)
    gatherer = Gatherer(program, workings.spec, workings.taxonomy)
    total, found = roll.n_customers, np.zeros(roll.n_customers, dtype=bool)
    for start in range(0, total, AT_ONCE):
        numbers = np.arange(start, min(start + AT_ONCE, total))
        known = known_of(connection, workings, roll.ids(numbers.tolist()), roll.at)
        known = replace(known, said=_said(condition, roll, connection, numbers))
        if condition.asks_for_predictions:
            known = replace(known, predicted=predicted_of(connection, known.customer_ids))
        found[numbers] = program.run(gatherer.gather(known).matrix)[0] == 1.0
        progress(len(numbers) + start, total)
    return found


def _said(condition: Condition, roll: Roll, connection: Connection, numbers: Ints) -> Said:
    """What those customers carry of the tags that the condition names."""
    return Said({}, {tag: _layer(tag, roll, connection, numbers) for tag in condition.tags})


def _layer(tag: str, roll: Roll, connection: Connection, numbers: Ints) -> Layer:
    carries = roll.mask(tag, connection)[numbers]
    confidence = roll.confidence(tag, connection)[numbers]
    texts: list[str | None] = [*roll.columns[tag].texts, None]
    values = [texts[number] for number in roll.value(tag, connection)[numbers].tolist()]
    return Layer(carries.astype(np.float64), np.where(carries, confidence, np.nan), values)
