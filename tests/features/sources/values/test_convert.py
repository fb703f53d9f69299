from typing import Any

import pyarrow as pa
import pytest

from features.sources.values.convert import to_id, to_text


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
