"""Activates a pack: its tags become definitions of the store, and may be changed there like any others."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from core.clock import Clock
from core.errors import NotReadyError
from core.settings import Settings
from core.storage import Store
from features.source import open_source
from tags.catalogue.store import read_taxonomy
from tags.catalogue.taking import Taken, compare_with, take_over, taken_before
from tags.packs.fitting import Fitted, fit
from tags.packs.naming import Choices
from tags.packs.pack import Pack
from tags.packs.seen import look_through
from tags.taxonomy import Taxonomy


@dataclass(frozen=True)
class Activated:
    """What an activation did, or would do."""

    pack: Pack
    fitted: Fitted
    taken: Taken


def activate(
    settings: Settings,
    store: Store,
    clock: Clock,
    pack: Pack,
    known: Taxonomy,
    *,
    by: str,
    choices: Choices,
    include: Collection[str] = (),
    force: bool = False,
    dry_run: bool = False,
) -> Activated:
    """Take the pack's tags over, as far as the shop's data can feed them; done twice it changes nothing.

    `known` is the taxonomy as it stands. What people changed of an earlier activation stays as they left it.

    Raises:
        NotReadyError: No data were loaded yet, so nobody knows what can be fed.
        InvalidInputError: A choice names what is not there.
        ConflictError: A tag of the same key was made elsewhere, and `force` does not let the pack win.
    """
    source = open_source(settings, store, known.groups, targets=known.targets)
    with store.read() as connection:
        seen = look_through(source, connection)
        before = taken_before(connection, pack.origin)
    kept = {tag.key: tag for tag in before.tags} if before else {}
    fitted = fit(pack, source.spec, seen, known, choices=choices, include=include, kept=kept)
    if not fitted.tags:
        raise NotReadyError("The shop's data can feed no tag of the pack {pack}", pack=pack.key)
    file = Taxonomy(tags=fitted.tags, groups=fitted.groups)
    if dry_run:
        with store.read() as connection:
            return Activated(pack, fitted, compare_with(connection, file, pack.origin))
    with store.write() as connection:
        taken = take_over(
            connection,
            file,
            pack.origin,
            by=by,
            now=clock.now(),
            spec=source.spec,
            name=pack.key,
            force=force,
        )
    return Activated(pack, fitted, taken)


def is_active(connection: Connection, pack: Pack) -> bool:
    """Whether tags of the pack were activated and not ended since."""
    return taken_before(connection, pack.origin) is not None and read_taxonomy(connection) is not None
