"""GET /v1/customers and POST /v1/customers/count."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError, WithJsonSchema
from starlette.responses import Response

from serving.api.access import MayRead
from serving.api.answers import READING, SENDING, answer, answered, problems
from serving.api.fields import Identifier, Instant, Share, WholeNumber, YesOrNo
from serving.api.route import Route
from serving.api.schemas.audience import (
    MOST_TAGS,
    AudienceAnswer,
    AudienceCursor,
    CountAnswer,
    CountRequest,
    cursor_of,
)
from serving.audience import OF_ONE, Asked

CUSTOMERS_A_PAGE = 100
MOST_A_PAGE = 1_000
OF_ALL = f"tag{OF_ONE}"

All = Annotated[
    list[Identifier] | None,
    Query(
        max_length=MOST_TAGS,
        description="tags all of which are carried: `all=coffee,tea`, or several times; `age_band:25-34` is one value",
    ),
]
Any = Annotated[
    list[Identifier] | None, Query(max_length=MOST_TAGS, description="tags at least one of which is carried")
]
None_ = Annotated[
    list[Identifier] | None,
    Query(alias="none", max_length=MOST_TAGS, description="tags none of which is carried"),
]
MinConfidence = Annotated[
    Share | None,
    Query(
        alias=OF_ALL,
        description="how sure it has to be at least of the tags in all and any; `coffee.min_confidence` says it of one "
        "tag. What a person, an import or a rule says without a confidence is sure",
    ),
]
Segment = Annotated[Identifier | None, Query(description="the segment that the customer is in, as of now")]
AsOf = Annotated[
    Instant | None, Query(description="the instant whose profiles are searched; now if left out")
]
Limit = Annotated[
    WholeNumber,
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_A_PAGE}),
    Query(ge=1, le=MOST_A_PAGE, description="customers a page"),
]
From = Annotated[AudienceCursor | None, Query(description="next_cursor of the page before")]
WithTags = Annotated[
    YesOrNo, Query(description="whether each customer comes with everything that they carry")
]

_SHARE: TypeAdapter[float] = TypeAdapter(Share)

router = APIRouter(route_class=Route, tags=["Read"])


@router.get(
    "/v1/customers",
    summary="Find customers by their tags",
    description=(
        "Who carries all of some tags, any of others and none of the rest, now or at a past instant, in the order of "
        "their ids. Needs the scope `read`."
    ),
    response_model=AudienceAnswer,
    responses=problems(*READING, 404, 422),
)
async def find_customers(
    request: Request,
    service: MayRead,
    *,
    all: All = None,  # noqa: A002 (the name in the address)
    any: Any = None,  # noqa: A002 (as above)
    none: None_ = None,
    min_confidence: MinConfidence = None,
    segment: Segment = None,
    as_of: AsOf = None,
    limit: Limit = CUSTOMERS_A_PAGE,
    cursor: From = None,
    with_tags: WithTags = False,
) -> Response:
    """A page of those who are meant."""
    asked = Asked(_parts(all), _parts(any), _parts(none), min_confidence, _of_tags(request), segment)
    return await asyncio.to_thread(
        lambda: _page(
            service.audience.page(asked, as_of=as_of, after=cursor, limit=limit, with_tags=with_tags)
        )
    )


@router.post(
    "/v1/customers/count",
    summary="Count customers by their tags",
    description=(
        "How many customers meet each of several conditions, and each two of them together, over the same profiles. "
        "Needs the scope `read`."
    ),
    response_model=CountAnswer,
    responses=problems(*SENDING, 404),
)
async def count_customers(body: CountRequest, service: MayRead) -> Response:
    """The counts."""
    asked = [
        Asked(
            one.all,
            one.any,
            one.none,
            one.min_confidence,
            segment=one.segment,
            where=one.where,
            name=one.name,
        )
        for one in body.searches
    ]
    return await answered(lambda: service.audience.count(asked, as_of=body.as_of))


def _page(found: dict[str, object]) -> Response:
    after = found.pop("next")
    return answer({**found, "next_cursor": None if after is None else cursor_of(str(after))})


def _parts(texts: list[str] | None) -> list[str]:
    """The tags of an address, where several may stand with commas between."""
    parts = (part.strip() for text in texts or () for part in text.split(","))
    return [part for part in parts if part]


def _of_tags(request: Request) -> dict[str, float]:
    """The confidences that the address asks of single tags: `coffee.min_confidence=0.8`."""
    found = {}
    for name, text in request.query_params.multi_items():
        if name.endswith(OF_ONE) and name != OF_ALL:
            try:
                found[name.removesuffix(OF_ONE)] = _SHARE.validate_python(text)
            except ValidationError as error:
                wrong = [{**one, "loc": ("query", name)} for one in error.errors()]
                raise RequestValidationError(wrong) from None
    return found
