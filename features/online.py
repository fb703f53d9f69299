"""Feature rows for single customers inside a request: the same kernel over stored or given histories."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Connection

from core.clock import to_us
from features.catalogue import Catalogue
from features.histories import Floats, Histories
from features.kernel import column_names, compute
from features.packing import join
from features.shop import read_facts
from features.spec import FeatureSpec
from features.stored_histories import read_histories


@dataclass(frozen=True)
class OnlineFeatures:
    """Computes rows with one spec and catalogue; holds no state of any customer."""

    spec: FeatureSpec
    catalogue: Catalogue

    def of_stored(
        self, connection: Connection, customer_ids: Sequence[str], as_of: datetime
    ) -> tuple[list[str], Floats]:
        """Those of the customers that have events, and their rows: shape (n_found, n_features)."""
        names = list(dict.fromkeys(customer_ids))
        histories = read_histories(connection, names)
        facts = read_facts(connection, self.spec, list(histories)) if self.spec.attributes else {}
        if not histories:
            return [], np.zeros((0, len(column_names(self.spec))))
        return list(histories), self.of_histories(join(list(histories.values()), facts), as_of)

    def of_histories(self, histories: Histories, as_of: datetime) -> Floats:
        """Rows of histories: shape (n_customers, n_features)."""
        return compute(histories, to_us(as_of), self.spec, self.catalogue)
