"""Run by the AutoML system's own Python, which has nothing of ours: `python fit.py FOLDER`.

The folder holds `jobs.json` and the rows in Parquet. For each job it gets `scores/NAME.parquet`, one score a customer
of the test cutoff, and then `scores/NAME.json`, what was found and how long that took; a job that has one is not done
again. Once a job is done its name is printed.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

Job = dict[str, Any]

MOST_ROUNDS = 20
ENOUGH = 0.8  # of the limit, as the processor's time: reading and waiting for the disk count as well


def main(folder: Path) -> None:
    """Do the jobs that are not done."""
    asked = json.loads((folder / "jobs.json").read_text(encoding="utf-8"))
    (folder / "scores").mkdir(exist_ok=True)
    for job in asked["jobs"]:
        told = folder / "scores" / f"{job['name']}.json"
        if not told.exists():
            scores, facts = fitted(folder, job, asked["seconds"], asked["seed"])
            scores.to_parquet(told.with_suffix(".parquet"), index=False)
            told.write_text(json.dumps(facts), encoding="utf-8")
        print(job["name"], flush=True)


def fitted(folder: Path, job: Job, seconds: float, seed: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The scores of the customers of the test cutoff, and what the search found."""
    rows = pd.read_parquet(
        folder / job["rows"], columns=["as_of", "customer_id", job["label"], *job["columns"]]
    )
    rows = rows[rows[job["label"]].notna()]
    past, present = (
        rows[rows["as_of"].isin(pd.to_datetime(pd.Series(job[when]), utc=True))]
        for when in ("past", "present")
    )
    customers = present["customer_id"].to_numpy()
    started, worked = time.perf_counter(), time.process_time()
    if one_class(past[job["label"]]):  # nothing to learn: everybody gets what everybody did
        score, facts = past[job["label"]].iloc[0], {"estimator": None}
    else:
        found = searched(past, job, seconds, seed)
        score = found.predict_proba(present[job["columns"]])[:, 1]
        facts = {"estimator": found.best_estimator, "config": found.best_config}
    took = {
        "seconds": time.perf_counter() - started,
        "processor_seconds": time.process_time() - worked,
    }
    return pd.DataFrame({"customer_id": customers, "score": score}), facts | took


def searched(past: pd.DataFrame, job: Job, seconds: float, seed: int) -> Any:
    """The fitted search; on a busy machine it goes on from what it found until it had its time of the processor."""
    found, started = importlib.import_module("flaml").AutoML(), time.process_time()
    begin: Any = "static"
    for _ in range(MOST_ROUNDS):
        found.fit(
            task="classification",
            metric=job["metric"],
            time_budget=seconds,
            starting_points=begin,
            n_jobs=1,
            seed=seed,
            verbose=0,
            retrain_full=True,
            **split(past, job),
        )
        if found.best_estimator and time.process_time() - started >= ENOUGH * seconds:
            return found
        configs = (found.best_config_per_estimator or {}) if found.best_estimator else {}
        begin = {name: config for name, config in configs.items() if config} or "static"
    if not found.best_estimator:
        raise TimeoutError(f"{job['name']}: the machine had no time for this search")
    return found  # with less time than it was to have; the facts tell how much


def split(past: pd.DataFrame, job: Job) -> dict[str, Any]:
    """What to learn from and what to judge by: the latest cutoff of the past; of a single one, some households."""
    columns, label = job["columns"], job["label"]
    latest = past["as_of"] == past["as_of"].max()
    before, last = past[~latest], past[latest]
    if not (one_class(before[label]) or one_class(last[label])):
        return {
            "X_train": before[columns],
            "y_train": before[label].astype(int),
            "X_val": last[columns],
            "y_val": last[label].astype(int),
            "eval_method": "holdout",
        }
    return {
        "X_train": past[columns],
        "y_train": past[label].astype(int),
        "split_type": "group",
        "groups": past["customer_id"],
    }


def one_class(labels: "pd.Series[float]") -> bool:
    """Whether nothing can be learned from the labels; there may be none."""
    return bool(labels.min() == labels.max()) or labels.empty


if __name__ == "__main__":
    main(Path(sys.argv[1]))
