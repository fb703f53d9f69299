"""GET /v1/churn/at-risk."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import WithJsonSchema
from starlette.responses import Response

from serving.api.access import MayRead
from serving.api.answers import READING, answer, problems
from serving.api.fields import Cursor, Share, WholeNumber, YesOrNo
from serving.api.route import Route
from serving.api.schemas.churn import AtRiskAnswer

CUSTOMERS_A_PAGE = 50
MOST_A_PAGE = 500
MOST_EXPLAINED = 100  # reasons cost several times what the rest does

Limit = Annotated[
    WholeNumber,
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_A_PAGE}),
    Query(ge=1, le=MOST_A_PAGE, description="customers a page; with explain no more than 100 come"),
]
MinRisk = Annotated[
    Share | None,
    Query(
        description="the least probability to be listed, to the hundredth; left out: above the lowest level of risk"
    ),
]
From = Annotated[Cursor | None, Query(description="next_cursor of the page before")]
Explain = Annotated[
    YesOrNo, Query(description="whether each customer comes with reasons, and what sets those at risk apart")
]

router = APIRouter(route_class=Route, tags=["Predict"])


@router.get(
    "/v1/churn/at-risk",
    summary="List customers at risk",
    description=(
        "Active customers who may leave, those first whose leaving is expected to cost most: the risk times what they "
        "spend. The list is made anew on the first call of each day; `as_of` says when. Needs the scope `read`."
    ),
    response_model=AtRiskAnswer,
    responses=problems(*READING, 404, 422),
)
async def list_at_risk(
    service: MayRead,
    limit: Limit = CUSTOMERS_A_PAGE,
    min_risk: MinRisk = None,
    cursor: From = None,
    explain: Explain = False,  # noqa: FBT002 (of the address)
) -> Response:
    """A page of the list."""
    most = min(limit, MOST_EXPLAINED) if explain else limit
    return await asyncio.to_thread(
        lambda: answer(service.at_risk(limit=most, min_risk=min_risk, cursor=cursor, explain=explain))
    )
