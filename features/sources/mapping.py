"""The mapping file: how one shop's tables become events, items and customers of the contract."""

from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from core.errors import InvalidInputError
from core.language import Text
from features.contract import AttributeDefinition, Role
from features.sources.mapping_errors import WrongValueError, field_errors, near
from features.sources.yaml_file import YamlFile

PACKAGE_PREFIX = "package:"


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        known = near(name, available_timezones())
        raise WrongValueError(
            Text("{name} is no time zone; expected an IANA name: {near}", {"name": repr(name), "near": known})
        )
    return name


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _or_text(schema: dict[str, Any]) -> None:
    """Tell editors that a plain column name may stand in for the object, which has exactly one key."""
    whole = {**schema, "minProperties": 1}
    schema.clear()
    schema.update({"anyOf": [{"type": "string", "description": "a column of the file"}, whole]})


def _or_one(schema: dict[str, Any]) -> None:
    """Tell editors that one text may stand in for a list."""
    whole = {key: value for key, value in schema.items() if key not in {"description", "title"}}
    for key in whole:
        del schema[key]
    schema["anyOf"] = [{"type": "string"}, whole]


Zone = Annotated[str, AfterValidator(_known_zone)]
Name = Annotated[str, Field(min_length=1, max_length=64)]
Column = Annotated[str, Field(min_length=1, description="a column of the file")]
TimeOfDay = Annotated[
    time, WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"})
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Source(_Part):
    """Where the value of one contract field comes from; a plain text is the name of a column."""

    model_config = ConfigDict(json_schema_extra=_or_text)

    @model_validator(mode="before")
    @classmethod
    def _column_name(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value


class _OneOf(_Source):
    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            choices = ", ".join(type(self).model_fields)
            raise WrongValueError(Text("expected exactly one of {choices}", {"choices": choices}))
        return self


class TextSource(_OneOf):
    """A text: a column, or one constant for every row."""

    column: Column = Field(default="", description="a column of the file")
    constant: str = Field(default="", min_length=1, description="the same text for every row")


class NumberSource(_OneOf):
    """A number: a column, a constant for every row, or the sum of columns (an empty cell counts as 0)."""

    column: Column = Field(default="", description="a column of the file")
    constant: float = Field(default=0.0, allow_inf_nan=False, description="the same number for every row")
    sum: tuple[Column, ...] = Field(
        default=(), min_length=1, max_length=8, description="up to 8 columns to add up"
    )


class TimeSource(_Source):
    """An instant: a column of ISO dates or times, and what to do with plain dates."""

    column: Column = Field(description="a column of the file")
    time_of_day: TimeOfDay | None = Field(
        default=None,
        description="only the column's calendar date counts, and the instant is this local time of it",
    )


class Files(_Part):
    """Files of one shape, read as one table."""

    files: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = Field(
        min_length=1,
        json_schema_extra=_or_one,
        description="paths or patterns such as orders-*.csv, relative to the mapping file; "
        "package:NAME/path is a file inside an installed Python package",
    )
    format: Literal["csv", "parquet"] | None = Field(
        default=None,
        description="told by the suffix (.csv, .parquet) if left out; CSV is UTF-8 with a header",
    )
    missing_values: tuple[str, ...] = Field(
        default=("",), description="texts in a CSV file that mean that a cell is empty"
    )

    @field_validator("files")
    @classmethod
    def _from_the_mapping_file(cls, files: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        folder: Path | None = (info.context or {}).get("folder")
        if folder is None:
            return files
        return tuple(name if name.startswith(PACKAGE_PREFIX) else str(folder / name) for name in files)


class Join(Files):
    """Columns looked up in another file; a row without a match keeps empty cells there."""

    key: Column = Field(description="the column of this table to look up by")
    other_key: Column | None = Field(
        default=None, description="its name in the other file, where it differs; values there must be unique"
    )


class EventColumns(_Part):
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
    text: TextSource | None = Field(default=None, description="what somebody wrote or searched for")
    properties: dict[Name, TextSource] = Field(
        default_factory=dict, description="further facts to keep with the event, as text"
    )


class EventTable(Files):
    """Files of one shape whose rows are events."""

    columns: EventColumns
    join: Join | None = Field(default=None, description="look up further columns in another file")


class ItemColumns(_Part):
    """Which column gives which field of an item."""

    item_id: Column = Field(description="the id that events use")
    name: Column | None = Field(default=None, description="what people call it")
    category: Annotated[tuple[Column, ...], BeforeValidator(_as_list)] = Field(
        default=(),
        json_schema_extra=_or_one,
        description="one column, or the levels of a path, widest first; a path ends at its first empty level",
    )
    brand: Column | None = Field(default=None, description="the brand")


class ItemTable(Files):
    """Files of one shape whose rows are items."""

    columns: ItemColumns


class CustomerColumns(_Part):
    """Which column tells the customer, and when the facts were observed."""

    customer_id: Column = Field(description="the id that events use")
    observed_at: TimeSource | None = Field(
        default=None, description="when the facts were observed; without it they count as always known"
    )


class AttributeNames(_Part):
    """What people call an attribute."""

    en: str = Field(min_length=1, description="in English")
    zh: str = Field(min_length=1, description="in Simplified Chinese")


class Attribute(_Part):
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


class CustomerTable(Files):
    """Files of one shape whose rows are facts about customers."""

    columns: CustomerColumns
    attributes: dict[Name, Attribute] = Field(default_factory=dict, description="the facts, by key")


class Mapping(_Part):
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
