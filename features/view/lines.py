"""One customer's purchase lines, and the items on them."""

import numpy as np

from core.compiled import compiled
from features.histories import Ints
from features.roles import PURCHASE
from features.view.inputs import Codes, Columns, catalogue_number
from features.view.keys import ALONE, NOWHERE, number_keys
from features.view.records import ITEM, LINE, Records
from features.view.windows import EVER


@compiled
def purchases_among(events: Records) -> Ints:
    """Where the purchase lines are among the events: shape (n_lines,)."""
    places, count = np.empty(len(events), dtype=np.int64), 0
    for place in range(len(events)):
        places[count] = place
        count += events[place]["role"] == PURCHASE
    return places[:count]


@compiled
def lines_of(events: Records, places: Ints, columns: Columns) -> Records:
    """The purchase lines in history order: shape (n_lines,).

    Lines that share an order key are an order, a line without one is an order of its own. Orders are numbered as
    they began, items as they were first bought.
    """
    lines = np.empty(len(places), dtype=LINE)
    order_key, item_key = np.empty(len(places), dtype=np.int64), np.empty(len(places), dtype=np.int64)
    basket, item = np.empty(len(places), dtype=np.int64), np.empty(len(places), dtype=np.int64)
    for number in range(len(places)):
        row = events[places[number]]["row"]
        order_key[number], item_key[number] = columns.order_key[row], columns.item_key[row]
    number_keys(order_key, basket, ALONE)
    number_keys(item_key, item, NOWHERE)
    for number in range(len(places)):
        line, event = lines[number], events[places[number]]
        line["age"], line["window"] = event["age"], event["window"]
        line["basket"], line["item"] = basket[number], item[number]
        line["amount"] = columns.amount[event["row"]]
    return lines


@compiled
def items_of(lines: Records, events: Records, places: Ints, columns: Columns, codes: Codes) -> Records:
    """The distinct items on the lines, as they were first bought: shape (n_items,)."""
    items, count = np.zeros(len(lines), dtype=ITEM), 0
    for number in range(len(lines)):
        line = lines[number]
        if line["item"] < 0:
            continue
        item = items[line["item"]]
        if line["item"] == count:
            item["code"] = catalogue_number(columns.item_key[events[places[number]]["row"]], codes)
            count += 1
        if line["window"] < EVER:
            item["is_recent"] = 1
    return items[:count]
