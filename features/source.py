"""Everything that feature rows are built from, opened once and fixed for a whole run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.clock import from_us, to_us
from core.errors import NotReadyError
from core.settings import Settings
from core.storage import Store
from features.attributes import Encoded
from features.catalogue import Catalogue, CategoryGroup
from features.contract import Role
from features.lake import Lake
from features.shop import read_facts, read_items, read_spec
from features.spec import FeatureSpec


@dataclass(frozen=True)
class FeatureSource:
    """A lake version, the spec, the catalogue and the profile facts; the same source gives the same frame."""

    lake: Lake
    lake_version: int
    spec: FeatureSpec
    catalogue: Catalogue
    facts: dict[str, Encoded]
    workers: int = 2


def open_source(
    settings: Settings,
    store: Store,
    tag_groups: Sequence[CategoryGroup] = (),
    *,
    spec: FeatureSpec | None = None,
    lake_version: int | None = None,
) -> FeatureSource:
    """The source as things stand, or with an earlier spec or lake version (to repeat a training).

    `tag_groups` are the category groups that features count besides the catalogue's largest.

    Raises:
        NotReadyError: No events were loaded yet.
    """
    lake = Lake(settings.lake_path)
    version = lake.version() if lake_version is None else lake_version
    if version == 0:
        raise NotReadyError("There are no events yet: load data first with `tagloop ingest MAPPING`")
    with store.read() as connection:
        items = read_items(connection)
        spec = spec or read_spec(connection, settings, tag_groups, items)
        facts = read_facts(connection, spec)
    return FeatureSource(lake, version, spec, Catalogue(items, spec.groups), facts, settings.workers)


def purchases_begin_at(source: FeatureSource, until: datetime) -> datetime:
    """When the shop's purchases begin in earnest, from what was known at `until`.

    The first purchase in a hundred are passed over: one that was dated back by years must not open years in which
    nothing else is known. Other events (a campaign's start) may well lie before.

    Raises:
        NotReadyError: There is no purchase.
    """
    types = pa.array([name for name, role in source.spec.roles.items() if role is Role.PURCHASE])
    limit_us = to_us(until)
    found = []
    for bucket in range(source.lake.buckets):
        events = source.lake.read_bucket(
            bucket, ["occurred_at", "received_at", "type"], version=source.lake_version
        )
        bought = events.filter(pc.is_in(events.column("type").cast(pa.string()), types))
        occurred, received = (
            np.asarray(bought.column(name).cast(pa.int64())) for name in ("occurred_at", "received_at")
        )
        found.append(occurred[(occurred < limit_us) & (received < limit_us)])
    instants = np.concatenate(found)
    if not len(instants):
        raise NotReadyError("There are no purchases yet: load data first with `tagloop ingest MAPPING`")
    return from_us(int(np.partition(instants, len(instants) // 100)[len(instants) // 100]))
