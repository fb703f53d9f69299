"""Deactivates a pack as a whole: its tags end, and their history stays."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete

from core.errors import ConflictError, FieldError
from core.language import Text
from core.storage.upsert import upsert
from tags.catalogue.changing import retire_tag
from tags.catalogue.checking import looked_at_by
from tags.catalogue.store import origins, read_taxonomy
from tags.catalogue.tables import TaxonomyFile
from tags.catalogue.taking import taken_before
from tags.definition import Status
from tags.packs.pack import Pack
from tags.taxonomy import Taxonomy


@dataclass(frozen=True)
class Deactivated:
    """What a deactivation did, or would do: the tags that end, and those that somebody has changed and that stay."""

    pack: Pack
    retired: tuple[str, ...]
    kept: tuple[str, ...]


def deactivate(
    connection: Connection, pack: Pack, *, by: str, now: datetime, force: bool = False, dry_run: bool = False
) -> Deactivated:
    """Retire the tags that the pack brought; done twice, or of a pack that is not active, it changes nothing.

    A tag that somebody has changed since is theirs and stays, unless `force` is given. Activating the pack again brings
    its tags back.

    Raises:
        ConflictError: Rules or triggers of tags that stay look at some, and `force` does not say that they may go
            without.
    """
    known, before = read_taxonomy(connection), taken_before(connection, pack.origin)
    if known is None or before is None:
        return Deactivated(pack, (), ())
    made = origins(connection)
    ours = [
        tag.key for tag in before.tags if (one := known.get(tag.key)) and one.status is not Status.RETIRED
    ]
    kept = () if force else tuple(key for key in ours if made[key][0] != pack.origin)
    found = Deactivated(pack, tuple(key for key in ours if key not in kept), kept)
    if not force:
        _check_unneeded(known, found.retired, pack)
    if not dry_run:
        for key in found.retired:
            retire_tag(connection, key, by=by, now=now, origin=pack.origin, force=True)
        _note(connection, before, found, now)
    return found


def _check_unneeded(known: Taxonomy, ending: Collection[str], pack: Pack) -> None:
    looking = [
        one.key
        for one in known.in_use
        if one.key not in ending and not frozenset(ending).isdisjoint(looked_at_by(one))
    ]
    if looking:
        text = Text(
            "The rules of {tags} look at tags of the pack {pack}, and would never find them again: change them "
            "first, or force it",
            {"tags": ", ".join(looking), "pack": pack.key},
        )
        fields = tuple(FieldError(f"tags.{key}", text, "looks_at_it") for key in looking)
        raise ConflictError(text.message, fields=fields, **text.values)


def _note(connection: Connection, before: Taxonomy, found: Deactivated, now: datetime) -> None:
    """Remember of the pack what stays, so that an activation tells people's changes apart as before."""
    staying = tuple(tag for tag in before.tags if tag.key in found.kept)
    if staying:
        used = {tag.group for tag in staying}
        groups = tuple(
            group.model_copy(update={"order": tuple(key for key in group.order if key in found.kept)})
            for group in before.groups_of_tags
            if group.key in used
        )
        content = Taxonomy(tags=staying, groups=groups).model_dump(mode="json")
        row = {"origin": found.pack.origin, "content": content, "taken_at": now}
        upsert(connection, TaxonomyFile, [row])
    else:
        connection.execute(delete(TaxonomyFile).where(TaxonomyFile.origin == found.pack.origin))
