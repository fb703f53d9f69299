"""Tasks go to another tool and decisions come back, without one lost or counted twice."""

import csv
import io
import json
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import InvalidInputError
from review.deciding import answer_tasks
from review.exchange import CSV_COLUMNS, from_csv, from_label_studio, to_csv, to_label_studio
from review.pace import LOOKED_BACK
from review.tables import Label
from tests.review.conftest import Desk, suggested


@pytest.fixture
def planned(desk: Desk) -> Desk:
    desk.suggest(suggested(100))
    desk.plan()
    return desk


def annotated(task: dict[str, Any], choice: str, **more: Any) -> dict[str, Any]:
    result = {"from_name": "decision", "to_name": "question", "type": "choices"}
    one = {"result": [{**result, "value": {"choices": [choice]}}], "lead_time": 3.2, **more}
    return {**task, "annotations": [one]}


def test_tasks_go_to_label_studio_and_its_export_comes_back_as_labels(planned: Desk) -> None:
    leased = planned.next("lin", 3)
    tasks = json.loads(to_label_studio(leased, planned.taxonomy))
    assert [task["predictions"][0]["score"] for task in tasks] == [one.task.confidence for one in leased]
    assert (
        "咖啡" in "".join(task["data"]["question"] for task in tasks) or "茶" in tasks[0]["data"]["question"]
    )
    filled = [annotated(tasks[0], "Fits"), annotated(tasks[1], "Does not fit"), tasks[2]]
    answers = from_label_studio(json.dumps(filled))
    assert [one.decision for one in answers] == ["accept", "reject"]
    assert answers[0].milliseconds == 3_200
    for _ in range(2):
        with planned.store.write() as connection:
            outcomes = answer_tasks(
                connection, answers, "lin", planned.taxonomy, planned.settings, now=planned.now
            )
    assert [one.status for one in outcomes] == ["already_recorded"] * 2
    with planned.store.read() as connection:
        values = connection.scalars(select(Label.value).order_by(Label.seq)).all()
    assert values == [True, False]


def test_a_table_is_filled_in_and_read_back_however_the_words_are_written(planned: Desk) -> None:
    leased = planned.next("lin", 4)
    rows = list(csv.DictReader(io.StringIO(to_csv(leased, planned.taxonomy))))
    assert tuple(rows[0]) == CSV_COLUMNS
    for row, said in zip(rows, ["accept", " Reject ", "", "SKIP"], strict=True):
        row["decision"] = said
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    answers = from_csv("\ufeff" + out.getvalue())
    assert [one.decision for one in answers] == ["accept", "reject", "skip"]
    assert {one.milliseconds for one in answers} == {None}


def test_many_equal_decisions_of_which_nobody_knows_how_long_they_took_count(planned: Desk) -> None:
    leased = planned.next("lin", LOOKED_BACK + 2)
    table = "task_id,decision\n" + "".join(f"{one.task.task_id},accept\n" for one in leased)
    with planned.store.write() as connection:
        outcomes = answer_tasks(
            connection, from_csv(table), "lin", planned.taxonomy, planned.settings, now=planned.now
        )
    assert not any(one.is_held for one in outcomes)


def test_a_blind_task_goes_out_without_the_models_opinion(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(update={"blind_share": 1.0})
    desk.suggest(suggested(20))
    desk.plan()
    leased = desk.next("lin", 2)
    assert "predictions" not in json.loads(to_label_studio(leased, desk.taxonomy))[0]
    assert next(csv.DictReader(io.StringIO(to_csv(leased, desk.taxonomy))))["confidence"] == ""


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (from_label_studio, "{", "no JSON"),
        (from_label_studio, "{}", "list of tasks"),
        (from_label_studio, json.dumps([annotated({"data": {"task_id": "t"}}, "Perhaps")]), "1 rows"),
        (from_label_studio, json.dumps([annotated({"data": {}}, "Fits")]), "1 rows"),
        (from_csv, "customer,said\n1,yes\n", "decision, task_id"),
        (from_csv, "task_id,decision\nt,yes\nu,accept\nv,no\n", "2 rows"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole_and_says_why(read: Any, text: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        read(text)
