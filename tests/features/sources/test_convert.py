from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import MONEY
from features.sources.convert import add_money, add_numbers, money_array, to_id, to_money, to_numbers, to_text


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([900, None], ["900", None]),
        ([900.0, None, float("nan")], ["900", None, None]),
        ([31198570044.0, 1.5], ["31198570044", "1.5"]),
        (["900.0", " 0012 ", "", "1.05", "v1.0"], ["900", "0012", None, "1.05", "v1.0"]),
        (["会员 一", "🐈", "\u3000"], ["会员 一", "🐈", None]),
        ([True, None], ["true", None]),
        ([None, None], [None, None]),
    ],
)
def test_ids_are_text_however_the_source_typed_them(values: list[Any], expected: list[str | None]) -> None:
    assert to_id(pa.array(values)).to_pylist() == expected


def test_large_text_is_text() -> None:
    assert to_text(pa.array(["a"], pa.large_string())).type == pa.string()


@pytest.mark.parametrize("text", ["many", "NaN", "inf", "-Infinity", "1,5", "¥3", "1e999"])
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
