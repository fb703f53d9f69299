"""Tasks for people who review in another tool, and what they said there: Label Studio's JSON, or plain CSV.

Label Studio's forms: https://labelstud.io/guide/task_format and https://labelstud.io/guide/export.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.errors import FieldError, InvalidInputError
from core.ids import content_id
from core.language import Text
from review.deciding import Answer, Said
from review.queue import Leased
from tags.taxonomy import Taxonomy

CHOICES: Mapping[Said, str] = {"accept": "Fits", "reject": "Does not fit", "skip": "Skip"}
LABEL_CONFIG = (
    '<View><Text name="question" value="$question"/><Choices name="decision" toName="question" choice="single">'
    '<Choice value="Fits"/><Choice value="Does not fit"/><Choice value="Skip"/></Choices></View>'
)
"""What a project in Label Studio needs to show our tasks."""

_SAID: Mapping[str, Said] = {choice.casefold(): word for word, choice in CHOICES.items()} | {
    word: word for word in CHOICES
}
CSV_COLUMNS = (
    "task_id",
    "customer_id",
    "tag",
    "name",
    "definition",
    "as_of",
    "confidence",
    "decision",
    "note",
)
_MILLISECONDS = 1_000

Row = Mapping[str, Any]


def to_label_studio(leased: Sequence[Leased], taxonomy: Taxonomy) -> str:
    """The tasks as Label Studio imports them; the suggestion comes as a prediction unless the task is blind."""
    return json.dumps([_studio_task(one, taxonomy) for one in leased], ensure_ascii=False, indent=2) + "\n"


def to_csv(leased: Sequence[Leased], taxonomy: Taxonomy) -> str:
    """The tasks as a table with two columns to fill in: decision (accept, reject, skip) and note."""
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for one in leased:
        task, tag = one.task, taxonomy[one.task.tag]
        writer.writerow(
            {
                "task_id": task.task_id,
                "customer_id": task.customer_id,
                "tag": task.tag,
                "name": f"{tag.name.en} / {tag.name.zh}",
                "definition": f"{tag.definition.en} / {tag.definition.zh}",
                "as_of": task.as_of.isoformat(),
                "confidence": "" if _is_hidden(one) else f"{task.confidence:.4f}",
            }
        )
    return out.getvalue()


def from_label_studio(text: str) -> list[Answer]:
    """The answers in an export of Label Studio (JSON); tasks without an annotation have none.

    Raises:
        InvalidInputError: It is no such export, or a decision is none of the three; every culprit is named.
    """
    try:
        tasks = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInputError(
            "The file is no JSON: line {line}: {problem}", line=error.lineno, problem=error.msg
        ) from None
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise InvalidInputError("Expected Label Studio's export: a list of tasks with annotations")
    return _answers(tasks, _studio_answer)


def from_csv(text: str) -> list[Answer]:
    """The answers in a filled table; rows without a decision have none.

    Raises:
        InvalidInputError: A column is missing, or a decision is none of the three; every culprit is named.
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = {"task_id", "decision"} - set(rows.fieldnames or ())
    if missing:
        raise InvalidInputError(
            "The table lacks the columns {columns}; `tagloop review export` writes them",
            columns=", ".join(sorted(missing)),
        )
    return _answers(list(rows), _csv_answer)


def _studio_task(one: Leased, taxonomy: Taxonomy) -> dict[str, Any]:
    task, tag = one.task, taxonomy[one.task.tag]
    question = (
        f"{tag.name.en} / {tag.name.zh}: {tag.definition.en} / {tag.definition.zh} ({task.customer_id})"
    )
    made: dict[str, Any] = {
        "data": {
            "task_id": task.task_id,
            "customer_id": task.customer_id,
            "tag": task.tag,
            "as_of": task.as_of.isoformat(),
            "question": question,
        }
    }
    if not _is_hidden(one):
        likely = CHOICES["accept" if task.confidence >= 0.5 else "reject"]  # noqa: PLR2004 (more likely than not)
        result = {"from_name": "decision", "to_name": "question", "type": "choices"}
        made["predictions"] = [
            {
                "model_version": task.model,
                "score": task.confidence,
                "result": [{**result, "value": {"choices": [likely]}}],
            }
        ]
    return made


def _is_hidden(one: Leased) -> bool:
    """Whether nothing is told of what the models say: it is blind, or no model knows the tag yet."""
    return bool(one.task.is_blind) or one.task.confidence is None


def _answers(rows: Sequence[Row], read: Callable[[Row], Answer | None]) -> list[Answer]:
    found, wrong = [], []
    for number, row in enumerate(rows):
        try:
            answer = read(row)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            text = Text(
                "expected a task_id and one of accept, reject, skip, got {problem}",
                {"problem": f"{type(error).__name__}: {error}"},
            )
            wrong.append(FieldError(f"tasks.{number}", text, "wrong_answer"))
        else:
            found += [answer] if answer else []
    if wrong:
        raise InvalidInputError(
            "{count} rows cannot be read; nothing was kept", count=len(wrong), fields=tuple(wrong)
        )
    return found


def _studio_answer(row: Row) -> Answer | None:
    annotations = [one for one in row.get("annotations", ()) if not one.get("was_cancelled")]
    if not annotations:
        return None
    last = annotations[-1]
    choice = last["result"][0]["value"]["choices"][0]
    seconds = last.get("lead_time")
    return _answer(row["data"]["task_id"], choice, None if seconds is None else float(seconds), None)


def _csv_answer(row: Row) -> Answer | None:
    if not (row["decision"] or "").strip():
        return None
    return _answer(row["task_id"], row["decision"], None, row.get("note") or None)


def _answer(task_id: str, choice: str, seconds: float | None, note: str | None) -> Answer:
    said = _SAID.get(choice.strip().casefold())
    if said is None:
        raise ValueError(choice)
    return Answer(
        decision_id=f"import_{content_id(task_id, said, note or '')}",
        task_id=task_id,
        decision=said,
        milliseconds=None if seconds is None else int(_MILLISECONDS * seconds),
        note=note,
    )
