"""What an audit drew from: how many suggestions of each tag and decision, and what the models said of all of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from core.storage.upsert import insert_new
from review.suggestions import Suggested
from review.tables import AuditFrame

Floats = NDArray[np.float64]


def keep_frame(connection: Connection, draw_id: str, free: Sequence[Suggested], chances: Floats) -> None:
    """Keep it for the day's draw; what had no chance to be drawn is not of the frame.

    With it the models' word on what was not drawn tightens what the draw says (prediction-powered inference).
    """
    sums: dict[tuple[str, str], tuple[int, float]] = {}
    for one, chance in zip(free, chances.tolist(), strict=True):
        if chance > 0.0:
            count, total = sums.get((one.tag, one.decision), (0, 0.0))
            sums[one.tag, one.decision] = count + 1, total + one.confidence
    rows = [
        {
            "draw_id": draw_id,
            "tag": tag,
            "decision": decision,
            "suggestions": count,
            "confidence": total / count,
        }
        for (tag, decision), (count, total) in sums.items()
    ]
    insert_new(connection, AuditFrame, rows)
