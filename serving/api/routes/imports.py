"""Imports of tags: make, list, read and undo them."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from core.language import Language
from serving.api.access import MayManage, caller_of
from serving.api.answers import READING, SENDING, answered, problems
from serving.api.fields import Identifier
from serving.api.problems import language_of
from serving.api.route import Route
from serving.api.schemas.imports import ImportAnswer, ImportRequest, ImportsAnswer
from tags.imports.record import Kept
from tags.imports.rows import Row
from tags.imports.telling import entry, refused_rows

ImportId = Annotated[Identifier, Path(description="the import", examples=["crm-2018-01-01"])]

router = APIRouter(route_class=Route, tags=["Manage"])


@router.post(
    "/v1/imports",
    summary="Import tags",
    description=(
        "Takes up to 10,000 rows of customer and tag. What can be applied is applied at once and is on disk before the "
        "answer; rows of unknown customers are held until these appear; every other row is told with its reason. An "
        "import outranks rules, triggers and models. Sending it again counts once. Needs the scope `manage`."
    ),
    response_model=ImportAnswer,
    responses=problems(*SENDING, 409),
)
async def take_import(body: ImportRequest, request: Request, service: MayManage) -> Response:
    """Import the rows."""
    request.state.counts = {"rows": len(body.rows)}
    rows = [
        Row(line, row.customer_id, row.tag, row.value, row.confidence, row.until)
        for line, row in enumerate(body.rows, start=1)
    ]

    def taken() -> dict[str, Any]:
        kept, is_new = service.imports.take(body.import_id, rows, by=caller_of(request))
        return _told(kept, "imported" if is_new else "already_imported", language_of(request))

    return await answered(taken)


@router.get(
    "/v1/imports",
    summary="List imports",
    description="All imports of files and of calls, the newest first. Needs the scope `manage`.",
    response_model=ImportsAnswer,
    responses=problems(*READING),
)
async def list_imports(service: MayManage) -> Response:
    """All of them."""
    return await answered(lambda: {"imports": [entry(kept) for kept in service.imports.all()]})


@router.get(
    "/v1/imports/{import_id}",
    summary="Read an import",
    description="One import with what became of its rows. Needs the scope `manage`.",
    response_model=ImportAnswer,
    responses=problems(*READING, 404, 422),
)
async def read_import(import_id: ImportId, request: Request, service: MayManage) -> Response:
    """One of them."""
    language = language_of(request)
    return await answered(lambda: _told(service.imports.one(import_id), "known", language))


@router.post(
    "/v1/imports/{import_id}/undo",
    summary="Undo an import",
    description=(
        "Takes an import back as a whole: its tags end, rows that wait are dropped, and what it had replaced of "
        "earlier imports returns. What profiles were in the meantime stays to be read. Needs the scope `manage`."
    ),
    response_model=ImportAnswer,
    responses=problems(*READING, 404, 409, 422),
)
async def undo_import(import_id: ImportId, request: Request, service: MayManage) -> Response:
    """Take it back."""
    by, language = caller_of(request), language_of(request)
    return await answered(lambda: _told(service.imports.undo(import_id, by=by), "undone", language))


def _told(kept: Kept, status: str, language: Language) -> dict[str, Any]:
    return {**entry(kept), "status": status, "refused_rows": refused_rows(kept.tally, language)}
