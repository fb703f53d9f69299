"""Which columns of tables of items and customers fill which field of the contract."""

import re

from core.language import Text
from features.sources.drafting.column_content import Content
from features.sources.drafting.drafted import Drafted, Raw
from features.sources.drafting.vocabulary import fields_of, normal
from features.sources.drafting.yaml_text import keyed, listed, plain

_FEWEST_FLAGS = 4
_MOST_LEVELS = 30
_PERSONAL = re.compile(
    r"name|phone|mobile|email|mail|address|zip|postal|birth|password"
    r"|姓名|手机|电话|邮箱|地址|邮编|生日|出生|身份证|密码",
    re.IGNORECASE,
)
_LEVEL = re.compile(r"[一二三四123大中小]")
_LEVEL_ORDER = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "大": 1, "中": 2, "小": 3}
_WIDEST_FIRST = ("department", "dept", "section", "category", "aisle", "subcategory", "producttype", "class")


def draft_items(raw: Raw, name: str, item: Content, left: list[Content] | None = None) -> Drafted:
    """The guesses at a table of items; `left` are the only columns to look at, where events stand in the same rows."""
    table = Drafted(raw, "items", name)
    table.take("item_id", item.name, plain(item.name))
    columns = [column for column in (left if left is not None else table.free) if not column.is_empty]
    _category(table, columns)
    for wanted in ("name", "brand"):
        for column in columns:
            if (
                wanted in fields_of(column.name)[:1]
                and column.name not in table.taken
                and not column.time_formats
            ):
                table.take(wanted, column.name, plain(column.name))
                break
    if not raw.dialect.has_header and "name" not in table.fields:
        texts = [c for c in columns if c.name not in table.taken and c.is_wordy and c.is_unique]
        if texts:
            table.take(
                "name", texts[0].name, plain(texts[0].name), Text("a guess: a text of its own in each row")
            )
    return table


def _category(table: Drafted, columns: list[Content]) -> None:
    flags = [column for column in columns if column.is_flag]
    if len(flags) >= _FEWEST_FLAGS:
        table.fields["category"] = keyed({"flags": listed(column.name for column in flags)})
        table.taken |= dict.fromkeys((column.name for column in flags), "category")
        if not table.raw.dialect.has_header:
            table.remarks["category"] = Text("columns of 0 and 1; give them the names of the categories")
        return
    named = [c for c in columns if "category" in fields_of(c.name) and c.name not in table.taken]
    if not named and not table.raw.dialect.has_header:
        named = [c for c in columns if c.list_delimiter or (c.is_few and not c.numbers)][:1]
    if len(named) == 1 or (named and (named[0].list_delimiter == "|" or named[0].path_delimiter)):
        _one_category(table, named[0])
    elif named:
        levels = sorted(named, key=lambda column: (_rank(column.name), len(column.counts)))
        table.fields["category"] = listed(column.name for column in levels)
        table.taken |= dict.fromkeys((column.name for column in levels), "category")
        table.remarks["category"] = Text("levels, widest first")


def _one_category(table: Drafted, column: Content) -> None:
    if column.path_delimiter:
        yaml = keyed({"column": plain(column.name), "levels": f'"{column.path_delimiter.strip()}"'})
        table.take("category", column.name, yaml, Text("a path in one cell"))
    elif column.list_delimiter:
        yaml = keyed({"column": plain(column.name), "split": f'"{column.list_delimiter}"'})
        table.take("category", column.name, yaml, Text("several categories in one cell"))
    else:
        table.take("category", column.name, plain(column.name))


def _rank(name: str) -> int:
    """How wide a level is by its name; names that do not tell come by the number of their values."""
    if found := _LEVEL.search(name):
        return _LEVEL_ORDER.get(found[0], 0)
    short = normal(name)
    return next(
        (place for place, word in enumerate(_WIDEST_FIRST) if short.startswith(word)), len(_WIDEST_FIRST)
    )


def draft_customers(raw: Raw, name: str, customer: Content) -> Drafted:
    """The guesses at a table of customers: numbers, and texts of few values; nothing that names a person."""
    table = Drafted(raw, "customers", name)
    table.take("customer_id", customer.name, plain(customer.name))
    used: set[str] = set()
    for number, column in enumerate(table.free, start=1):
        if _PERSONAL.search(column.name) or column.is_empty or (column.time_formats and not column.is_few):
            continue
        key = _attribute_key(column.name, number, used)
        where = {} if key == column.name else {"column": plain(column.name)}
        if column.numbers and not column.is_few:
            entry = {"kind": "number", **where}
        elif len(column.counts) <= _MOST_LEVELS and not column.is_unique:
            entry = {"kind": "nominal", **where, "levels": listed(sorted(column.counts, key=_natural))}
        else:
            continue
        used.add(key)
        names = {} if key == column.name and column.name.isascii() else {"name": _names(column.name)}
        table.take(f"attributes.{key}", column.name, keyed(entry | names))
    return table


def _attribute_key(name: str, number: int, used: set[str]) -> str:
    key = re.sub(r"\W+", "_", name.strip().lower()).strip("_")
    return key if key and not key.isdecimal() and key not in used else f"attribute_{number}"


def _names(name: str) -> str:
    return keyed({"en": plain(name), "zh": plain(name)})


def _natural(text: str) -> tuple[object, ...]:
    """Sorts 9-17 before 18-24 and those before 100+."""
    found = re.search(r"\d+", text)
    return (int(found[0]) if found else 0, text)
