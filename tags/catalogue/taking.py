"""Takes a file of tags over into the store: what changed in it since it was last taken over, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, inspect, select

from core.clock import Clock
from core.errors import ConflictError, FieldError
from core.language import Text
from core.settings import Settings
from core.storage import Store
from core.storage.upsert import upsert
from features.spec import FeatureSpec
from tags.catalogue.changing import define, retire_tag, spec_now
from tags.catalogue.store import merged, origins, read_taxonomy
from tags.catalogue.tables import TagVersion, TaxonomyFile
from tags.definition import Status, Tag, TagGroup
from tags.taxonomy import Taxonomy, load_taxonomy, parse_taxonomy

SETTINGS_FILE = "settings"
"""The origin of the file that the settings name, whichever it is: naming another replaces its tags."""


@dataclass(frozen=True)
class Taken:
    """What a file changes: tags and groups to be written, those retired because they left it, and conflicts.

    `conflicts` are the keys of tags that the file changes and that somebody else changed as well.
    """

    tags: tuple[Tag, ...]
    groups: tuple[TagGroup, ...]
    retired: tuple[str, ...]
    conflicts: tuple[str, ...]


def compare(file: Taxonomy, base: Taxonomy | None, known: Taxonomy | None, own: frozenset[str]) -> Taken:
    """What changed in a file against how it was last taken over (`base`), where the store has `known`.

    `own` are the keys whose version in the store came from that file: such a one is overwritten without a question.
    """
    before = {tag.key: tag for tag in base.tags} if base else {}
    stored = {tag.key: tag for tag in known.tags} if known else {}
    wanted = {tag.key: tag for tag in file.tags if before.get(tag.key) != tag}
    gone = {
        key: stored[key].model_copy(update={"status": Status.RETIRED})
        for key in before
        if key not in {tag.key for tag in file.tags} and key in stored
    }
    changes = {key: tag for key, tag in {**wanted, **gone}.items() if stored.get(key) != tag}
    conflicts = tuple(
        key for key in changes if key in stored and key not in own and stored[key] != before.get(key)
    )
    old_groups = base.groups_of_tags if base else ()
    return Taken(
        tuple(changes.values()),
        tuple(group for group in file.groups_of_tags if group not in old_groups),
        tuple(key for key in changes if key in gone),
        conflicts,
    )


def take_over(
    connection: Connection,
    file: Taxonomy,
    origin: str,
    *,
    by: str,
    now: datetime,
    spec: FeatureSpec | None = None,
    name: str | None = None,
    force: bool = False,
) -> Taken:
    """Write what changed in the file; a tag that left it is retired. Taken over twice it changes nothing.

    `spec` tells what rules can name, `name` is what errors call the file; `by` if it is left out.

    Raises:
        ConflictError: A tag that it changes was changed elsewhere since, and `force` does not let the file win.
        InvalidInputError: Its tags do not go together with those of the store, or a rule cannot be used.
    """
    found = compare_with(connection, file, origin)
    if found.conflicts and not force:
        raise _conflict(connection, found.conflicts, name or by)
    kept = [tag for tag in found.tags if tag.key not in found.retired]
    define(connection, kept, found.groups, spec=spec, by=by, origin=origin, now=now)
    for key in found.retired:
        retire_tag(connection, key, by=by, origin=origin, now=now, force=True)
    content = file.model_dump(mode="json")
    upsert(connection, TaxonomyFile, [{"origin": origin, "content": content, "taken_at": now}])
    return found


def settle(settings: Settings, store: Store, clock: Clock) -> Taxonomy:
    """The store's taxonomy, after taking over the file of the settings where that has changed.

    Raises:
        InvalidInputError: The file cannot be read or is wrong.
        ConflictError: The file changes a tag that was changed elsewhere as well.
    """
    file = load_taxonomy(settings.taxonomy)
    with store.read() as connection:
        if _content(connection, SETTINGS_FILE) == file.model_dump(mode="json"):
            return read_taxonomy(connection) or file
    spec = spec_now(settings, store, look(settings, store)) if _has_rules(file) else None
    with store.write() as connection:
        take_over(connection, file, SETTINGS_FILE, by=_name(settings), now=clock.now(), spec=spec)
        return read_taxonomy(connection) or file


def look(settings: Settings, store: Store) -> Taxonomy:
    """What `settle` would give, with nothing written; where the file contradicts the store, the store's."""
    file = load_taxonomy(settings.taxonomy)
    with store.read() as connection:
        if not inspect(connection).has_table(TagVersion.__tablename__):
            return file  # the store is of an earlier version, and nobody is to bring it up to date by looking
        known = read_taxonomy(connection)
        found = compare_with(connection, file, SETTINGS_FILE)
    if known is None:
        return file
    if not found.tags or found.conflicts:
        return known
    return merged(known, found.tags, found.groups)


def compare_with(connection: Connection, file: Taxonomy, origin: str) -> Taken:
    """What `take_over` would write of the file."""
    own = frozenset(key for key, made in origins(connection).items() if made[0] == origin)
    return compare(file, taken_before(connection, origin), read_taxonomy(connection), own)


def taken_before(connection: Connection, origin: str) -> Taxonomy | None:
    """The file as it was last taken over; None if it never was."""
    content = _content(connection, origin)
    return None if content is None else parse_taxonomy(content, source=origin)


def _content(connection: Connection, origin: str) -> Mapping[str, object] | None:
    return connection.scalar(select(TaxonomyFile.content).where(TaxonomyFile.origin == origin))


def _has_rules(file: Taxonomy) -> bool:
    return any(tag.rule or tag.trigger for tag in file.tags)


def _name(settings: Settings) -> str:
    return settings.taxonomy.name if settings.taxonomy else "complete_journey.yaml"


def _conflict(connection: Connection, keys: tuple[str, ...], file: str) -> ConflictError:
    made = origins(connection)
    fields = tuple(
        FieldError(
            f"tags.{key}",
            Text(
                "{by} changed it on {at} (from: {origin})",
                {"by": made[key][1], "at": made[key][2].isoformat(), "origin": made[key][0]},
            ),
            "changed_elsewhere",
        )
        for key in keys
    )
    return ConflictError(
        "{file} changes tags that were changed elsewhere since it was last taken over: {keys}. Write into it what "
        "`tagloop tags export` shows of them, or let the file win with `tagloop tags apply FILE --force`",
        fields=fields,
        file=file,
        keys=", ".join(keys),
    )
