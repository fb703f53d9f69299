"""Leaves a check in MLflow: figures, what was found, and the page."""

import pandas as pd

from core.settings import Settings
from models.tracking import Tracking
from monitoring.check import Checked
from monitoring.summary import by_check

EXPERIMENT = "drift"


def log_check(settings: Settings, checked: Checked, page: str) -> str:
    """A run of the experiment `drift`; its id. Figures of whole checks are named by the check, alarms by `alarms/`."""
    kept = checked.kept
    tracking = Tracking(settings.tracking_uri, settings.artifacts_path)
    tags = {
        "status": kept.status,
        "act": str(checked.verdict.act).lower(),
        "because": str(checked.verdict.because),
    }
    with tracking.run(EXPERIMENT, f"until {kept.ended_at.date()}", tags=tags) as run:
        run.params(
            {
                "release_id": kept.release_id,
                "began_at": kept.began_at.isoformat(),
                "ended_at": kept.ended_at.isoformat(),
                "source": kept.source,
            }
        )
        run.metrics(_figures(checked))
        run.table("findings", _table(checked))
        run.document("course", dict(kept.course))
        run.page("drift", page)
        return run.run_id


def _figures(checked: Checked) -> dict[str, float]:
    found = by_check(checked.findings)
    wholes = {one["check"]: one["whole"]["value"] for one in found if one["whole"]}
    alarms = {f"alarms/{one['check']}": float(one["alarms"]) for one in found}
    known = {name: float(value) for name, value in wholes.items() if value is not None}
    return {"customers": float(checked.kept.customers), **known, **alarms}


def _table(checked: Checked) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "check": one.check,
                "subject": one.subject,
                "value": one.value,
                "low": one.low,
                "high": one.high,
                "warning": one.warning,
                "critical": one.critical,
                "p_value": one.p_value,
                "alarm": one.alarm or "",
                "words": str(one.words),
            }
            for one in checked.findings
        ]
    )
