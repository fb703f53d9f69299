"""A replay that has ended, as its home keeps it: what was asked for and what each week came to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.errors import NotReadyError
from tagloop.replaying.asked import Asked
from tagloop.replaying.weeks import Week, week_of

FILE = "replay.json"
PICTURE = "replay.svg"


@dataclass(frozen=True)
class Finished:
    """The weeks, and the break if one was planted."""

    weeks: tuple[Week, ...]
    broken: str | None
    breaks_at: datetime | None
    asked: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """For a file, or a program."""
        return {"asked": self.asked, "weeks": [week.as_json() for week in self.weeks]}


def finished_of(asked: Asked, weeks: Sequence[Week]) -> Finished:
    """What a replay came to."""
    told = {
        "from": asked.began.isoformat(),
        "until": asked.ends.isoformat(),
        "reviewers": asked.reviewers,
        "accuracy": asked.accuracy,
        "share": asked.share,
        "break": asked.broken,
        "break_at": asked.breaks_at.isoformat() if asked.breaks_at else None,
    }
    return Finished(tuple(weeks), asked.broken, asked.breaks_at, told)


def keep(home: Path, finished: Finished) -> None:
    """Write it into the replay's home."""
    text = json.dumps(finished.as_json(), ensure_ascii=False, indent=2, default=str)
    (home / FILE).write_text(text + "\n", encoding="utf-8")


def read_finished(home: Path) -> Finished:
    """What a replay's home keeps of it.

    Raises:
        NotReadyError: No replay has ended there.
    """
    try:
        content = json.loads((home / FILE).read_text(encoding="utf-8"))
    except OSError:
        raise NotReadyError(
            "There is no replay in {home}: make one with `tagloop replay --from DAY`, or name its home with --home",
            home=home,
        ) from None
    asked = content["asked"]
    breaks_at = datetime.fromisoformat(asked["break_at"]) if asked["break_at"] else None
    return Finished(tuple(map(week_of, content["weeks"])), asked["break"], breaks_at, asked)
