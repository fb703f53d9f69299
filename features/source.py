"""Everything that feature rows are built from, opened once and fixed for a whole run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.clock import from_us, to_us
from core.errors import NotReadyError
from core.ids import MISSING_KEY
from core.settings import Settings
from core.storage import Store
from features.attributes import Encoded
from features.catalogue import Catalogue, CategoryGroup
from features.contract import Role
from features.histories import Ints
from features.lake import Lake
from features.outcomes import Target
from features.shop import read_event_types, read_facts, read_items, read_spec
from features.spec import ATTENTION_ROLES, FeatureSpec

SLOT_US = 15 * 60 * 1_000_000  # every zone's midnight lies between two of them


@dataclass(frozen=True)
class FeatureSource:
    """A lake version, the spec, the catalogue and the profile facts; the same source gives the same frame.

    `targets` say what outcomes count where that is no purchase from a category group.
    """

    lake: Lake
    lake_version: int
    spec: FeatureSpec
    catalogue: Catalogue
    facts: dict[str, Encoded]
    workers: int = 2
    targets: tuple[Target, ...] = ()


def open_source(
    settings: Settings,
    store: Store,
    tag_groups: Sequence[CategoryGroup] = (),
    *,
    targets: Sequence[Target] = (),
    spec: FeatureSpec | None = None,
    lake_version: int | None = None,
) -> FeatureSource:
    """The source as things stand, or with an earlier spec or lake version (to repeat a training).

    `tag_groups` are the category groups that features count besides the catalogue's largest, `targets` what the
    tags' outcomes count.

    Raises:
        NotReadyError: No events were loaded yet.
        InvalidInputError: A target counts events of a type that is not registered.
    """
    lake = Lake(settings.lake_path)
    version = lake.version() if lake_version is None else lake_version
    if version == 0:
        raise NotReadyError("There are no events yet: load data first with `tagloop ingest MAPPING`")
    with store.read() as connection:
        items = read_items(connection)
        if spec is None:
            roles = read_event_types(connection).roles
            attention = roles_with_items(lake, version, roles)
            spec = read_spec(connection, settings, tag_groups, items, attention)
        facts = read_facts(connection, spec)
    for target in targets:
        target.types(spec.roles)
    catalogue = Catalogue(items, spec.groups)
    return FeatureSource(lake, version, spec, catalogue, facts, settings.workers, tuple(targets))


def roles_with_items(lake: Lake, version: int, roles: Mapping[str, Role]) -> tuple[Role, ...]:
    """Which roles the lake has something to tell of per category group besides purchases; see `FeatureSpec`."""
    found: set[Role] = set()
    for bucket in range(lake.buckets):
        if found == set(ATTENTION_ROLES):
            break
        events = lake.read_bucket(bucket, ["type", "item_key", "rating"], version=version)
        named = events.filter(pa.array(events.column("item_key").to_numpy() != MISSING_KEY))
        rated = named.filter(pc.is_valid(named.column("rating")))
        found |= _roles_in(named, roles) - {Role.PURCHASE} | _roles_in(rated, roles) & {Role.PURCHASE}
    return tuple(role for role in ATTENTION_ROLES if role in found)


def _roles_in(events: pa.Table, roles: Mapping[str, Role]) -> set[Role]:
    types = pc.unique(events.column("type").cast(pa.string())).to_pylist()
    return {role for name in types if (role := roles.get(str(name))) in ATTENTION_ROLES}


def known_slots(source: FeatureSource, until: datetime) -> tuple[Ints, Ints]:
    """When something became known before `until`: quarter hours since 1970 in UTC, ascending, and events in each."""
    limit_us = to_us(until)
    counts: Counter[int] = Counter()
    for bucket in range(source.lake.buckets):
        events = source.lake.read_bucket(bucket, ["occurred_at", "received_at"], version=source.lake_version)
        occurred, received = (
            np.asarray(events.column(name).cast(pa.int64())) for name in ("occurred_at", "received_at")
        )
        known = np.maximum(occurred, received)
        slots, here = np.unique(known[known < limit_us] // SLOT_US, return_counts=True)
        counts.update(dict(zip(slots.tolist(), here.tolist(), strict=True)))
    slots = np.array(sorted(counts), dtype=np.int64)
    return slots, np.array([counts[slot] for slot in slots.tolist()], dtype=np.int64)


def data_begins_at(source: FeatureSource, until: datetime) -> datetime:
    """When the shop's business begins in earnest, from what was known at `until`.

    The first event in a hundred is passed over: one that was dated back by years must not open years in which
    nothing else is known. Purchases tell and the events that the targets count, others (a campaign's start) may
    well lie before; where there are none of these, any event tells.

    Raises:
        NotReadyError: There is no event.
    """
    roles = source.spec.roles
    counted = [target.types(roles) for target in (Target("purchases"), *source.targets)]
    for types in (frozenset().union(*counted), frozenset(roles)):
        instants = _instants(source, types, to_us(until))
        if len(instants):
            place = len(instants) // 100
            return from_us(int(np.partition(instants, place)[place]))
    raise NotReadyError("There are no events yet: load data first with `tagloop ingest MAPPING`")


def _instants(source: FeatureSource, types: frozenset[str], limit_us: int) -> Ints:
    """When events of those types occurred, of what was known at the limit."""
    wanted = pa.array(sorted(types), pa.string())
    found = [np.zeros(0, dtype=np.int64)]
    for bucket in range(source.lake.buckets):
        events = source.lake.read_bucket(
            bucket, ["occurred_at", "received_at", "type"], version=source.lake_version
        )
        counted = events.filter(pc.is_in(events.column("type").cast(pa.string()), wanted))
        occurred, received = (
            np.asarray(counted.column(name).cast(pa.int64())) for name in ("occurred_at", "received_at")
        )
        found.append(occurred[(occurred < limit_us) & (received < limit_us)])
    return np.concatenate(found)
