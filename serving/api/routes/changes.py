"""GET /v1/changes."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import WithJsonSchema
from starlette.responses import Response

from serving.api.access import MayRead
from serving.api.answers import READING, answer, problems
from serving.api.fields import Identifier, WholeNumber
from serving.api.route import Route
from serving.api.schemas.changes import LATEST, ChangeCursor, ChangesAnswer
from serving.service import Service
from tags.outbox.feed import Page

CHANGES_A_PAGE = 100
MOST_A_PAGE = 1_000
LONGEST_WAIT = 30  # seconds
MOST_TAGS = 100

After = Annotated[
    ChangeCursor | None,
    Query(
        description="next_cursor of the page before; `latest` for what comes from now on; left out: the oldest change "
        "that the feed goes back to"
    ),
]
Limit = Annotated[
    WholeNumber,
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_A_PAGE}),
    Query(ge=1, le=MOST_A_PAGE, description="changes a page"),
]
Wait = Annotated[
    WholeNumber,
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT}),
    Query(ge=0, le=LONGEST_WAIT, description="seconds to wait for a change where there is none yet"),
]
Tags = Annotated[
    list[Identifier] | None,
    Query(alias="tag", max_length=MOST_TAGS, description="only changes of these tags"),
]

router = APIRouter(route_class=Route, tags=["Read"])


@router.get(
    "/v1/changes",
    summary="Read what changed",
    description=(
        "Tags that customers gained, lost or carry otherwise, in the order in which it was committed. Whoever goes on "
        "from `next_cursor` misses nothing and sees nothing twice. 410: the cursor is older than the feed goes back. "
        "Needs the scope `read`."
    ),
    response_model=ChangesAnswer,
    responses=problems(*READING, 410, 422),
)
async def read_changes(
    request: Request,
    service: MayRead,
    after: After = None,
    limit: Limit = CHANGES_A_PAGE,
    wait: Wait = 0,
    tag: Tags = None,
) -> Response:
    """A page of the feed, as soon as there is one or the wait is over."""
    end = asyncio.get_running_loop().time() + wait
    start = await asyncio.to_thread(service.outbox.latest) if after == LATEST else after
    begin = None if start is None else int(start)
    more = wait > 0
    while True:
        page = await asyncio.to_thread(_page, service, begin, limit, tuple(tag or ()))
        begin = page.through
        if page.entries or not more:
            return _answer(page)
        more = await service.outbox.wait_for_more(begin, until=end, is_leaving=lambda: _is_leaving(request))


def _is_leaving(request: Request) -> bool:
    """Whether the server has been told to end: whoever waits then holds it up."""
    return getattr(request.app.state, "is_leaving", False)


def _page(service: Service, after: int | None, limit: int, tags: tuple[str, ...]) -> Page:
    return service.outbox.changes(after, limit=limit, tags=tags)


def _answer(page: Page) -> Response:
    return answer(
        {
            "changes": [entry.as_json() for entry in page.entries],
            "next_cursor": str(page.through),
            "has_more": page.through < page.latest,
        }
    )
