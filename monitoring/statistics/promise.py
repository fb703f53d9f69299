"""Whether promises hold: of what was applied, at least the promised share comes true.

Looked at after every outcome and never wrong too often, see `betting`. MAPIE's `RiskMonitoring` asks the same with a
bound of Hoeffding's kind; the bet needs fewer outcomes near 1, where precisions lie.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.language import Text
from monitoring.finding import CRITICAL, NOBODY, WARNING, Alarm, Finding
from monitoring.statistics.betting import capital, interval
from monitoring.statistics.rows import Floats
from monitoring.thresholds import Thresholds
from monitoring.window import Promised

CHECK = "promise"


def promise(
    outcomes: pd.DataFrame, promised: Mapping[str, Promised], thresholds: Thresholds
) -> list[Finding]:
    """First the whole, its value the number of broken promises; then every tag with one.

    Args:
        outcomes: Rows of `customer_id`, `tag` and `value` (1 or 0) in the order in which they became known: what came
            of tags that were applied under the certificate that counts, and that no score chose to be looked at. Of
            a customer and tag the first counts, however often it was scored again: who disappoints once does so
            again, and that is no new evidence.
        promised: What is promised of each tag.
        thresholds: `promise_false_alarms` is the chance that any of the promises is ever called broken (critical)
            while all are kept; a warning is given where that chance holds for the tag alone.
    """
    known = outcomes[outcomes["value"].notna()].drop_duplicates(["tag", "customer_id"])
    by_tag = {
        str(tag): rows["value"].to_numpy(dtype=np.float64) for tag, rows in known.groupby("tag", sort=False)
    }
    level = thresholds["promise_false_alarms"].critical
    found = [
        _of_one(tag, by_tag.get(tag, np.zeros(0)), one.target, level, len(promised))
        for tag, one in promised.items()
    ]
    broken = [one.subject for one in found if one.alarm == CRITICAL]
    words = (
        Text("Broken promises: {tags}", {"tags": ", ".join(broken)})
        if broken
        else Text("No promise is broken; {n} are watched", {"n": len(found)})
    )
    alarm: Alarm | None = CRITICAL if broken else WARNING if any(one.alarm for one in found) else None
    p_value = min((one.p_value for one in found if one.p_value is not None), default=1.0)
    return [Finding(CHECK, NOBODY, float(len(broken)), words, p_value=p_value, alarm=alarm), *found]


def _of_one(tag: str, values: Floats, target: float, level: float, n_tags: int) -> Finding:
    if not len(values):
        words = Text("{tag}: nothing of what was applied has turned out yet", {"tag": tag})
        return Finding(CHECK, tag, float("nan"), words, warning=target, critical=target)
    most = float(capital(values, target).max()) if target < 1.0 else (np.inf if values.min() < 1.0 else 1.0)
    low, high = interval(values, level)
    alarm: Alarm | None = CRITICAL if most >= n_tags / level else WARNING if most >= 1.0 / level else None
    return Finding(
        CHECK,
        tag,
        float(values.mean()),
        _words(tag, values, target, alarm),
        low=low,
        high=high,
        warning=target,
        critical=target,
        p_value=min(1.0, n_tags / most),
        alarm=alarm,
    )


def _words(tag: str, values: Floats, target: float, alarm: Alarm | None) -> Text:
    about = {"tag": tag, "right": int(values.sum()), "n": len(values), "target": f"{target:.0%}"}
    if alarm == CRITICAL:
        return Text(
            "{tag}: {right} of {n} applied came true, {target} were promised: the promise is broken", about
        )
    if alarm == WARNING:
        return Text(
            "{tag}: {right} of {n} applied came true, {target} were promised: it may be broken", about
        )
    return Text("{tag}: {right} of {n} applied came true, {target} were promised", about)
