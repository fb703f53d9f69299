"""The review desk: next tasks, decisions, undo, figures."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import WithJsonSchema
from starlette.responses import Response

from core.errors import TagloopError
from review.deciding import Answer as TaskAnswer
from review.deciding import Outcome
from serving.api.access import MayReview, caller_of
from serving.api.answers import READING, SENDING, answer, problems
from serving.api.fields import Identifier, WholeNumber
from serving.api.route import Route
from serving.api.schemas.review import (
    MOST_TASKS,
    DecisionsAnswer,
    DecisionsRequest,
    LabelErrorsAnswer,
    NextAnswer,
    SimilarAnswer,
    StatsAnswer,
    UndoAnswer,
    UndoRequest,
)

TaskId = Annotated[Identifier, Path(description="the task", examples=["task_0f3a9c51d2b84e6677aa01bc"])]
HowMany = Annotated[
    WholeNumber,
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_TASKS}),
    Query(ge=1, le=MOST_TASKS, description="how many tasks"),
]

router = APIRouter(route_class=Route, tags=["Review"])


@router.get(
    "/v1/review/next",
    summary="Get the next tasks of a reviewer",
    description=(
        "Tasks for the reviewer whose key it is, leased for a few minutes; asking again gives the same ones. "
        "Needs the scope `review`."
    ),
    response_model=NextAnswer,
    responses=problems(*READING, 422),
)
async def next_tasks(request: Request, service: MayReview, n: HowMany = 10) -> Response:
    """The tasks."""
    return await asyncio.to_thread(lambda: answer(service.reviews.next(caller_of(request), n)))


@router.post(
    "/v1/review/decisions",
    summary="Send a reviewer's decisions on tasks",
    description=(
        "Keeps up to 100 decisions, each by itself: one that is refused leaves the others alone. A task whose lease "
        "has passed is decided all the same. Needs the scope `review`."
    ),
    response_model=DecisionsAnswer,
    responses=problems(*SENDING),
)
async def send_decisions(body: DecisionsRequest, request: Request, service: MayReview) -> Response:
    """Keep the decisions."""
    said = [TaskAnswer(**decision.model_dump()) for decision in body.decisions]
    outcomes = await asyncio.to_thread(service.reviews.decide, caller_of(request), said)
    return answer({"outcomes": [_outcome(one) for one in outcomes]})


@router.post(
    "/v1/review/undo",
    summary="Take a decision back",
    description="One of the reviewer's latest ten; its task is theirs again. Needs the scope `review`.",
    response_model=UndoAnswer,
    responses=problems(*SENDING, 404),
)
async def undo_decision(body: UndoRequest, request: Request, service: MayReview) -> Response:
    """Take it back."""
    return await asyncio.to_thread(lambda: answer(service.reviews.undo(caller_of(request), body.decision_id)))


@router.get(
    "/v1/review/stats",
    summary="See how far reviewing has come",
    description="Open tasks, decisions of today, and each reviewer's figures. Needs the scope `review`.",
    response_model=StatsAnswer,
    responses=problems(*READING),
)
async def read_stats(service: MayReview) -> Response:
    """The figures."""
    return await asyncio.to_thread(lambda: answer(service.reviews.progress()))


@router.get(
    "/v1/review/tasks/{task_id}/similar",
    summary="Find decided customers like that of a task",
    description=(
        "Of the latest decisions of people on the same tag those whose customers are most alike, so that like cases "
        "are decided alike. Needs the scope `review`."
    ),
    response_model=SimilarAnswer,
    responses=problems(*READING, 404, 422),
)
async def find_similar(task_id: TaskId, request: Request, service: MayReview) -> Response:
    """The most alike."""
    return await asyncio.to_thread(lambda: answer(service.reviews.similar(caller_of(request), task_id)))


@router.get(
    "/v1/review/errors",
    summary="List decisions that are likely wrong",
    description=(
        "Where a model that had not learned them is sure of the opposite, as last looked for: once a day, and by "
        "`tagloop review errors`. Needs the scope `review`."
    ),
    response_model=LabelErrorsAnswer,
    responses=problems(*READING),
)
async def read_errors(service: MayReview) -> Response:
    """The list."""
    return await asyncio.to_thread(lambda: answer(service.reviews.errors()))


def _outcome(one: Outcome) -> dict[str, object]:
    return {
        "decision_id": one.decision_id,
        "status": one.status,
        "is_second_opinion": one.is_second_opinion,
        "is_held": one.is_held,
        "revealed": None if one.revealed is None else {"confidence": one.revealed},
        "problem": None if one.problem is None else _problem(one.problem),
    }


def _problem(problem: TagloopError) -> dict[str, str]:
    return {"code": problem.code, **problem.text.in_each()}
