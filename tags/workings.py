"""All by which tags are worked out but the customers: definitions, features, rules and triggers, as one value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from core.clock import to_us
from core.settings import Settings
from core.storage.by_keys import ByKeys, several
from features.catalogue import Catalogue, CatalogueItem
from features.contract import Role
from features.online import OnlineFeatures
from features.records import to_histories
from features.shop import read_event_types, read_items
from features.spec import FeatureSpec
from features.tables import AttributeKind, Channel, Counter, EventType
from tags.catalogue.store import COUNTER as TAXONOMY
from tags.rules.checked import Taken
from tags.rules.counting import counted
from tags.rules.foretold import foretold_tags
from tags.rules.kinds import From, Input
from tags.rules.known import Known
from tags.rules.quantiles import COUNTER as QUANTILES
from tags.rules.quantiles import read_values
from tags.rules.rulebook import Rulebook
from tags.rules.shop import rules_spec
from tags.taxonomy import Taxonomy
from tags.triggers.conditions import Conditions
from tags.triggers.triggers import Triggers, triggers_of

_COUNTERS = (TAXONOMY, "catalogue", QUANTILES)
_COUNTED = ByKeys(select(Counter.name, Counter.value).where(Counter.name.in_(several())))
_SIZES = select(
    *(
        select(func.count()).select_from(table).scalar_subquery()
        for table in (EventType, Channel, AttributeKind)
    )
)
"""How many there are: rows of these tables are added, and hardly ever changed."""

_SOME_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Versions:
    """What workings were made from; when any of it changes, they are out of date."""

    counted: tuple[int, ...]
    types: int
    channels: int
    attributes: int

    @property
    def catalogue(self) -> int:
        """That of the catalogue, which takes longest to read."""
        return self.counted[_COUNTERS.index("catalogue")]


@dataclass(frozen=True, eq=False)
class Workings:
    """Made once and swapped as a whole; several threads may share it.

    Attributes:
        taxonomy: The definitions.
        features: Computes the rows that rules read.
        items: The catalogue, to make the next workings from.
        rulebook: The rules of all tags that can be carried.
        triggers: The triggers of those.
        conditions: What the triggers ask of events.
        roles: How each registered event type counts.
        versions: What it was made from.
    """

    taxonomy: Taxonomy
    features: OnlineFeatures
    items: Sequence[CatalogueItem]
    rulebook: Rulebook
    triggers: Triggers
    conditions: Conditions
    roles: Mapping[str, Role]
    versions: Versions

    @property
    def spec(self) -> FeatureSpec:
        """The features that rules read."""
        return self.features.spec

    @property
    def zone(self) -> ZoneInfo:
        """Where days and hours are counted."""
        return self.spec.zone

    def warm_up(self) -> None:
        """Run once through the loops that are compiled at their first use, so that no event waits for them."""
        nobody = to_histories({"": ()})
        rows = self.features.of_histories(nobody, _SOME_INSTANT)
        self.rulebook.evaluate(Known(_SOME_INSTANT, [""], rows, histories=nobody))
        counted(nobody, to_us(_SOME_INSTANT), self.spec, [Input(From.COUNT, Role.PURCHASE.value)])

    @cached_property
    def follow_events(self) -> bool:
        """Whether any rule or trigger looks at events when they come."""
        triggers = self.triggers
        return bool(self.at_once or triggers.at_once or triggers.waiting)

    @cached_property
    def foretold(self) -> frozenset[str]:
        """The tags whose rules read what models say, themselves or through the rules of other tags."""
        return foretold_tags(self.rulebook)

    @cached_property
    def taken(self) -> tuple[Taken, ...]:
        """The quantiles that rules and the conditions of triggers need."""
        return tuple(dict.fromkeys((*self.rulebook.taken, *self.conditions.taken)))

    @cached_property
    def at_once(self) -> frozenset[str]:
        """The tags of rules that an event can decide by itself, as no model has to be asked."""
        return frozenset(self.rulebook.tags) - self.foretold


def load_workings(
    connection: Connection, settings: Settings, taxonomy: Taxonomy, *, before: Workings | None = None
) -> Workings:
    """The workings as the store says now; what has not changed since those before is taken over from them."""
    versions = workings_versions(connection)
    is_same_catalogue = before is not None and before.versions.catalogue == versions.catalogue
    items = before.items if before and is_same_catalogue else read_items(connection)
    spec = rules_spec(connection, settings, taxonomy, items)
    features = before.features if before and is_same_catalogue and before.spec == spec else None
    roles = read_event_types(connection).roles
    values = read_values(connection)
    rulebook = Rulebook(taxonomy, spec, values)
    triggers = triggers_of(taxonomy, roles)
    return Workings(
        taxonomy,
        features or OnlineFeatures(spec, Catalogue(items, spec.groups)),
        items,
        rulebook,
        triggers,
        Conditions(triggers, rulebook, values),
        roles,
        versions,
    )


def workings_versions(connection: Connection) -> Versions:
    """The versions as things stand; small queries of small tables."""
    types, channels, attributes = connection.execute(_SIZES).one()
    return Versions(counted_versions(connection), types, channels, attributes)


def counted_versions(connection: Connection) -> tuple[int, ...]:
    """Of the definitions, the catalogue and the quantiles; one look-up."""
    counted = {name: value for name, value in _COUNTED.rows(connection, _COUNTERS)}  # noqa: C416 (rows, not pairs)
    return tuple(counted.get(name, 0) for name in _COUNTERS)
