"""POST /v1/feedback."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from core.language import Language, Text
from review.decisions import Decision
from serving.api.access import MayDecide
from serving.api.answers import SENDING, answer, problems
from serving.api.problems import language_of
from serving.api.route import Route
from serving.api.schemas.feedback import FeedbackAnswer, FeedbackRequest
from serving.service import Service
from tags.taxonomy import ReviewedOutcome, Tag

OF_OUTCOME = Text(
    "It governs the customer's profile while it holds, and is kept as a label of its own; "
    "the tag's model goes on learning from what customers do"
)
OF_REVIEW = Text(
    "It governs the customer's profile while it holds, and the next `tagloop train` learns from it"
)

router = APIRouter(route_class=Route, tags=["Send"])


@router.post(
    "/v1/feedback",
    summary="Send a reviewer's decision",
    description=(
        "Keeps a reviewer's accept or reject of a tag for a customer as a label. While it holds, the tag is "
        "shown as decided. A newer decision on the same tag outranks it. Needs the scope `feedback`."
    ),
    response_model=FeedbackAnswer,
    responses=problems(*SENDING, 404, 409),
)
async def send_feedback(body: FeedbackRequest, request: Request, service: MayDecide) -> Response:
    """Keep the decision."""
    return await asyncio.to_thread(_decide, body, service, language_of(request))


def _decide(body: FeedbackRequest, service: Service, language: Language) -> Response:
    recorded, tag = service.decide(_decision(body))
    status = "recorded" if recorded.is_new else "already_recorded"
    return answer(
        {
            "decision_id": body.decision_id,
            "status": status,
            "holds_until": recorded.holds_until,
            "next": _next(tag).render(language),
        }
    )


def _decision(body: FeedbackRequest) -> Decision:
    return Decision(
        decision_id=body.decision_id,
        customer_id=body.customer_id,
        tag=body.tag,
        accepted=body.decision == "accept",
        reviewer=body.reviewer,
        as_of=body.as_of,
        note=body.note,
        shown_confidence=body.shown_confidence,
        shown_model=body.shown_release_id,
    )


def _next(tag: Tag) -> Text:
    return OF_REVIEW if isinstance(tag.outcome, ReviewedOutcome) else OF_OUTCOME
