"""GET /v1/tags/{key}/quality."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from serving.api.access import MayRead
from serving.api.answers import READING, answer, problems
from serving.api.fields import Identifier
from serving.api.route import Route
from serving.api.schemas.quality import QualityAnswer
from serving.tag_report.answers import quality

TagKey = Annotated[Identifier, Path(description="the tag", examples=["coffee"])]

router = APIRouter(route_class=Route, tags=["Read"])


@router.get(
    "/v1/tags/{key}/quality",
    summary="Read what a tag is worth",
    description=(
        "Coverage, precision, what it tells about later spend and purchases, overlap with other tags, stability, age "
        "and use, and what to do about it: as the report of the day found. Needs the scope `read`."
    ),
    response_model=QualityAnswer,
    responses=problems(*READING, 404, 422),
)
async def read_quality(key: TagKey, service: MayRead) -> Response:
    """What the tag is worth."""
    found = await asyncio.to_thread(quality, service.store, service.live.taxonomy, key)
    return answer(found)
