"""What a retraining leaves in MLflow: reasons, figures, a table by tag, and what was decided."""

from datetime import datetime

import pandas as pd

from models.runs import Run
from training.loop.retrained import Comparison, Retrained

EXPERIMENT = "retrain"


def record_reasons(run: Run, found: Retrained, *, until: datetime) -> None:
    """Why it began, and against what."""
    run.params(
        {
            "until": until.isoformat(),
            "reasons": ", ".join(one.code for one in found.reasons),
            **{f"champion_{part}": version for part, version in found.champion.items()},
        }
    )
    run.document("reasons", {"reasons": [one.as_json() for one in found.reasons]})


def record_comparison(run: Run, comparison: Comparison) -> None:
    """Figures by part as `difference/PART`, and a table of all tags."""
    for one in comparison.parts:
        names = ("champion", "challenger", "difference", "low", "high")
        run.metrics({f"{name}/{one.part}": getattr(one.figures, name) for name in names})
        if one.tags:
            rows = [{"tag": tag.tag, "positives": tag.positives, **vars(tag.figures)} for tag in one.tags]
            run.table(f"by_tag_{one.part}", pd.DataFrame(rows).set_index("tag"))
    run.document("comparison", comparison.as_json())


def record_outcome(run: Run, found: Retrained) -> None:
    """What happened, and who serves."""
    rulings = found.comparison.rulings if found.comparison else ()
    run.tags(
        {
            "happened": found.happened,
            **{f"ruling_{one.part}": f"{one.code}: {one.because}" for one in rulings},
            **({"refused_because": str(found.refused)} if found.refused else {}),
        }
    )
    run.document("retraining", found.as_json())
