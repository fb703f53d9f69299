"""GET /v1/customers/{id}/tags and /history; PUT and DELETE /v1/customers/{id}/tags/{key}."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import WithJsonSchema
from starlette.responses import Response

from serving.api.access import MayDecide, MayRead
from serving.api.answers import READING, SENDING, answer, answered, problems
from serving.api.fields import WHOLE_DIGITS, Identifier, Instant, Prose, WholeNumber
from serving.api.route import Route
from serving.api.schemas.assignments import (
    AssignmentsAnswer,
    HistoryAnswer,
    TakenBackAnswer,
    WordAnswer,
    WordRequest,
)
from serving.service import Service
from tags.profile.people import Heard, Word

CHANGES_A_PAGE = 50
MOST_A_PAGE = 500

CustomerId = Annotated[Identifier, Path(description="the customer; an id may hold slashes", examples=["1"])]
TagKey = Annotated[Identifier, Path(description="the tag", examples=["coffee"])]
AsOf = Annotated[
    Instant | None, Query(description="an instant, past or to come as far as is known now; now if left out")
]
OfTag = Annotated[Identifier | None, Query(description="only changes of this tag")]
Before = Annotated[
    WholeNumber | None,
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 10**WHOLE_DIGITS - 1}),
    Query(description="next_cursor of the page before"),
]
Limit = Annotated[
    WholeNumber,
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_A_PAGE}),
    Query(ge=1, le=MOST_A_PAGE, description="changes a page"),
]
WordId = Annotated[Identifier, Query(description="your own id of this word; sending it again counts once")]
By = Annotated[Identifier, Query(description="who says it")]
Note = Annotated[Prose | None, Query(description="anything worth keeping")]

router = APIRouter(route_class=Route)


@router.get(
    "/v1/customers/{customer_id:path}/tags",
    tags=["Read"],
    summary="Read a customer's tags of all sources",
    description=(
        "The tags that the customer carries at an instant: from rules, triggers, imports, people and models, each "
        "with who says so, why, since when and until when. Needs the scope `read`."
    ),
    response_model=AssignmentsAnswer,
    responses=problems(*READING, 404, 422),
)
async def read_tags(customer_id: CustomerId, service: MayRead, as_of: AsOf = None) -> Response:
    """The tags that the customer carries."""
    return await answered(lambda: service.tags_of(customer_id, as_of))


@router.get(
    "/v1/customers/{customer_id:path}/history",
    tags=["Read"],
    summary="Read how a customer's tags changed",
    description="The changes of the customer's tags, newest first, each with its why. Needs the scope `read`.",
    response_model=HistoryAnswer,
    responses=problems(*READING, 404, 422),
)
async def read_history(
    customer_id: CustomerId,
    service: MayRead,
    tag: OfTag = None,
    before: Before = None,
    limit: Limit = CHANGES_A_PAGE,
) -> Response:
    """A page of the changes."""
    return await answered(
        lambda: service.tagging.history_of(customer_id, tag=tag, before=before, limit=limit)
    )


@router.put(
    "/v1/customers/{customer_id:path}/tags/{key}",
    tags=["Send"],
    summary="Put a tag on a customer",
    description=(
        "A person says that the tag fits the customer, or which value it has. It outranks imports, rules, triggers "
        "and models until the tag's lifetime ends or somebody says otherwise. Needs the scope `feedback`."
    ),
    response_model=WordAnswer,
    responses=problems(*SENDING, 404, 409),
)
async def put_tag(customer_id: CustomerId, key: TagKey, body: WordRequest, service: MayDecide) -> Response:
    """Take the word down."""
    word = Word(body.word_id, customer_id, key, carries=True, by=body.by, value=body.value, note=body.note)
    return await asyncio.to_thread(_say, word, service)


@router.delete(
    "/v1/customers/{customer_id:path}/tags/{key}",
    tags=["Send"],
    summary="Take a tag off a customer",
    description=(
        "A person says that the tag does not fit the customer: no rule, trigger, import or model puts it back until "
        "that lapses. Needs the scope `feedback`."
    ),
    response_model=WordAnswer,
    responses=problems(401, 403, 404, 409, 422, 503),
)
async def remove_tag(
    customer_id: CustomerId, key: TagKey, service: MayDecide, word_id: WordId, by: By, note: Note = None
) -> Response:
    """Take the word down."""
    word = Word(word_id, customer_id, key, carries=False, by=by, note=note)
    return await asyncio.to_thread(_say, word, service)


@router.delete(
    "/v1/customers/{customer_id:path}/tags/{key}/word",
    tags=["Send"],
    summary="Take back what people said of a customer's tag",
    description=(
        "Ends the word of a person on this tag, whether it put the tag on or took it off, so that the other sources "
        "count again. Repeating it changes nothing. Needs the scope `feedback`."
    ),
    response_model=TakenBackAnswer,
    responses=problems(401, 403, 404, 422, 503),
)
async def take_back(customer_id: CustomerId, key: TagKey, service: MayDecide) -> Response:
    """End the word that stands."""
    done = await asyncio.to_thread(service.tagging.take_back, customer_id, key)
    return answer({"status": "taken_back" if done else "nothing_to_take_back"})


def _say(word: Word, service: Service) -> Response:
    heard: Heard = service.tagging.say(word)
    status = "recorded" if heard.is_new else "already_recorded"
    return answer({"word_id": word.word_id, "status": status, "holds_until": heard.holds_until})
