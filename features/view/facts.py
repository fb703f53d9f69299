"""One customer's profile facts that were known before the cutoff."""

import numpy as np

from core.compiled import compiled
from features.view.inputs import Facts
from features.view.records import FACT, Records


@compiled
def known_facts(facts: Facts, begin: int, end: int, as_of_us: int) -> Records:
    """Of the facts from `begin` to `end` those observed strictly before the instant, oldest first: shape (n_facts,)."""
    known, count = np.empty(end - begin, dtype=FACT), 0
    for place in range(begin, end):
        if facts.observed_at_us[place] < as_of_us:
            known[count]["column"], known[count]["value"] = facts.column[place], facts.value[place]
            count += 1
    return known[:count]
