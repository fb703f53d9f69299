"""What predicting needs, loaded once and swapped as a whole: release, catalogue, taxonomy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
import structlog
from numpy.typing import NDArray

from core.errors import ConflictError, NotReadyError
from core.file_stamp import Stamp, stamp
from core.settings import Settings
from core.storage import Store
from features import counters
from features.catalogue import Catalogue, CatalogueItem
from features.histories import Floats
from features.kernel import column_names, columns
from features.online import OnlineFeatures
from features.records import to_histories
from features.shop import read_items
from features.spec import FeatureSpec
from models.release import Release
from models.release_read import CURRENT_FILE, load_release
from serving.promises import Promises
from serving.reasons import Explainer
from serving.wording import Said, Wording, nothing_said
from tags.catalogue.store import COUNTER as DEFINITIONS
from tags.catalogue.taking import look, settle
from tags.certificates import COUNTER as CERTIFICATES
from tags.certificates import Certificate, model_name, read_certificates
from tags.taxonomy import DEFAULT_FILE, Taxonomy

ACTIVE_COLUMN = "baskets_56d"  # churn is asked of customers with an order in the last 56 days
SOME_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)

_log = structlog.get_logger("tagloop.serving")


@dataclass(frozen=True)
class Versions:
    """What a snapshot was loaded from; when any of it changes, the snapshot is out of date.

    `release` and `taxonomy` are stamps of files, the others counters of the store.
    """

    release: Stamp
    taxonomy: Stamp
    definitions: int
    catalogue: int
    certificates: int


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One release with the features that it reads; several threads may share it."""

    release: Release
    features: OnlineFeatures
    taxonomy: Taxonomy
    currency: str
    certificates: Mapping[str, Certificate] = field(default_factory=dict)

    @property
    def spec(self) -> FeatureSpec:
        """The feature spec that the release was trained with."""
        return self.features.spec

    @cached_property
    def column_places(self) -> dict[str, int]:
        """The place of each feature in a row of `features`."""
        return {name: place for place, name in enumerate(column_names(self.spec))}

    @cached_property
    def column_definitions(self) -> dict[str, tuple[str, str]]:
        """What each feature is, in English and Chinese."""
        return {column.name: (column.en, column.zh) for column in columns(self.spec)}

    @cached_property
    def _wanted(self) -> NDArray[np.intp]:
        return np.array(
            [self.column_places[name] for name in self.release.facts.feature_columns], dtype=np.intp
        )

    @cached_property
    def wording(self) -> Wording:
        """Puts predictions into words."""
        keys = [entry.key for entry in self.release.facts.tags]
        return Wording(self.release, self.taxonomy, Promises(keys, self.certificates))

    @cached_property
    def explainer(self) -> Explainer:
        """Tells what moved predictions."""
        return Explainer(self.release, self.spec, self.taxonomy, self.currency)

    @cached_property
    def tag_numbers(self) -> dict[str, int]:
        """By tag its place among those that the release predicts."""
        return {entry.key: number for number, entry in enumerate(self.release.facts.tags)}

    def wanted(self, rows: Floats) -> Floats:
        """Of rows of `features` what the release reads: shape (n_customers, n_columns of the release)."""
        columns: Floats = rows[:, self._wanted]
        return columns

    def said_of(self, rows: Floats) -> Said:
        """What the release says of rows of `features`, shape (n_customers, n_features)."""
        if not len(rows):
            return nothing_said()
        is_active = rows[:, self.column_places[ACTIVE_COLUMN]] > 0
        return Said(self.release.predict(self.wanted(rows)), is_active.tolist())

    def warm_up(self) -> None:
        """Work out all that is worked out once, so that no caller waits for it."""
        rows = self.features.of_histories(to_histories({"": ()}), SOME_INSTANT)
        self.wording.answer(None, self.said_of(rows), 0, {}, SOME_INSTANT, is_known=True)


def read_versions(settings: Settings, store: Store) -> Versions:
    """The versions as things stand; costs two file look-ups and three small queries."""
    with store.read() as connection:
        definitions = counters.value(connection, DEFINITIONS)
        catalogue = counters.value(connection, "catalogue")
        certificates = counters.value(connection, CERTIFICATES)
    return Versions(
        release=stamp(settings.releases_path / CURRENT_FILE),
        taxonomy=stamp(settings.taxonomy or DEFAULT_FILE),
        definitions=definitions,
        catalogue=catalogue,
        certificates=certificates,
    )


def load_snapshot(
    settings: Settings,
    store: Store,
    taxonomy: Taxonomy,
    *,
    features: OnlineFeatures | None = None,
    items: Sequence[CatalogueItem] | None = None,
) -> Snapshot:
    """The release that serves now, with the catalogue; warmed up.

    `features` are those of the snapshot before if the catalogue is still the same: reading it again would take
    longer than all the rest. `items` are the catalogue's, where they were read already.

    Raises:
        NotReadyError: Nothing was promoted yet, or the release reads features of another version.
        BrokenReleaseError: The release's files are damaged.
    """
    release = load_release(settings.releases_path)
    spec = _spec_of(release)
    if features is None or features.spec != spec:
        with store.read() as connection:
            known = read_items(connection) if items is None else items
        features = OnlineFeatures(spec, Catalogue(known, spec.groups))
    versions = [model_name(origin.name, origin.version) for origin in release.facts.origins.values()]
    with store.read() as connection:
        certificates = read_certificates(connection, versions)
    snapshot = Snapshot(release, features, taxonomy, settings.currency, certificates)
    _check_columns(snapshot)
    snapshot.warm_up()
    return snapshot


def load_tags(settings: Settings, store: Store) -> Taxonomy:
    """The store's tags, after taking over the file of the settings; where the file contradicts them, as they are.

    Raises:
        InvalidInputError: The file cannot be read or is wrong.
    """
    try:
        return settle(settings, store, settings.make_clock())
    except ConflictError as error:
        _log.warning("taxonomy_not_taken_over", reason=str(error))
        return look(settings, store)


def _spec_of(release: Release) -> FeatureSpec:
    try:
        return FeatureSpec.from_json(release.facts.feature_spec)
    except (KeyError, TypeError, ValueError):
        raise _outdated(release.release_id) from None


def _check_columns(snapshot: Snapshot) -> None:
    wanted: Sequence[str] = snapshot.release.facts.feature_columns
    if any(name not in snapshot.column_places for name in wanted):
        raise _outdated(snapshot.release.release_id)


def _outdated(release_id: str) -> NotReadyError:
    return NotReadyError(
        "Release {release} reads features that this version computes differently: run `tagloop train`",
        release=release_id,
    )
