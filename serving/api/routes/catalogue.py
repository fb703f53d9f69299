"""GET /v1/tags, /v1/tags/{key}/guarantee, /v1/segments, /v1/segments/{key}/history and /v1/models."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from serving.api.access import MayRead
from serving.api.answers import READING, answer, problems
from serving.api.fields import Identifier
from serving.api.route import Route
from serving.api.schemas.catalogue import (
    GuaranteeAnswer,
    ModelsAnswer,
    SegmentHistoryAnswer,
    SegmentsAnswer,
    TagsAnswer,
)
from serving.catalogue import models, promise, segments, tags
from serving.segments import segment_history

TagKey = Annotated[Identifier, Path(description="the tag", examples=["coffee"])]
SegmentKey = Annotated[Identifier, Path(description="the segment", examples=["segment_1"])]

router = APIRouter(route_class=Route, tags=["Read"])


@router.get(
    "/v1/tags",
    summary="List the tags",
    description="The taxonomy: what each tag means and how it can be proved wrong. Needs the scope `read`.",
    response_model=TagsAnswer,
    responses=problems(*READING),
)
async def list_tags(service: MayRead) -> Response:
    """The taxonomy."""
    live = service.live
    return answer(tags(live.taxonomy, live.maybe_snapshot, service.settings, service.now()))


@router.get(
    "/v1/tags/{key}/guarantee",
    summary="Read what is promised of a tag",
    description=(
        "Whether the tag is applied without a person, with which promise, from what that is known, and how many "
        "more labels would certify it. Needs the scope `read`."
    ),
    response_model=GuaranteeAnswer,
    responses=problems(*READING, 404, 422),
)
async def read_guarantee(key: TagKey, service: MayRead) -> Response:
    """What is promised of the tag."""
    live = service.live
    return answer(promise(key, live.taxonomy, live.maybe_snapshot, service.now()))


@router.get(
    "/v1/segments",
    summary="List the segments",
    description="The segments with their sizes and what is typical of them. Needs the scope `read`.",
    response_model=SegmentsAnswer,
    responses=problems(*READING),
)
async def list_segments(service: MayRead) -> Response:
    """The segments of the models that serve now."""
    return answer(segments(service.live.snapshot))


@router.get(
    "/v1/segments/{key}/history",
    summary="Read what became of a segment",
    description=(
        "At which trainings the segment came to be, was kept, merged, split or ended, newest first. "
        "Needs the scope `read`."
    ),
    response_model=SegmentHistoryAnswer,
    responses=problems(*READING, 404, 422),
)
async def read_segment_history(key: SegmentKey, service: MayRead) -> Response:
    """What became of the segment."""
    found = await asyncio.to_thread(segment_history, service.store, service.live.snapshot, key)
    return answer(found)


@router.get(
    "/v1/models",
    summary="List the models",
    description="The model versions that serve now and what they were trained on. Needs the scope `read`.",
    response_model=ModelsAnswer,
    responses=problems(*READING),
)
async def list_models(service: MayRead) -> Response:
    """The models that serve now."""
    return answer(models(service.live.snapshot))
