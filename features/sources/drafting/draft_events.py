"""Which columns of a table of events fill which field of the contract."""

import re

from core.language import Text
from features.sources.drafting.column_content import Content
from features.sources.drafting.drafted import Drafted, Raw
from features.sources.drafting.vocabulary import event_type_of, fields_of
from features.sources.drafting.yaml_text import keyed, plain

_RATING_VALUES = 21
_RATING_HIGHEST = 10
_MOST_TYPES = 40
_CODES = ("1", "2", "3", "4")  # as published behaviour logs count: view, favourite, cart, purchase
_CODE_TYPES = ("view", "favourite", "cart_add", "purchase")
_STATUS = re.compile(r"^(order)?status$|^state$|状态$", re.IGNORECASE)
_NOT_DONE = re.compile(
    r"cancel|unpaid|pending|failed|closed|取消|未付|待付|待支付|未支付|关闭|失败|作废", re.IGNORECASE
)
_SIMPLE = ("event_id", "order_id", "channel", "location_id", "campaign_id", "text")


def time_column(raw: Raw) -> Content | None:
    """The column that tells when a row happened: a time by its content, best one whose name says so."""
    times = [column for column in raw.columns if column.time_formats]
    named = [column for column in times if "occurred_at" in fields_of(column.name)]
    unnamed = times if not raw.dialect.has_header else [c for c in times if c.time_formats == ("iso",)]
    chosen = named or unnamed
    # Of a date and a time of ordering the one with more values tells more.
    return max(chosen, key=lambda column: len(column.counts)) if chosen else None


def draft_events(raw: Raw, name: str, customer: Content, time: Content) -> Drafted:
    """The table's guesses."""
    table = Drafted(raw, "events", name)
    table.take("customer_id", customer.name, plain(customer.name))
    _time(table, time)
    if raw.dialect.has_header:
        _by_name(table)
    else:
        _by_content(table)
    _money(table)
    _signs(table)
    _type(table)
    _status(table)
    return table


def _time(table: Drafted, time: Content) -> None:
    form = time.time_formats[0]
    if form == "iso":
        table.take("occurred_at", time.name, plain(time.name))
        return
    ambiguous = len(time.time_formats) > 1
    remark = Text("day and month could be the other way round: month_first") if ambiguous else None
    table.take("occurred_at", time.name, keyed({"column": plain(time.name), "format": plain(form)}), remark)


def _by_name(table: Drafted) -> None:
    """Columns whose names are known, in the contract's order; the first that fits takes a field."""
    for wanted in (*_SIMPLE, "item_id", "rating", "quantity", "discount"):
        for column in table.free:
            if wanted in fields_of(column.name)[:1] and _can_be(wanted, column):
                table.take(wanted, column.name, plain(column.name))
                break
    if "event_id" in table.taken.values() and not table.raw.column(_column_of(table, "event_id")).is_unique:
        _move(table, "event_id", "order_id")


def _can_be(wanted: str, column: Content) -> bool:
    if wanted in {"rating", "quantity", "discount"}:
        return bool(column.numbers) or column.is_money
    return not column.is_empty


def _column_of(table: Drafted, wanted: str) -> str:
    return next(column for column, name in table.taken.items() if name == wanted)


def _move(table: Drafted, old: str, new: str) -> None:
    """An id that repeats is an order's, not an event's."""
    column, yaml = _column_of(table, old), table.fields.pop(old)
    del table.taken[column]
    if new not in table.fields:
        table.take(new, column, yaml, Text("its values repeat, so it is no event_id"))


def _by_content(table: Drafted) -> None:
    """Columns without names: few small numbers are a rating, fractions an amount, small numbers a count."""
    for column in table.free:
        if column.is_money and "amount" not in table.fields:
            table.take("amount", column.name, plain(column.name), Text("a guess: numbers with fractions"))
    for column in table.free:
        numbers = column.numbers
        if not numbers:
            if event_types(column) and "type" not in table.fields:
                table.take("type", column.name, _values(column))
            elif "item_id" not in table.fields and not column.is_empty and not column.time_formats:
                table.take("item_id", column.name, plain(column.name), Text("a guess: a text that repeats"))
        elif "amount" not in table.fields and _is_rating(column) and "rating" not in table.fields:
            table.take("rating", column.name, plain(column.name), Text("a guess: few small numbers"))
        elif "amount" in table.fields and max(numbers) < 1_000 and "quantity" not in table.fields:  # noqa: PLR2004
            table.take("quantity", column.name, plain(column.name), Text("a guess: small whole numbers"))
        elif "item_id" not in table.fields:
            table.take("item_id", column.name, plain(column.name), Text("a guess: whole numbers that repeat"))


