"""GET /v1/tags, /v1/segments and /v1/models."""

from fastapi import APIRouter
from starlette.responses import Response

from serving.api.access import SECURITY, MayRead
from serving.api.answers import READING, answer, problems
from serving.api.route import Route
from serving.api.schemas.catalogue import ModelsAnswer, SegmentsAnswer, TagsAnswer
from serving.catalogue import models, segments, tags

router = APIRouter(route_class=Route, tags=["Read"])


@router.get(
    "/v1/tags",
    summary="List the tags",
    description="The taxonomy: what each tag means and how it can be proved wrong. Needs the scope `read`.",
    response_model=TagsAnswer,
    responses=problems(*READING),
    openapi_extra=SECURITY,
)
async def list_tags(service: MayRead) -> Response:
    """The taxonomy."""
    return answer(tags(service.live.taxonomy, service.live.maybe_snapshot, service.settings))


@router.get(
    "/v1/segments",
    summary="List the segments",
    description="The segments with their sizes and what is typical of them. Needs the scope `read`.",
    response_model=SegmentsAnswer,
    responses=problems(*READING),
    openapi_extra=SECURITY,
)
async def list_segments(service: MayRead) -> Response:
    """The segments of the models that serve now."""
    return answer(segments(service.live.snapshot))


@router.get(
    "/v1/models",
    summary="List the models",
    description="The model versions that serve now and what they were trained on. Needs the scope `read`.",
    response_model=ModelsAnswer,
    responses=problems(*READING),
    openapi_extra=SECURITY,
)
async def list_models(service: MayRead) -> Response:
    """The models that serve now."""
    return answer(models(service.live.snapshot))
