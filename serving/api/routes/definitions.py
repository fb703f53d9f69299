"""Definitions of tags: GET and PUT /v1/tags/{key}, its versions, its impact, its end; groups and packs."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import WithJsonSchema
from starlette.responses import Response

from core.errors import InvalidInputError
from core.wrong_values import wrong_values
from serving.api.access import MayManage, MayRead, caller_of
from serving.api.answers import READING, SENDING, answer, answered, problems
from serving.api.fields import ETAG_PATTERN, EntityTag, Identifier, Prose
from serving.api.problems import language_of
from serving.api.route import Handler, Route
from serving.api.schemas.definitions import (
    DefinitionAnswer,
    ImpactAnswer,
    PackAnswer,
    PackOffAnswer,
    PackOffRequest,
    PackRequest,
    PacksAnswer,
    RetireRequest,
    SavedAnswer,
    TagGroupsAnswer,
    VersionsAnswer,
)
from serving.api.validation import to_domain
from serving.tagging.definitions import Definitions, Work, same_key
from tags.definition import Tag, TagGroup

TagKey = Annotated[Identifier, Path(description="the tag", examples=["coffee"])]
GroupKey = Annotated[Identifier, Path(description="the group of tags", examples=["value_tier"])]
PackKey = Annotated[Identifier, Path(description="the pack", examples=["general"])]
IfMatch = Annotated[
    EntityTag | None,
    WithJsonSchema({"type": "string", "pattern": ETAG_PATTERN}),  # left out, it is no header of the word null
    Header(
        alias="If-Match",
        description='the version that was read, as the header ETag gave it: "3"; "0" for a tag that must be new',
    ),
]
Note = Annotated[Prose | None, Query(max_length=500, description="why the definition is changed")]


class DefinitionRoute(Route):
    """A route that takes a definition: what is wrong with it is told as of a file."""

    def get_route_handler(self) -> Handler:
        """The handler, with the definition's own words for its faults."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                raise _told(error) from None

        return handler


def _told(error: RequestValidationError) -> InvalidInputError:
    found: Any = error.errors()
    if any(one["loc"][:1] != ("body",) for one in found):
        return to_domain(found)
    inside: Any = [{**one, "loc": one["loc"][1:]} for one in found]
    fields = wrong_values(inside, whole="body")
    return InvalidInputError("{count} fields are not as expected", count=len(fields), fields=fields)


router = APIRouter(route_class=Route, tags=["Manage"])
writing = APIRouter(route_class=DefinitionRoute, tags=["Manage"])


@router.get(
    "/v1/tags/{key}",
    summary="Read a tag's definition",
    description="The version that counts, with a header ETag to change it by. Needs the scope `read`.",
    response_model=DefinitionAnswer,
    responses=problems(*READING, 404, 422),
)
async def read_definition(key: TagKey, service: MayRead) -> Response:
    """The version that counts."""
    return await _tagged(lambda: Definitions(service).read(key))


@writing.put(
    "/v1/tags/{key}",
    summary="Define a tag",
    description=(
        "Makes a new version of the tag's definition, or a new tag; one that says what is known changes nothing. It is "
        "checked as a file of tags is: names in rules, types, circles between tags. With If-Match it is refused "
        "where somebody else changed the tag meanwhile. Needs the scope `manage`."
    ),
    response_model=SavedAnswer,
    responses=problems(*SENDING, 409),
)
async def put_definition(
    key: TagKey, body: Tag, request: Request, service: MayManage, if_match: IfMatch = None, note: Note = None
) -> Response:
    """The version that counts now."""
    same_key(key, body.key)
    expected = None if if_match is None else int(if_match.strip('"'))
    by = caller_of(request)
    return await _tagged(lambda: Definitions(service).put(body, by=by, expected=expected, note=note))


@writing.put(
    "/v1/tag-groups/{key}",
    summary="Define a group of tags",
    description="Makes a group, or changes it: its names, its order, whether it is one-of. Needs the scope `manage`.",
    response_model=TagGroup,
    responses=problems(*SENDING, 409),
)
async def put_group(key: GroupKey, body: TagGroup, request: Request, service: MayManage) -> Response:
    """The group as it is now."""
    same_key(key, body.key)
    by = caller_of(request)
    return await answered(lambda: Definitions(service).put_group(body, by=by))


