"""GET /v1/customers/{customer_id}."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from serving.api.access import MayRead
from serving.api.answers import READING, answered, problems
from serving.api.fields import Identifier, YesOrNo
from serving.api.route import Route
from serving.api.schemas.customers import CustomerAnswer

CustomerId = Annotated[Identifier, Path(description="the customer", examples=["1"])]
Explain = Annotated[YesOrNo, Query(description="whether tags and churn come with their reasons")]

router = APIRouter(route_class=Route, tags=["Read"])


@router.get(
    "/v1/customers/{customer_id:path}",
    summary="Read a customer's profile",
    description=(
        "Attributes, key figures, tags, churn, segment and the last events of one customer. "
        "Needs the scope `read`."
    ),
    response_model=CustomerAnswer,
    responses=problems(*READING, 404, 422),
)
async def read_customer(customer_id: CustomerId, service: MayRead, explain: Explain = False) -> Response:  # noqa: FBT002 (of the address)
    """Everything to show of the customer."""
    return await answered(lambda: service.profile(customer_id, explain=explain))
