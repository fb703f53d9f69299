"""Imports of tags, as callers make and see them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from serving.api.fields import Answer, Body, Confidence, Identifier, Instant, Prose

ROWS_A_CALL = 10_000


class ImportRow(Body):
    """One word on one tag of one customer."""

    customer_id: Identifier = Field(
        description="the customer; one whom nobody knows yet is held until it appears", examples=["1"]
    )
    tag: Annotated[Prose, Field(min_length=1, max_length=200)] = Field(
        description="a tag, by key or by its English or Chinese name", examples=["coffee"]
    )
    value: Annotated[Prose, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="of a tag with values one of them; of another yes or no; yes if left out"
    )
    confidence: Confidence | None = Field(default=None, description="how sure, from 0 to 1")
    until: Instant | None = Field(default=None, description="when the tag lapses by itself")


class ImportRequest(Body):
    """Rows to import: what can be applied is, all of it at once; every other row is told with its reason."""

    import_id: Identifier = Field(
        description="your own id of this import; sending it again counts once", examples=["crm-2018-01-01"]
    )
    rows: list[ImportRow] = Field(
        min_length=1,
        max_length=ROWS_A_CALL,
        description="1 to 10,000 rows",
        examples=[[{"customer_id": "1", "tag": "coffee"}]],
    )


class RefusedRow(Answer):
    """A row that could not be applied."""

    line: int = Field(description="its place among the rows, from 1", examples=[3])
    customer_id: str | None = Field(description="as sent")
    tag: str | None = Field(description="as sent")
    reason: str = Field(description="stable, for programs", examples=["unknown_tag"])
    why: str = Field(description="in words", examples=["there is no tag 'cofee'; nearest: coffee"])


class ImportEntry(Answer):
    """An import and what became of its rows."""

    import_id: str = Field(description="its id", examples=["crm-2018-01-01"])
    file: str = Field(description="the file; empty for rows of a call", examples=["tags.csv"])
    made_by: str = Field(description="who made it", examples=["crm"])
    made_at: datetime = Field(description="when, by the shop's clock")
    rows: int = Field(description="how many words it had: a wide row has several", examples=[2])
    applied: int = Field(description="taken to the profiles", examples=[1])
    repeated: int = Field(
        description="said before: by an earlier row, or by an import that stands", examples=[0]
    )
    held: int = Field(description="waiting for their customers to appear", examples=[0])
    refused: int = Field(description="not applied", examples=[1])
    state: Literal["done", "stopped", "undone"] = Field(
        description="`stopped`: broken off in the middle; the same file imported again goes on"
    )
    undone_at: datetime | None = Field(description="when it was taken back")
    undone_by: str | None = Field(description="who took it back")


class ImportAnswer(ImportEntry):
    """An import with its refused rows."""

    status: Literal["imported", "already_imported", "undone", "known"] = Field(
        description="what this call did: `known` where it only asked"
    )
    refused_rows: list[RefusedRow] = Field(description="the first 1,000 of them")


class ImportsAnswer(Answer):
    """All imports, the newest first."""

    imports: list[ImportEntry] = Field(description="of files and of calls")
