"""What served before and since, kept with each promotion, whoever made it: so that the former can come back."""

from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Connection

from core.settings import Settings
from models.aliases import served_versions
from models.release_read import current_release_id
from monitoring.retrainings import PROMOTED, Kept, Kind, begin, end, read_retrainings

Serving = tuple[dict[str, int], str | None]
"""The versions that serve by part, and their release."""


def what_serves(settings: Settings) -> Serving:
    """What serves now; no versions where nothing was promoted yet, or the release on disk is broken."""
    release_id = current_release_id(settings.releases_path)
    try:
        return served_versions(settings.releases_path), release_id
    except (OSError, ValidationError):
        return {}, release_id


def keep_promotion(
    connection: Connection,
    kind: Kind,
    before: Serving,
    after: Serving,
    *,
    at: datetime,
    until: datetime | None = None,
) -> None:
    """Keep that other versions serve; a promotion of the very same ones is none."""
    if before == after:
        return
    seq = begin(connection, kind, at=at, before=before[0], release_before=before[1], until=until)
    end(connection, seq, at=at, happened=PROMOTED, after=after[0], release_id=after[1])


def promotion_of(connection: Connection, serving: Serving, *, now: datetime) -> Kept | None:
    """The latest promotion that let those versions serve and was no rollback; None where none was kept."""
    found = [
        one
        for one in read_retrainings(connection)
        if one.kind != "rollback"
        and one.happened == PROMOTED
        and one.began_at <= now
        and dict(one.after) == serving[0]
    ]
    return found[-1] if found else None
