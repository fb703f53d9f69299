"""Feature rows for single customers inside a request: the same kernel over stored or given histories."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from sqlalchemy import Connection

from core.clock import from_us, to_us
from features.assemble import facts_of
from features.attributes import encode
from features.calendar import same_day_until
from features.catalogue import Catalogue
from features.histories import Floats, Histories, Ints
from features.kernel import column_names, compute
from features.spec import FeatureSpec
from features.stored_customers import StoredCustomer, read_customers
from features.stored_histories import wholes


@dataclass(frozen=True)
class OnlineFeatures:
    """Computes rows with one spec and catalogue; holds no state of any customer."""

    spec: FeatureSpec
    catalogue: Catalogue

    def of_stored(
        self, connection: Connection, customer_ids: Sequence[str], as_of: datetime
    ) -> tuple[list[str], Floats]:
        """Those of the customers that have events, and their rows: shape (n_found, n_features)."""
        customers = read_customers(connection, list(dict.fromkeys(customer_ids)))
        found = [customer for customer in customers if customer.has_events]
        return [customer.customer_id for customer in found], self.rows(self.histories(found), as_of)

    def histories(self, customers: Sequence[StoredCustomer]) -> Histories | None:
        """The customers' events and facts side by side; None for no customers."""
        if not customers:
            return None
        names = [one.customer_id for one in customers]
        facts = encode((fact for one in customers for fact in one.facts), self.spec)
        events = wholes(names, [one.packed for one in customers], [one.recent for one in customers])
        return replace(events, facts=facts_of(names, facts))

    def rows(self, histories: Histories | None, as_of: datetime) -> Floats:
        """Rows of histories: shape (n_customers, n_features)."""
        if histories is None:
            return np.zeros((0, len(column_names(self.spec))))
        return self.of_histories(histories, as_of)

    def of_histories(self, histories: Histories, as_of: datetime) -> Floats:
        """Rows of histories: shape (n_customers, n_features)."""
        return compute(histories, to_us(as_of), self.spec, self.catalogue)

    def same_until(self, histories: Histories, as_of: datetime) -> datetime:
        """The rows stay what they are as of `as_of` as of every later instant before this one.

        A row depends on the instant in two ways: ages are counted from the local day of the last instant before
        it, and events and facts count once they had become known before it.
        """
        at = to_us(as_of)
        known = np.maximum(histories.occurred_at_us, histories.received_at_us)
        ends = [
            same_day_until(at - 1, self.spec.zone),
            *_next(known, at),
            *_next(histories.facts.observed_at_us, at),
        ]
        return from_us(min(ends) + 1)


def _next(known_us: Ints, at: int) -> list[int]:
    """The first of the instants that `at` does not lie after."""
    later = known_us[known_us >= at]
    return [int(later.min())] if len(later) else []
