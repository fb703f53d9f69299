"""What forked processes find done: the server imported, and the kernel's machine code loaded."""

from datetime import UTC, datetime

import serving.api.app  # noqa: F401 (imported for those who are forked)
from features.catalogue import Catalogue
from features.online import OnlineFeatures
from features.records import to_histories
from features.spec import FeatureSpec

OnlineFeatures(FeatureSpec(), Catalogue((), ())).of_histories(
    to_histories({"": ()}), datetime(2000, 1, 1, tzinfo=UTC)
)
