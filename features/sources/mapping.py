"""The mapping file: how one shop's tables become events, items and customers of the contract."""

from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, model_validator

from core.errors import InvalidInputError
from core.language import Text
from features.contract import AttributeDefinition, Role
from features.sources.file_spec import Join, Table
from features.sources.mapping_errors import WrongValueError, field_errors
from features.sources.part import Column, Name, Part, Zone
from features.sources.value_sources import CategorySource, NumberSource, TextSource, TimeSource
from features.sources.yaml_file import YamlFile


class EventColumns(Part):
    """Which column gives which field of an event."""

    customer_id: Column = Field(description="who it happened to; a row without one is rejected")
    occurred_at: TimeSource = Field(description="when it happened")
    type: TextSource = Field(description="a registered type of event, such as {constant: purchase}")
    event_id: Column | None = Field(
        default=None,
        description="the source's own id, unique over all its tables; if left out, a row's content is its id",
    )
    channel: TextSource | None = Field(default=None, description="such as store, web, app, wechat")
    location_id: TextSource | None = Field(default=None, description="the store or site")
    order_id: TextSource | None = Field(default=None, description="the basket, order or receipt")
    item_id: TextSource | None = Field(default=None, description="the product, as in the items")
    quantity: NumberSource | None = Field(default=None, description="how many")
    amount: NumberSource | None = Field(default=None, description="money paid, in the currency")
    discount: NumberSource | None = Field(default=None, description="money off, as a positive number")
    currency: TextSource | None = Field(default=None, description="ISO 4217 code; the source's if left out")
    campaign_id: TextSource | None = Field(default=None, description="the campaign it belongs to")
    rating: NumberSource | None = Field(default=None, description="stars, a score, what a survey gave")
    text: TextSource | None = Field(default=None, description="what somebody wrote or searched for")
    properties: dict[Name, TextSource] = Field(
        default_factory=dict, description="further facts to keep with the event, as text"
    )


class EventTable(Table):
    """Files of one shape whose rows are events."""

    columns: EventColumns
    join: Join | None = Field(default=None, description="look up further columns in another file")
    refund_if: Literal["negative_quantity", "negative_amount"] | None = Field(
        default=None,
        description="purchases of which this is so are refunds, with quantity and amounts as positive numbers",
    )

    @model_validator(mode="after")
    def _refunds_are_told_by_a_column(self) -> Self:
        name = (self.refund_if or "").removeprefix("negative_")
        if name and getattr(self.columns, name) is None:
            raise WrongValueError(Text("refund_if looks at {column}: map it under columns", {"column": name}))
        return self


class ItemColumns(Part):
    """Which column gives which field of an item."""

    item_id: Column = Field(description="the id that events use")
    name: Column | None = Field(default=None, description="what people call it")
    category: CategorySource | None = Field(
        default=None,
        description="one column; the columns of a path's levels, widest first; cells with several; or flag columns",
    )
    brand: Column | None = Field(default=None, description="the brand")


class ItemTable(Table):
    """Files of one shape whose rows are items."""

    columns: ItemColumns
    repeated: Literal["last", "first"] = Field(
        default="last",
        description="which row describes an item that has several, as in a file of sales; rows that say nothing of "
        "it do not count",
    )


class CustomerColumns(Part):
    """Which column tells the customer, and when the facts were observed."""

    customer_id: Column = Field(description="the id that events use")
    observed_at: TimeSource | None = Field(
        default=None, description="when the facts were observed; without it they count as always known"
    )


class AttributeNames(Part):
    """What people call an attribute."""

    en: str = Field(min_length=1, description="in English")
    zh: str = Field(min_length=1, description="in Simplified Chinese")


class Attribute(Part):
    """One profile fact."""

    kind: Literal["ordinal", "nominal", "number"] = Field(
        description="ordinal: levels in an order; nominal: levels without one; number: a number"
    )
    column: Column | None = Field(default=None, description="the column; the attribute's key if left out")
    levels: tuple[str, ...] = Field(default=(), description="every level, lowest first where ordinal")
    name: AttributeNames | None = Field(default=None, description="what people call it; its key if left out")

    @model_validator(mode="after")
    def _levels_fit_the_kind(self) -> Self:
        if self.kind == "number" and self.levels:
            raise WrongValueError(Text("a number has no levels"))
        if self.kind != "number" and not self.levels:
            raise WrongValueError(Text("list the levels; for ordinal, lowest first"))
        if len(set(self.levels)) != len(self.levels):
            raise WrongValueError(Text("a level is there twice"))
        return self

    def definition(self, key: str) -> AttributeDefinition:
        """How the features encode it."""
        name_en, name_zh = (self.name.en, self.name.zh) if self.name else (key, key)
        return AttributeDefinition(key, self.kind, self.levels, name_en, name_zh)


class CustomerTable(Table):
    """Files of one shape whose rows are facts about customers."""

    columns: CustomerColumns
    attributes: dict[Name, Attribute] = Field(default_factory=dict, description="the facts, by key")


class Mapping(Part):
    """How one shop's tables become events, items and customers of the contract."""

    source: Name = Field(description="a short stable name of this source, such as the shop system's")
    timezone: Zone | None = Field(
        default=None,
        description="IANA name of the zone of dates and of times without an offset; the shop's if left out",
    )
    timezone_of_naive: Zone | None = Field(
        default=None, description="where times without an offset are in another zone than dates, such as UTC"
    )
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code of amounts, such as CNY")
    identity: str = Field(
        default="customer",
        pattern=r"^[a-z0-9_]{1,32}$",
        description="what the customer ids are: member, phone",
    )
    event_types: dict[Name, Role] = Field(
        default_factory=dict, description="the shop's own types of events, and how each counts"
    )
    events: dict[Name, EventTable] = Field(
        min_length=1, description="tables of events, by a name of your own"
    )
    items: dict[Name, ItemTable] = Field(default_factory=dict, description="tables of items, by name")
    customers: dict[Name, CustomerTable] = Field(
        default_factory=dict, description="tables of facts about customers, by name"
    )

    def date_zone(self, shop: ZoneInfo) -> ZoneInfo:
        """The zone whose calendar the source's dates are of."""
        return ZoneInfo(self.timezone) if self.timezone else shop

    def naive_zone(self, shop: ZoneInfo) -> ZoneInfo:
        """The zone of the source's times that carry no offset."""
        return ZoneInfo(self.timezone_of_naive) if self.timezone_of_naive else self.date_zone(shop)


def load_mapping(path: Path | str) -> Mapping:
    """The mapping that a YAML file describes; its file names are made absolute.

    Raises:
        InvalidInputError: The file is missing, not YAML, or breaks the schema; `fields` then has an entry for
            each wrong key with its path, its line and what was expected.
    """
    file = YamlFile(Path(path))
    try:
        return Mapping.model_validate(file.data, context={"folder": file.path.resolve().parent})
    except ValidationError as error:
        fields = field_errors(error, Mapping, file)
        raise InvalidInputError(
            "{file} is not a valid mapping: {keys}",
            fields=fields,
            file=file.path,
            keys=", ".join(field.field for field in fields),
        ) from None
