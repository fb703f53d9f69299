"""The definitions that the store keeps: every version of each, of which the highest counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from core.errors import ConflictError, InvalidInputError
from features import counters
from tags.catalogue.tables import GroupVersion, TagVersion
from tags.consistency import faults_between
from tags.definition import Status, Tag, TagGroup
from tags.taxonomy import Taxonomy, no_such_tag, parse_taxonomy

COUNTER = "taxonomy"
"""A named number of the store that grows with every change of a definition, so that servers notice one."""

API = "api"
"""The origin of a definition that was written by a call or by a command, and not by a file or a pack."""


@dataclass(frozen=True)
class Saved:
    """What became of definitions: the keys of those that got a new version, and of those that were the same."""

    new_versions: tuple[str, ...]
    unchanged: tuple[str, ...]


@dataclass(frozen=True)
class Version:
    """One version of one tag's definition: by whom, from where (a file, a pack, a call), when and why."""

    version: int
    tag: Tag
    made_by: str
    origin: str
    made_at: datetime
    note: str | None


def read_taxonomy(connection: Connection) -> Taxonomy | None:
    """The definitions that count now, in the order in which they first came; None before there are any."""
    tags = _newest(connection, TagVersion)
    if not tags:
        return None
    groups = _newest(connection, GroupVersion)
    content = {"tags": [row.definition for row in tags], "groups": [row.definition for row in groups]}
    found = parse_taxonomy(content, source="the store's taxonomy")
    return found.with_versions({row.key: row.version for row in tags})


def put_tags(
    connection: Connection,
    tags: Sequence[Tag],
    groups: Sequence[TagGroup] = (),
    *,
    by: str,
    origin: str,
    now: datetime,
    note: str | None = None,
) -> Saved:
    """Keep the definitions; one that says what is known makes no new version.

    Raises:
        InvalidInputError: They do not go together with the others; nothing is kept.
    """
    before = read_taxonomy(connection)
    known = {tag.key: tag for tag in before.tags} if before else {}
    known_groups = {group.key: group for group in before.groups_of_tags} if before else {}
    new = [tag for tag in tags if known.get(tag.key) != tag]
    new_groups = [group for group in groups if known_groups.get(group.key) != group]
    if not new and not new_groups:
        return Saved((), tuple(tag.key for tag in tags))
    after = merged(before, tags, groups)
    problems = faults_between(after.tags, after.groups_of_tags, by_key=True)
    if problems:
        raise InvalidInputError(
            "These definitions do not go together with the others: {keys}",
            fields=problems,
            keys=", ".join(problem.field for problem in problems),
        )
    made = {"made_by": by, "origin": origin, "made_at": now}
    _add(connection, GroupVersion, new_groups, made)
    _add(connection, TagVersion, new, {**made, "note": note})
    written = {tag.key for tag in new}
    return Saved(tuple(tag.key for tag in new), tuple(tag.key for tag in tags if tag.key not in written))


def merged(before: Taxonomy | None, tags: Iterable[Tag], groups: Iterable[TagGroup]) -> Taxonomy:
    """The taxonomy with some definitions in the place of, or behind, those it has."""
    known = {tag.key: tag for tag in before.tags} if before else {}
    known_groups = {group.key: group for group in before.groups_of_tags} if before else {}
    known.update({tag.key: tag for tag in tags})
    known_groups.update({group.key: group for group in groups})
    found = Taxonomy(tags=tuple(known.values()), groups=tuple(known_groups.values()))
    return found.with_versions(before.versions if before else {})


def retire(
    connection: Connection, key: str, *, by: str, now: datetime, origin: str = API, note: str | None = None
) -> Saved:
    """End a tag: nobody gets it any more, models learn it no more; what was known of it stays.

    Raises:
        NotFoundError: There is no such tag.
    """
    known = read_taxonomy(connection)
    if known is None:
        raise no_such_tag(key, ())
    tag = known[key]
    ended = tag.model_copy(update={"status": Status.RETIRED})
    return put_tags(connection, [ended], by=by, origin=origin, now=now, note=note)


def check_version(connection: Connection, key: str, expected: int) -> None:
    """Say nothing when the highest version of a key is the one that the caller has seen; 0 for a tag not there yet.

    Raises:
        ConflictError: Somebody wrote another one meanwhile, or it was never there.
    """
    newest = connection.scalar(select(func.max(TagVersion.version)).where(TagVersion.key == key)) or 0
    if newest != expected:
        raise ConflictError(
            "{key} is at version {newest}, not {expected}: read it again, and write your change into that",
            key=key,
            newest=newest,
            expected=expected,
        )


def versions_of(connection: Connection, key: str) -> list[Version]:
    """Every version of a tag's definition, the newest first; none of a key that is not known."""
    rows = connection.execute(
        select(TagVersion.__table__).where(TagVersion.key == key).order_by(TagVersion.version.desc())
    )
    return [
        Version(
            row.version,
            Tag.model_validate(row.definition),
            row.made_by,
            row.origin,
            row.made_at,
            row.note,
        )
        for row in rows
    ]


def _newest(connection: Connection, model: type[TagVersion] | type[GroupVersion]) -> Sequence[Any]:
    last = (
        select(model.key, func.max(model.version).label("version"), func.min(model.seq).label("first"))
        .group_by(model.key)
        .subquery()
    )
    query = (
        select(model.key, model.version, model.definition, model.origin, model.made_by, model.made_at)
        .join(last, (last.c.key == model.key) & (last.c.version == model.version))
        .order_by(last.c.first)
    )
    return connection.execute(query).all()


def origins(connection: Connection) -> Mapping[str, tuple[str, str, datetime]]:
    """By key from where the version that counts came, by whom, and when."""
    return {row.key: (row.origin, row.made_by, row.made_at) for row in _newest(connection, TagVersion)}


def _add(
    connection: Connection,
    model: type[TagVersion] | type[GroupVersion],
    new: Sequence[Tag | TagGroup],
    made: Mapping[str, Any],
) -> None:
    if not new:
        return
    versions = {row.key: row.version for row in _newest(connection, model)}
    last = counters.advance(connection, COUNTER, len(new))
    rows = [
        {
            "key": one.key,
            "version": versions.get(one.key, 0) + 1,
            "seq": last - len(new) + place,
            "definition": one.model_dump(mode="json"),
            **made,
        }
        for place, one in enumerate(new, start=1)
    ]
    connection.execute(insert(model), rows)
