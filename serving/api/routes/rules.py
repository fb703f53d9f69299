"""POST /v1/tags/preview: what a rule would do, before it is saved."""

import asyncio
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from core.errors import FieldError, InvalidInputError
from core.language import Text, preferred
from serving.api.access import MayManage
from serving.api.answers import SENDING, answer, problems
from serving.api.route import Route
from serving.api.schemas.rules import PreviewAnswer, PreviewRequest
from serving.service import Service
from tags.definition import Rule
from tags.previewing import preview_rule, tag_of
from tags.rules.preview import Preview

router = APIRouter(route_class=Route, tags=["Manage"])


@router.post(
    "/v1/tags/preview",
    summary="See what a rule would do",
    description=(
        "Of how many customers the rule is true, who would gain and lose the tag against now, and ten examples with "
        "the values that decided. Nothing is saved. Up to about 10,000 customers are looked at, evenly over the shop. "
        "Needs the scope `manage`."
    ),
    response_model=PreviewAnswer,
    responses=problems(*SENDING, 404, 409),
)
async def preview(body: PreviewRequest, request: Request, service: MayManage) -> Response:
    """What the rule would do."""
    found = await asyncio.to_thread(_preview, service, body)
    language = preferred(request.headers.get("accept-language"))
    warnings = [warning.render(language) for warning in found.warnings]
    content: dict[str, Any] = {**asdict(found), "share": found.share, "warnings": warnings}
    return answer(content)


def _preview(service: Service, body: PreviewRequest) -> Preview:
    if body.value is not None and body.when is None:
        text = Text("give the condition as well: value goes with when")
        raise InvalidInputError(text.message, fields=(FieldError("when", text, "required"),))
    rule = None if body.when is None else Rule(when=body.when, value=body.value)
    with service.store.read() as connection:
        workings = service.current.at(connection)
        tag = tag_of(workings.taxonomy, body.key, rule)
        return preview_rule(
            connection, service.settings, workings.taxonomy, tag, now=service.now(), before=workings
        )
