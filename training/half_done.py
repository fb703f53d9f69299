"""What a promotion that died left behind: the aliases go back to where they were, so that nobody serves a mixture."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from core.settings import Settings
from models.inputs import PARTS
from models.registry import Registry
from models.release_read import current_release_id

NOTE_FILE = "PROMOTING"


@contextmanager
def noted(
    settings: Settings, registry: Registry, release_id: str, after: Mapping[str, int]
) -> Iterator[None]:
    """While the block moves the aliases and lets the release serve, a note says which versions carried them before.

    `after` are the versions of the release, by part.

    To be called by whoever holds `training.promotion.promoting`. If the block fails, the aliases go back at once; if
    the process dies in it, whoever looks next puts them back, see `put_back`.
    """
    before = _champions(registry)
    note, writing = (settings.releases_path / name for name in (NOTE_FILE, f".{NOTE_FILE}"))
    with writing.open("w", encoding="utf-8") as file:
        json.dump({"release_id": release_id, "before": before, "after": dict(after)}, file)
        file.flush()
        os.fsync(file.fileno())
    writing.replace(note)
    try:
        yield
    except BaseException:
        put_back(settings, registry)
        raise
    note.unlink()


def put_back(settings: Settings, registry: Registry) -> bool:
    """Give the aliases back that a promotion moved which then died; whether there was one.

    To be called by whoever holds `training.promotion.promoting`. A promotion whose release serves had come to its end.
    """
    note = settings.releases_path / NOTE_FILE
    try:
        said = json.loads(note.read_bytes())
    except FileNotFoundError:
        return False
    is_half = str(said["release_id"]) != current_release_id(settings.releases_path)
    if is_half:
        # What somebody moved by hand meanwhile is theirs.
        kept = {part: one for part, one in _champions(registry).items() if one != said["after"].get(part)}
        move_aliases(registry, {**said["before"], **kept})
    note.unlink()
    return is_half


def move_aliases(registry: Registry, versions: Mapping[str, int]) -> None:
    """Let `@champion` name exactly those versions, by part; a part without one loses it."""
    for part, version in versions.items():
        registry.promote(part, version)
    for part in set(PARTS).difference(versions):
        registry.demote(part)


def _champions(registry: Registry) -> dict[str, int]:
    return {part: one.version for part in PARTS if (one := registry.champion(part)) is not None}