@router.get(
    "/v1/tags/{key}/versions",
    summary="Read every version of a tag",
    description="All versions of the definition with who made them and why, newest first. Needs the scope `read`.",
    response_model=VersionsAnswer,
    responses=problems(*READING, 404, 422),
)
async def read_versions(key: TagKey, service: MayRead) -> Response:
    """All of them."""
    return await answered(lambda: Definitions(service).versions(key))


@router.get(
    "/v1/tags/{key}/impact",
    summary="See what depends on a tag",
    description=(
        "Rules, triggers, groups, models, certificates, webhooks and imports that name the tag, and how many customers "
        "carry it: to be looked at before it is changed. Needs the scope `read`."
    ),
    response_model=ImpactAnswer,
    responses=problems(*READING, 404, 422),
)
async def read_impact(key: TagKey, service: MayRead) -> Response:
    """What depends on it."""
    return await answered(lambda: Definitions(service).impact(key))


@router.post(
    "/v1/tags/{key}/retire",
    summary="Retire a tag",
    description=(
        "Ends the tag and its assignments at once; their history stays. Refused where rules or triggers of other tags "
        "look at it, unless `force` is given. Needs the scope `manage`."
    ),
    response_model=SavedAnswer,
    responses=problems(*SENDING, 404, 409),
)
async def retire(key: TagKey, body: RetireRequest, request: Request, service: MayManage) -> Response:
    """The last version."""
    by = caller_of(request)
    return await _tagged(lambda: Definitions(service).retire(key, by=by, note=body.note, force=body.force))


@router.get(
    "/v1/tag-groups",
    summary="List the groups of tags",
    description="Groups with their order from the lowest tag to the highest. Needs the scope `read`.",
    response_model=TagGroupsAnswer,
    responses=problems(*READING),
)
async def list_groups(service: MayRead) -> Response:
    """All of them."""
    return await answered(lambda: Definitions(service).groups())


@router.get(
    "/v1/packs",
    summary="List the packs of ready-made tags",
    description="The packs, and which were activated. Needs the scope `read`.",
    response_model=PacksAnswer,
    responses=problems(*READING),
)
async def list_packs(service: MayRead) -> Response:
    """All of them."""
    return await answered(lambda: Definitions(service).packs())


@router.post(
    "/v1/packs/{key}/activate",
    summary="Activate a pack of ready-made tags",
    description=(
        "Defines the pack's tags as far as the shop's data can feed them, and says why the others are left out. What "
        "people changed of an earlier activation stays as they left it. Needs the scope `manage`."
    ),
    response_model=PackAnswer,
    responses=problems(*SENDING, 404, 409),
)
async def activate_pack(key: PackKey, body: PackRequest, request: Request, service: MayManage) -> Response:
    """What it did."""
    by, language = caller_of(request), language_of(request)
    return await answered(
        lambda: Definitions(service).activate(
            key,
            by=by,
            choices={"attribute": body.attributes, "channel": body.channels, "event": body.events},
            include=body.include,
            force=body.force,
            dry_run=body.dry_run,
            language=language,
        )
    )


@router.post(
    "/v1/packs/{key}/deactivate",
    summary="Deactivate a pack of ready-made tags",
    description=(
        "Ends the tags that the pack brought, and all that stands on them; their history stays. Tags of it that people "
        "changed stay, unless `force` is given. Refused where rules of other tags look at some. Needs the scope "
        "`manage`."
    ),
    response_model=PackOffAnswer,
    responses=problems(*SENDING, 404, 409),
)
async def deactivate_pack(
    key: PackKey, body: PackOffRequest, request: Request, service: MayManage
) -> Response:
    """What it did."""
    by = caller_of(request)
    return await answered(
        lambda: Definitions(service).deactivate(key, by=by, force=body.force, dry_run=body.dry_run)
    )


async def _tagged(found: Work) -> Response:
    """The answer with its version as the ETag."""
    values = await asyncio.to_thread(found)
    response = answer(values)
    response.headers["ETag"] = f'"{values["version"]}"'
    return response
