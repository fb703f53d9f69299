"""The exchange with an AutoML system: what it is asked, and what is made of its answers."""

import json
import sys
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.automl import environment, fit
from benchmarks.automl.beside import AUTOML, beside
from benchmarks.automl.jobs import write_jobs
from core.clock import midnight
from core.errors import UnavailableError
from tests.training.panels import TAGS, calendar_of, panel_rows
from training.candidates import INTEREST
from training.cutoffs import Plan, plan_cutoffs
from training.data import Rows

CALENDAR = calendar_of()
UNTIL = midnight(datetime(2024, 1, 1).date(), CALENDAR.zone)  # noqa: DTZ001 (a date)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_cutoffs(UNTIL, CALENDAR)


@pytest.fixture(scope="module")
def rows() -> Rows:
    return panel_rows(
        CALENDAR, UNTIL, lambda X, tag: (X[f"baskets_84d__{tag}"] / 8).clip(0.05, 0.9).to_numpy()
    )


def asked(folder: Path, rows: Rows, plan: Plan, *, seconds: float = 5.0) -> list[str]:
    return write_jobs(folder, {"interest": rows}, plan, seconds=seconds, seed=0)


def answer(folder: Path, name: str, scores: "pd.Series[float]") -> None:
    """What `fit.py` leaves, in another order of customers."""
    (folder / "scores").mkdir(exist_ok=True)
    mixed = scores.rename_axis("customer_id").rename("score").sample(frac=1, random_state=0).reset_index()
    mixed.to_parquet(folder / "scores" / f"{name}.parquet", index=False)
    (folder / "scores" / f"{name}.json").write_text(json.dumps({"processor_seconds": 7.0}), encoding="utf-8")


def test_each_label_is_asked_at_each_test_cutoff_about_what_came_before(
    tmp_path: Path, rows: Rows, plan: Plan
) -> None:
    names = asked(tmp_path, rows, plan)
    jobs = json.loads((tmp_path / "jobs.json").read_text(encoding="utf-8"))["jobs"]
    assert [job["name"] for job in jobs] == names
    assert len(names) == len(plan.tests) * len(TAGS)
    for job in jobs:
        cutoff = datetime.fromisoformat(job["present"][0])
        assert [CALENDAR.end(datetime.fromisoformat(past)) <= cutoff for past in job["past"]] == [True] * len(
            plan.before(cutoff)
        )


def test_label_gets_its_own_columns_and_those_of_nobody_else(tmp_path: Path, rows: Rows, plan: Plan) -> None:
    asked(tmp_path, rows, plan)
    job = json.loads((tmp_path / "jobs.json").read_text(encoding="utf-8"))["jobs"][0]
    assert job["label"] == "label__coffee"
    assert {name.partition("__")[2] for name in job["columns"]} == {"", "coffee"}
    written = pd.read_parquet(tmp_path / job["rows"])
    assert {*job["columns"], job["label"], "as_of", "customer_id"} <= set(written.columns)


def test_scores_are_kept_until_something_else_is_asked(tmp_path: Path, rows: Rows, plan: Plan) -> None:
    name = asked(tmp_path, rows, plan)[0]
    answer(tmp_path, name, pd.Series({"c000": 0.5}))
    asked(tmp_path, rows, plan)
    assert len(list(tmp_path.glob("scores/*"))) == 2
    asked(tmp_path, rows, plan, seconds=6.0)
    assert list(tmp_path.glob("scores/*")) == []


def test_search_that_knows_the_outcome_is_ahead_of_ours_with_its_interval(
    tmp_path: Path, rows: Rows, plan: Plan
) -> None:
    asked(tmp_path, rows, plan)
    for cutoff in plan.tests:
        truth = rows.at([cutoff]).Y.droplevel("as_of")
        for tag in TAGS:
            answer(tmp_path, f"interest-{cutoff.date()}-{tag}", truth[tag])
    found = beside(INTEREST, "logistic_history", rows, plan, tmp_path, seed=0)
    by_model = {line.model: line for line in found.lines}
    assert list(by_model) == ["logistic", "logistic_history", AUTOML]
    assert by_model[AUTOML].mean == 1.0
    assert by_model[AUTOML].seconds == 7.0 * len(plan.tests) * len(TAGS)
    assert found.ahead[2] < 0  # ours is behind, and certainly so
    assert found.ahead_new is not None
    assert found.ahead_new[2] < 0


def test_the_latest_cutoff_judges_what_the_others_taught() -> None:
    past = pd.DataFrame(
        {"as_of": [1, 1, 2, 2], "customer_id": list("abab"), "x": [0.0, 1, 2, 3], "y": [0.0, 1, 1, 0]}
    )
    parts = fit.split(past, {"columns": ["x"], "label": "y"})
    assert (parts["X_train"]["x"].tolist(), parts["X_val"]["x"].tolist()) == ([0, 1], [2, 3])


def test_a_single_cutoff_is_split_by_customers() -> None:
    past = pd.DataFrame({"as_of": [1, 1], "customer_id": list("ab"), "x": [0.0, 1], "y": [0.0, 1]})
    parts = fit.split(past, {"columns": ["x"], "label": "y"})
    assert parts["groups"].tolist() == ["a", "b"]
    assert "X_val" not in parts


def test_label_of_one_class_is_not_searched(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {"as_of": pd.to_datetime([1, 2], utc=True), "customer_id": ["a", "b"], "x": 1.0, "y": 0.0}
    )
    rows.to_parquet(tmp_path / "rows.parquet")
    job = {"rows": "rows.parquet", "label": "y", "columns": ["x"]}
    job |= {"past": [str(rows["as_of"][0])], "present": [str(rows["as_of"][1])]}
    scores, facts = fit.fitted(tmp_path, job, 5.0, 0)
    assert scores.to_dict("list") == {"customer_id": ["b"], "score": [0.0]}
    assert facts["estimator"] is None


def test_environment_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    (tmp_path / environment.INSTALLED).write_bytes(environment.REQUIREMENTS.read_bytes())
    assert environment.make_environment(tmp_path).is_relative_to(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [environment.INSTALLED]


def test_search_that_fails_says_where_to_look(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"search\.log"):
        list(environment.search(Path(sys.executable), tmp_path))  # there is no jobs.json
    assert "jobs.json" in (tmp_path / "search.log").read_text(encoding="utf-8")