def _is_rating(column: Content) -> bool:
    return (
        len(column.counts) <= _RATING_VALUES
        and 0 <= min(column.numbers) <= max(column.numbers) <= _RATING_HIGHEST
    )


def _money(table: Drafted) -> None:
    """What was paid: an amount; else quantity times price; else a price alone."""
    if "amount" in table.fields:
        return
    money = {
        wanted: [c for c in table.free if wanted in fields_of(c.name)[:1] and (c.numbers or c.is_money)]
        for wanted in ("amount", "unit_price")
    }
    if money["amount"]:
        chosen = max(
            money["amount"], key=lambda column: bool(re.search(r"实付|paid|net", column.name.lower()))
        )
        table.take("amount", chosen.name, plain(chosen.name))
        _others(table, [c for c in money["amount"] if c is not chosen])
    elif money["unit_price"]:
        price = money["unit_price"][0]
        if "quantity" in table.fields:
            pair = f"[{table.fields['quantity']}, {plain(price.name)}]"
            table.take("amount", price.name, keyed({"product": pair}), Text("price a piece times pieces"))
        else:
            table.take("amount", price.name, plain(price.name))


def _signs(table: Drafted) -> None:
    """How numbers are written in the whole table, and what a number below zero means."""
    by_field = {field: table.raw.column(name) for name, field in table.taken.items()}
    if any(column.is_decimal_comma for column in by_field.values()):
        table.more.append('decimal: ","')
    for field in ("quantity", "amount"):
        column = by_field.get(field)
        if (
            column is not None
            and field in table.fields
            and any(cell.startswith("-") for cell in column.counts)
        ):
            table.more.append(f"refund_if: negative_{field}")
            return


def _others(table: Drafted, columns: list[Content]) -> None:
    if columns:
        table.remarks["amount"] = Text(
            "or {columns}", {"columns": ", ".join(column.name for column in columns)}
        )


def event_types(column: Content) -> dict[str, str]:
    """The registered type for each value of a column, if it can be a column of types; "" where not known."""
    if column.is_empty or len(column.counts) > _MOST_TYPES or column.is_unique:
        return {}
    if set(column.counts) <= set(_CODES) and "type" in fields_of(column.name):
        return dict(zip(_CODES, _CODE_TYPES, strict=True))
    found = {value: event_type_of(value) for value in column.counts}
    known = sum(column.counts[value] for value, type_ in found.items() if type_)
    return found if 2 * known >= len(column.cells) else {}


def _type(table: Drafted) -> None:
    if "type" in table.fields:
        return
    for column in sorted(table.free, key=lambda column: "type" not in fields_of(column.name)):
        if types := event_types(column):
            remark = Text("a guess: what do the codes mean?") if set(types) <= set(_CODES) else None
            table.take("type", column.name, _values(column), remark)
            return
    constant, reason = _constant(table)
    table.fields["type"] = keyed({"constant": constant})
    table.remarks["type"] = reason


def _values(column: Content) -> str:
    types = event_types(column)
    if all(value == type_ for value, type_ in types.items()):
        return plain(column.name)
    pairs = {value: type_ for value, type_ in types.items() if type_}
    entries = {"column": plain(column.name), "values": keyed(pairs)}
    return keyed(entries if len(pairs) == len(types) else entries | {"other": "skip"})


def _constant(table: Drafted) -> tuple[str, Text]:
    """One type for the whole table, by what its columns tell or else by the file's name."""
    named = _named_type(table.raw.stem)
    if "rating" in table.fields:
        return "rating", Text("since there is a rating")
    if table.fields.keys() & {"amount", "quantity", "order_id", "discount"}:
        if named == "refund":
            return named, Text("by the file's name")
        return "purchase", Text("since there is an amount, a quantity or an order")
    if named:
        return named, Text("by the file's name")
    if "text" in table.fields:
        return "message", Text("since there is a text")
    return "visit", Text("a guess: which type of event is it?")


def _named_type(stem: str) -> str:
    words = [stem, *re.split(r"[\W_\d]+", stem)]
    named = (event_type_of(word) or event_type_of(word.removesuffix("s")) for word in words)
    return next(filter(None, named), "")


def _status(table: Drafted) -> None:
    """Orders that never came to be are left out."""
    for column in table.free:
        undone = [value for value in column.counts if _NOT_DONE.search(value)]
        if _STATUS.search(column.name) and undone and len(undone) < len(column.counts):
            values = "[" + ", ".join(map(plain, undone)) + "]"
            table.more.append(f"where_not: {keyed({column.name: values})}")
            table.taken[column.name] = "where_not"
