from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import MONEY
from features.sources.values.amounts import (
    add_money,
    add_numbers,
    money_array,
    multiply_money,
    to_money,
    to_numbers,
)
from features.sources.values.written_numbers import plain_numbers

NOT_FINITE = ("NaN", "inf", "-Infinity", "1e999")
NOT_PLAIN = (
    "many",
    "1,5",
    "1e3",
    "1_000",
    "0x10",
    "+-1",
    "-",
    "¥",
    "(3)",
    "1,2345",
    "12,345,6",
    "1.2.3",
    "１２",
)


@pytest.mark.parametrize("text", [*NOT_FINITE, *NOT_PLAIN])
def test_what_is_no_finite_number_is_bad(text: str) -> None:
    assert to_numbers(pa.array(["1.5", text, None, ""])).bad.tolist() == [False, True, False, False]
    assert to_money(pa.array(["1.5", text, None, ""])).bad.tolist() == [False, True, False, False]


def test_nan_in_a_column_of_numbers_is_bad_and_an_empty_cell_is_not() -> None:
    assert to_numbers(pa.array([1.0, float("nan"), float("inf"), None])).bad.tolist() == [
        False,
        True,
        True,
        False,
    ]


def _amounts(values: list[Any]) -> list[Decimal | None]:
    money = to_money(pa.array(values))
    assert not money.bad.any()
    found: list[Decimal | None] = money_array(money).to_pylist()
    return found


def test_amounts_are_exact_to_four_places() -> None:
    assert _amounts([0.1 + 0.2, -3.5, None]) == [Decimal("0.3000"), Decimal("-3.5000"), None]
    assert _amounts(["0.30000000000000004", "-0.01"]) == [Decimal("0.3000"), Decimal("-0.0100")]
    assert _amounts([3, 99_999_999_999_999]) == [Decimal("3.0000"), Decimal("99999999999999.0000")]
    assert _amounts(["99999999999999.9999", "12345678901234.5678"])[1] == Decimal("12345678901234.5678")
    assert _amounts([Decimal("12345678901234.5678")]) == [Decimal("12345678901234.5678")]


@given(st.lists(st.decimals(-(10**13), 10**13, places=4), min_size=1, max_size=20))
def test_written_amounts_come_back(amounts: list[Decimal]) -> None:
    found = money_array(to_money(pa.array([str(amount) for amount in amounts])))
    assert found.type == MONEY
    found.validate(full=True)
    assert found.to_pylist() == amounts


@pytest.mark.parametrize("value", ["100000000000000", 1e14, -1e300, 10**18])
def test_amount_that_does_not_fit_is_bad(value: float | str) -> None:
    assert to_money(pa.array([value])).bad.tolist() == [True]


def test_sum_takes_an_empty_cell_for_nothing_unless_all_are_empty() -> None:
    first, second = pa.array(["0.1", "", "", "x"]), pa.array(["0.2", "0.2", "", "1"])
    money = add_money([to_money(first), to_money(second)])
    assert money.bad.tolist() == [False, False, False, True]
    assert money_array(money).to_pylist()[:3] == [Decimal("0.3"), Decimal("0.2"), None]
    numbers = add_numbers([to_numbers(first), to_numbers(second)])
    assert numbers.bad.tolist() == [False, False, False, True]
    assert numbers.values[1] == 0.2


def test_sum_that_does_not_fit_is_bad() -> None:
    half = to_money(pa.array(["99999999999999"]))
    assert add_money([half, half]).bad.tolist() == [True]


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("¥1,234.50", ".", "1234.50"),
        ("-¥5", ".", "-5"),
        ("¥-5.", ".", "-5"),
        ("+3", ".", "3"),
        ("￥ 1 234 567.5", ".", "1234567.5"),
        ("12元", ".", "12"),
        ("$.5", ".", "0.5"),
        ("1'234.50", ".", "1234.50"),
        ("1.234,50", ",", "1234.50"),
        ("1\u00a0234,5 €", ",", "1234.5"),
        ("-12,5", ",", "-12.5"),
        ("7", ",", "7"),
        ("1.234", ",", "1234"),
        ("12.50", ",", None),
        ("1,234.50", ",", None),
        ("1.234,50", ".", None),
    ],
)
def test_separators_and_currency_signs_are_read_as_declared(
    text: str, decimal: str, expected: str | None
) -> None:
    assert plain_numbers(pa.array([text, "1", None]), decimal).to_pylist() == [expected, "1", None]
    assert to_money(pa.array([text]), decimal).bad.tolist() == [expected is None]


@given(st.decimals(-(10**9), 10**9, places=2), st.sampled_from(",' "))
def test_amounts_with_separators_come_back(amount: Decimal, group: str) -> None:
    written = f"{amount:,.2f}".replace(",", group)
    assert money_array(to_money(pa.array([written]))).to_pylist() == [amount]


def test_product_is_rounded_to_four_places_and_missing_where_a_part_is() -> None:
    quantity = pa.array(["3", "-2", "", "x", "1e3", "7"])
    price = pa.array(["0.1", "¥1,000.25", "5", "5", "5", "19.99"])
    money = multiply_money([quantity, price])
    assert money.bad.tolist() == [False, False, False, True, True, False]
    found = money_array(money).to_pylist()
    assert (found[0], found[1], found[2], found[5]) == (
        Decimal("0.3"),
        Decimal("-2000.5"),
        None,
        Decimal("139.93"),
    )


def test_product_that_does_not_fit_is_bad() -> None:
    huge = pa.array([1e200])
    assert multiply_money([huge, huge]).bad.tolist() == [True]
    assert multiply_money([pa.array([1e9]), pa.array([1e6])]).bad.tolist() == [True]
