"""Changes definitions with all that follows: rules that have to make sense, assignments that end."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from core.errors import ConflictError, FieldError, NotReadyError
from core.language import Text
from core.settings import Settings
from core.storage import Store
from features.lake import Lake
from features.shop import read_event_types, read_items, read_spec
from features.source import roles_with_items
from features.spec import FeatureSpec
from tags.catalogue.checking import check_definitions, looked_at_by
from tags.catalogue.store import API, Saved, merged, put_tags, read_taxonomy, retire
from tags.definition import Tag, TagGroup
from tags.profile import book
from tags.profile.because import Because
from tags.taxonomy import Taxonomy, no_such_tag


def spec_now(settings: Settings, store: Store, taxonomy: Taxonomy) -> FeatureSpec | None:
    """What rules can name with the shop's data; None before any is loaded."""
    lake = Lake(settings.lake_path)
    try:
        version = lake.version()
    except NotReadyError:
        return None
    if version == 0:
        return None
    with store.read() as connection:
        attention = roles_with_items(lake, version, read_event_types(connection).roles)
        return read_spec(connection, settings, taxonomy.groups, read_items(connection), attention)


def define(
    connection: Connection,
    tags: Sequence[Tag],
    groups: Sequence[TagGroup] = (),
    *,
    spec: FeatureSpec | None,
    by: str,
    now: datetime,
    origin: str = API,
    note: str | None = None,
) -> Saved:
    """Keep the definitions, once their rules make sense; see `tags.catalogue.store.put_tags`.

    Raises:
        InvalidInputError: They do not go together, or a rule cannot be used; nothing is kept.
    """
    known = read_taxonomy(connection)
    saved = put_tags(connection, tags, groups, by=by, origin=origin, now=now, note=note)
    if saved.new_versions:
        check_definitions(merged(known, tags, groups), spec, saved.new_versions)
    return saved


def retire_tag(
    connection: Connection,
    key: str,
    *,
    by: str,
    now: datetime,
    origin: str = API,
    note: str | None = None,
    force: bool = False,
) -> Saved:
    """Retire a tag and end what stands on it; its history stays.

    Raises:
        NotFoundError: There is no such tag.
        ConflictError: Rules or triggers look at it, and `force` does not say that they may go without.
    """
    known = read_taxonomy(connection)
    if known is None:
        raise no_such_tag(key, ())
    looking = tuple(one.key for one in known.in_use if one.key != key and key in looked_at_by(one))
    if looking and known[key].status != "retired" and not force:
        raise _still_looked_at(key, looking)
    saved = retire(connection, key, by=by, origin=origin, now=now, note=note)
    after = read_taxonomy(connection)
    if saved.new_versions and after is not None:
        book.withdraw_tag(connection, key, because=Because.RETIRED, taxonomy=after, now=now)
    return saved


def _still_looked_at(key: str, looking: tuple[str, ...]) -> ConflictError:
    text = Text(
        "The rules of {tags} look at {key}, and would never find it again: change them first, or force it",
        {"tags": ", ".join(looking), "key": key},
    )
    fields = tuple(FieldError(f"tags.{one}", text, "looks_at_it") for one in looking)
    return ConflictError(text.message, fields=fields, **text.values)
