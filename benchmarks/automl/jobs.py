"""What the AutoML system is asked: one job a label and test cutoff, and the rows for them, in a folder."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from models.boosting import general_columns, own_columns
from training.cutoffs import Plan
from training.data import Rows

METRICS: Mapping[str, str] = {"interest": "ap", "churn": "roc_auc"}
"""What the search maximizes for each model: what the comparison measures."""


def write_jobs(folder: Path, rows: Mapping[str, Rows], plan: Plan, *, seconds: float, seed: int) -> list[str]:
    """Write `jobs.json` and the rows of each model; the names of the jobs.

    A label gets the columns that our own boosted trees get: those of its group and those of no group.
    Scores that a run with the same rows, limit and seed left are kept; others are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [job for model, of_model in rows.items() for job in _jobs(model, of_model, plan)]
    asked = json.dumps({"seconds": seconds, "seed": seed, "jobs": jobs}, ensure_ascii=False)
    file = folder / "jobs.json"
    if not (file.exists() and file.read_text(encoding="utf-8") == asked):
        for old in folder.glob("scores/*"):
            old.unlink()
        for model, of_model in rows.items():
            _frame(of_model).to_parquet(folder / f"{model}.parquet", index=False)
        file.write_text(asked, encoding="utf-8")
    return [str(job["name"]) for job in jobs]


def job_name(model: str, cutoff: str, label: str) -> str:
    """The name of a label's job at a cutoff, as a file is called."""
    return f"{model}-{cutoff}-{label}"


def _jobs(model: str, rows: Rows, plan: Plan) -> Iterator[dict[str, Any]]:
    available = [str(name) for name in rows.X.columns]
    for cutoff in plan.tests:
        for label in rows.Y.columns:
            yield {
                "name": job_name(model, str(cutoff.date()), label),
                "rows": f"{model}.parquet",
                "label": f"label__{label}",
                "metric": METRICS[model],
                "columns": [*own_columns(label, available), *general_columns(available)],
                "past": _instants(plan.before(cutoff)),
                "present": _instants([cutoff]),
            }


def _instants(cutoffs: Sequence[datetime]) -> list[str]:
    return [cutoff.isoformat() for cutoff in cutoffs]


def _frame(rows: Rows) -> pd.DataFrame:
    return rows.X.join(rows.Y.add_prefix("label__")).reset_index()
