"""One customer's figures over windows."""

import numpy as np

from core.compiled import compiled
from features.histories import Ints
from features.roles import PURCHASE, REFUND
from features.view.inputs import Columns
from features.view.records import SUMS, Records
from features.view.windows import N_WINDOWS, window_of


@compiled
def sums_of(events: Records, baskets: Records, days: Ints, columns: Columns) -> Records:
    """The figures of each window and of all time: shape (N_WINDOWS,).

    Amounts are whole numbers, so sums are exact whatever their order.
    """
    sums = np.zeros(N_WINDOWS, dtype=SUMS)
    for event in events:
        for window in range(event["window"], N_WINDOWS):
            if event["role"] == PURCHASE:
                sums[window]["lines"] += 1
                sums[window]["spend"] += columns.amount[event["row"]]
                sums[window]["discount"] += columns.discount[event["row"]]
                sums[window]["discounted"] += columns.discount[event["row"]] > 0
            elif event["role"] == REFUND:
                sums[window]["refunded"] += abs(columns.amount[event["row"]])
    for basket in baskets:
        for window in range(basket["window"], N_WINDOWS):
            sums[window]["baskets"] += 1
            sums[window]["basket_spend"] += basket["amount"]
            sums[window]["basket_lines"] += basket["lines"]
            sums[window]["single_baskets"] += basket["lines"] == 1
    for age in days:
        for window in range(window_of(age), N_WINDOWS):
            sums[window]["days"] += 1
    return sums
