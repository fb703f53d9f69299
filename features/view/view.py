"""One customer as of a cutoff: what the families read."""

from typing import NamedTuple

from core.compiled import compiled
from features.histories import Floats, Ints
from features.view.baskets import baskets_of, orders_by_place, purchase_days
from features.view.campaigns import campaigns_of
from features.view.events import counts_of_roles, known_events, last_of_roles
from features.view.facts import known_facts
from features.view.inputs import Codes, Columns, Facts, Shop
from features.view.lines import items_of, lines_of, purchases_among
from features.view.records import Records
from features.view.sums import sums_of


class View(NamedTuple):
    """What was known of one customer at the cutoff, as the records and arrays of this package."""

    shop: Shop
    facts: Records
    events: Records
    counts: Floats
    last: Floats
    lines: Records
    items: Records
    baskets: Records
    places: Floats
    days: Ints
    sums: Records
    campaigns: Records


@compiled
def view_of(
    columns: Columns,
    facts: Facts,
    of_customer: tuple[int, int, int, int],
    as_of_us: int,
    last_day: int,
    codes: Codes,
    shop: Shop,
) -> View:
    """The view on the customer to whom those events and those facts belong: (first, end, first fact, end of facts)."""
    begin, end, first_fact, end_fact = of_customer
    events = known_events(columns, begin, end, as_of_us, last_day, codes)
    places = purchases_among(events)
    lines = lines_of(events, places, columns)
    baskets = baskets_of(lines, events, places, columns, codes)
    days = purchase_days(baskets)
    return View(
        shop,
        known_facts(facts, first_fact, end_fact, as_of_us),
        events,
        counts_of_roles(events),
        last_of_roles(events),
        lines,
        items_of(lines, events, places, columns, codes),
        baskets,
        orders_by_place(baskets),
        days,
        sums_of(events, baskets, days, columns),
        campaigns_of(events, columns),
    )
