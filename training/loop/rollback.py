"""The models that served before serve again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.errors import NotReadyError
from core.settings import Settings
from core.storage import Store
from models.registry import Registry
from models.release_read import BrokenReleaseError, load_release
from models.release_write import make_current
from monitoring.retrainings import Kept, close_dead
from tags.certificates import model_name, read_certificates
from training.half_done import move_aliases, noted, put_back
from training.history import keep_promotion, promotion_of, what_serves
from training.promotion import promoting
from training.turn import WAIT_SECONDS, training_turn


@dataclass(frozen=True)
class RolledBack:
    """What served until now, what serves since, and the tags of it whose promise holds.

    Attributes:
        before: The versions that served until now, by part.
        after: Those that serve since.
        release_id: Their release.
        undone: The promotion that was taken back.
        promised: The tags that are applied without a person.
    """

    before: Mapping[str, int]
    after: Mapping[str, int]
    release_id: str
    undone: Kept
    promised: tuple[str, ...]


def rollback(
    settings: Settings, store: Store, *, now: datetime, wait_seconds: float = WAIT_SECONDS
) -> RolledBack:
    """Let the versions serve that served before those that serve now; asked again, those before them.

    It waits for a training that runs, which may be about to promote. What was promised of the former models holds as
    far as it has not expired.

    Raises:
        NotReadyError: Nothing is known to have served before, or its release is gone.
        ConflictError: A training runs and does not end.
    """
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    with training_turn(settings, registry, wait_seconds=wait_seconds), promoting(settings):
        put_back(settings, registry)
        serving = what_serves(settings)
        with store.write() as connection:
            close_dead(connection, at=now, serving=serving[0], release_id=serving[1])
            undone = promotion_of(connection, serving, now=now)
        if undone is None or undone.release_before is None:
            raise NotReadyError(
                "Nothing is known to have served before {versions}: there is nothing to go back to",
                versions=", ".join(f"{part} v{number}" for part, number in serving[0].items()) or "-",
            )
        former, release_id = dict(undone.before), undone.release_before
        _check(settings, release_id)
        with noted(settings, registry, release_id, former):
            move_aliases(registry, former)
            make_current(settings.releases_path, release_id)
        with store.write() as connection:
            keep_promotion(connection, "rollback", serving, (former, release_id), at=now)
            models = [model_name(part, version) for part, version in former.items()]
            found = read_certificates(connection, models)
    promised = tuple(sorted(tag for tag, one in found.items() if one.why_not(now) is None))
    return RolledBack(serving[0], former, release_id, undone, promised)


def _check(settings: Settings, release_id: str) -> None:
    try:
        load_release(settings.releases_path, release_id)
    except BrokenReleaseError:
        raise NotReadyError(
            "The release that served before, {release}, is gone from {folder}: move the alias champion in MLflow to "
            "the versions that you want, and run `tagloop release`",
            release=release_id,
            folder=settings.releases_path,
        ) from None
