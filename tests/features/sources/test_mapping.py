from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import InvalidInputError
from core.language import preferred
from features.contract import Role
from features.sources import Mapping, load_mapping

Load = Callable[[str], Mapping]

GOOD = """
source: shop
currency: CNY
events:
  orders:
    files: orders.csv
    columns:
      customer_id: member
      occurred_at: paid_at
      type: {constant: purchase}
"""


def _wrong(load: Load, text: str) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as caught:
        load(text)
    return {field.field: str(field.message) for field in caught.value.fields}


def test_smallest_mapping_loads_with_files_beside_it(load: Load, tmp_path: Path) -> None:
    mapping = load(GOOD)
    assert mapping.events["orders"].files == (str(tmp_path / "orders.csv"),)
    assert mapping.events["orders"].columns.occurred_at.column == "paid_at"
    assert mapping.events["orders"].columns.type.constant == "purchase"


def test_text_values_stay_as_written(load: Load) -> None:
    mapping = load(
        GOOD
        + """
customers:
  people:
    files: people.csv
    columns: {customer_id: member}
    attributes:
      children: {kind: ordinal, levels: [0, 1, 2, 3+]}
      newsletter: {kind: nominal, levels: [yes, no]}
"""
    )
    attributes = mapping.customers["people"].attributes
    assert attributes["children"].levels == ("0", "1", "2", "3+")
    assert attributes["newsletter"].levels == ("yes", "no")


def test_time_of_day_without_quotes_is_a_time(load: Load) -> None:
    mapping = load(GOOD.replace("paid_at", "{column: day, time_of_day: 10:30}"))
    moment = mapping.events["orders"].columns.occurred_at.time_of_day
    assert moment is not None
    assert moment.isoformat() == "10:30:00"


def test_own_event_type_says_how_it_counts(load: Load) -> None:
    assert load(GOOD + "event_types: {tasting: presence}\n").event_types == {"tasting": Role.PRESENCE}


def test_unknown_key_is_named_with_its_line_and_the_nearest_key(load: Load) -> None:
    wrong = _wrong(load, GOOD + "      ammount: price\n")
    assert wrong == {
        "events.orders.columns.ammount (line 11)": "there is no key ammount here; expected amount"
    }


@pytest.mark.parametrize(
    ("old", "new", "key", "message"),
    [
        ("currency: CNY\n", "", "currency (line 2)", "this key is required"),
        (
            "      customer_id: member\n",
            "",
            "events.orders.columns.customer_id (line 7)",
            "this key is required",
        ),
        (
            "member",
            "[a, b]",
            "events.orders.columns.customer_id (line 8)",
            "expected a text in quotes, got ['a', 'b']",
        ),
        (
            "files: orders.csv",
            "files: []",
            "events.orders.files (line 6)",
            "expected 1 or more entries, got 0",
        ),
        (
            "{constant: purchase}",
            "{column: a, constant: b}",
            "events.orders.columns.type (line 10)",
            "expected exactly one of column, constant",
        ),
        (
            "source: shop",
            "source: shop\ntimezone: Asia/Shangai",
            "timezone (line 3)",
            "'Asia/Shangai' is no time zone; expected an IANA name: Asia/Shanghai",
        ),
    ],
)
def test_wrong_key_is_named_with_what_was_expected(
    load: Load, old: str, new: str, key: str, message: str
) -> None:
    wrong = _wrong(load, GOOD.replace(old, new))
    assert list(wrong) == [key]
    assert wrong[key].startswith(message)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "paid_at",
            "{column: a, format: DD/MM/YYYY}",
            "'DD/MM/YYYY' is no format of dates; expected one of iso",
        ),
        ("paid_at", "{column: a, format: '%d %H'}", "'%d %H' is no format of dates"),
        (
            "paid_at",
            "{column: a, time_of_day: 10:00, time_column: b}",
            "time_of_day and time_column contradict",
        ),
        ("{constant: purchase}", "{constant: a, values: {b: c}}", "values and other belong together"),
        ("{constant: purchase}", "{column: a, other: skip}", "values and other belong together"),
        (
            "{constant: purchase}",
            "{column: a, values: {b: c}, other: drop}",
            "expected one of 'reject', 'skip'",
        ),
        ("orders.csv", "orders.csv\n    refund_if: negative_quantity", "refund_if looks at quantity: map it"),
        ("orders.csv", "orders.csv\n    optional: maybe", "expected true or false"),
        ("orders.csv", "orders.csv\n    encoding: utf9", "'utf9' is no text encoding"),
        ("orders.csv", "orders.csv\n    encoding: base64", "'base64' is no text encoding"),
        ("orders.csv", 'orders.csv\n    delimiter: "\\n"', "a delimiter is one or more characters"),
        ("orders.csv", "orders.csv\n    skip_rows: few", "expected a whole number"),
        ("orders.csv", "orders.csv\n    skip_rows: -1", "expected at least 0, got '-1'"),
        ("orders.csv", "orders.csv\n    format: ods", "expected one of 'csv', 'tsv'"),
    ],
)
def test_wrong_value_says_what_was_expected(load: Load, old: str, new: str, message: str) -> None:
    (text,) = _wrong(load, GOOD.replace(old, new)).values()
    assert text.startswith(message)


def test_tab_may_be_written_in_three_ways(load: Load) -> None:
    for written in ("tab", "\\t", '"\\t"'):
        mapping = load(GOOD.replace("orders.csv", f"orders.csv\n    delimiter: {written}"))
        assert mapping.events["orders"].delimiter == "\t"


def test_unknown_role_lists_the_roles(load: Load) -> None:
    wrong = _wrong(load, GOOD + "event_types: {tasting: fun}\n")
    assert wrong["event_types.tasting (line 11)"].startswith("expected one of 'purchase', 'refund'")


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ("{kind: ordinal}", "list the levels; for ordinal, lowest first"),
        ("{kind: number, levels: [a]}", "a number has no levels"),
        ("{kind: nominal, levels: [a, a]}", "a level is there twice"),
    ],
)
def test_levels_must_fit_the_kind(load: Load, attribute: str, message: str) -> None:
    people = "customers: {people: {files: p.csv, columns: {customer_id: id}, attributes: {age: %s}}}\n"
    assert list(_wrong(load, GOOD + people % attribute).values()) == [message]


def test_several_problems_come_together(load: Load) -> None:
    assert len(_wrong(load, GOOD.replace("currency: CNY\n", "").replace("paid_at", "{}"))) == 2


def test_the_problem_is_told_in_chinese_too(load: Load) -> None:
    with pytest.raises(InvalidInputError) as caught:
        load(GOOD.replace("currency: CNY\n", ""))
    chinese = preferred("zh-CN")
    assert "映射文件" in caught.value.text.render(chinese)
    assert caught.value.fields[0].message.render(chinese) == "缺少这个必填的键"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1\n", "cannot be read as YAML"),
        ("source: a\nsource: b\n", "line 2: the key source is there twice"),
        ("", "is not a valid mapping"),
        ("- a\n", "is not a valid mapping"),
    ],
)
def test_broken_file_is_refused(load: Load, text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        load(text)


def test_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"nothing\.yaml: there is no such file"):
        load_mapping(tmp_path / "nothing.yaml")
