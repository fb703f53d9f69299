"""What the store knows of customers' events, and one packed history, read in the plainest way."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection

from features.histories import Facts, Histories
from features.packing import LAYOUTS, open_packed, read_names
from features.stored_customers import read_customers


def read_histories(connection: Connection, customer_ids: Sequence[str]) -> dict[str, Histories]:
    """What is known of each customer, live events included; customers without any event are left out."""
    customers = read_customers(connection, customer_ids)
    return {one.customer_id: one.history() for one in customers if one.has_events}


def unpack(customer_id: str, packed: bytes) -> Histories:
    """The history that `pack` made.

    Raises:
        ValueError: The value was not made by this version of `pack`.
    """
    opened = open_packed(customer_id, packed)
    n_events = opened.n_events
    type_names, channel_names = read_names(opened.names)
    columns, place = {}, 0
    for name, kind in LAYOUTS[opened.layout].items():
        columns[name] = np.frombuffer(opened.arrays, dtype=kind, count=n_events, offset=place)
        place += n_events * kind.itemsize
    columns.setdefault("rating", np.full(n_events, np.nan))
    return Histories(
        customer_ids=[customer_id],
        offsets=np.array([0, n_events], dtype=np.int64),
        type_names=type_names,
        channel_names=channel_names,
        facts=Facts.none(),
        **columns,
    )
