"""One customer's orders, and the days on which they began."""

import numpy as np

from core.compiled import compiled
from features.histories import Floats, Ints
from features.view.inputs import Codes, Columns
from features.view.keys import NOWHERE, number_keys
from features.view.records import BASKET, Records
from features.view.windows import EVER


@compiled
def baskets_of(lines: Records, events: Records, places: Ints, columns: Columns, codes: Codes) -> Records:
    """The orders in the order they began; `places` says where the lines are among the events. Shape (n_baskets,)."""
    baskets, count = np.zeros(len(lines), dtype=BASKET), 0
    for number in range(len(lines)):
        line = lines[number]
        basket = baskets[line["basket"]]
        if line["basket"] == count:
            event = events[places[number]]
            basket["local_us"], basket["age"], basket["window"] = (
                event["local_us"],
                event["age"],
                event["window"],
            )
            basket["channel"] = codes.column_of_channel[columns.channel[event["row"]]]
            basket["location_key"] = columns.location_key[event["row"]]
            count += 1
        basket["amount"] += line["amount"]
        basket["lines"] += 1
    return baskets[:count]


@compiled
def orders_by_place(baskets: Records) -> Floats:
    """Of each distinct place the number of orders there in the last 84 days; no place is none. Shape (n_places,)."""
    keys, count = np.empty(len(baskets), dtype=np.int64), 0
    for basket in baskets:
        if basket["window"] < EVER:
            keys[count] = basket["location_key"]
            count += 1
    place = np.empty(count, dtype=np.int64)
    orders = np.zeros(number_keys(keys[:count], place, NOWHERE))
    for number in place:
        if number >= 0:
            orders[number] += 1
    return orders


@compiled
def purchase_days(baskets: Records) -> Ints:
    """The distinct days on which an order began, as days before the cutoff's, oldest first: shape (n_days,)."""
    days, count = np.empty(len(baskets), dtype=np.int64), 0
    for basket in baskets:
        age, place = basket["age"], count
        # Clocks that are set back over midnight bring a day twice, with the day before in between.
        while place > 0 and days[place - 1] < age:
            place -= 1
        if place > 0 and days[place - 1] == age:
            continue
        for later in range(count, place, -1):
            days[later] = days[later - 1]
        days[place] = age
        count += 1
    return days[:count]
