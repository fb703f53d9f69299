"""The inputs of a pair against a plain definition of each."""

import numpy as np

from models.pairs import AT_ONCE, BASE, CYCLE, PairInputs

COLUMNS = (
    "baskets_per_84d_ever__tea",
    "days_since_last_purchase__tea",
    "baskets_per_84d_ever__wine",
    "days_since_last_purchase__wine",
    "opinions_84d__wine",
    "spend_84d",
)
INPUTS = PairInputs(
    columns=COLUMNS,
    stems=("baskets_per_84d_ever", "days_since_last_purchase", "opinions_84d"),
    own=np.array([[0, 1, -1], [2, 3, 4]]),
    general=np.array([5]),
    base=np.array([-1.0, -2.0]),
)
CUSTOMER = np.array([[4.0, 42.0, 2.0, np.nan, 7.0, 99.0]])


def of(tag: int, name: str) -> float:
    return float(INPUTS.of(CUSTOMER)[0, tag, INPUTS.names.index(name)])


def test_own_columns_are_the_tags_own_and_missing_where_it_has_none() -> None:
    assert [of(tag, "baskets_per_84d_ever__tag") for tag in (0, 1)] == [4.0, 2.0]
    assert np.isnan(of(0, "opinions_84d__tag"))
    assert of(1, "opinions_84d__tag") == 7.0


def test_cycle_is_the_time_since_the_last_purchase_in_own_gaps() -> None:
    assert of(0, CYCLE) == 42 / (84 / 4)
    assert np.isnan(of(1, CYCLE))


def test_base_rate_and_customer_stand_beside_them() -> None:
    assert [of(tag, BASE) for tag in (0, 1)] == [-1.0, -2.0]
    assert [of(tag, "spend_84d") for tag in (0, 1)] == [99.0, 99.0]


def test_every_name_is_another() -> None:
    assert len(set(INPUTS.names)) == len(INPUTS.names) == INPUTS.of(CUSTOMER).shape[2]


def test_blocks_cover_every_customer_once_in_order() -> None:
    many = np.arange(1.0, 6.0 * (2 * AT_ONCE + 3) + 1).reshape(-1, 6)
    blocks = list(INPUTS.blocks(many))
    assert [rows.start for rows, _ in blocks] == [0, AT_ONCE, 2 * AT_ONCE]
    np.testing.assert_array_equal(
        np.concatenate([inputs for _, inputs in blocks]), INPUTS.of(many).reshape(-1, len(INPUTS.names))
    )


def test_what_was_worked_out_is_not_kept_and_what_earlier_versions_kept_is_left_out() -> None:
    state = INPUTS.__getstate__()
    again = PairInputs.__new__(PairInputs)
    again.__setstate__({**state, "_cycle_places": "of an earlier version"})
    assert set(state) == {"columns", "stems", "own", "general", "base"}
    np.testing.assert_array_equal(again.of(CUSTOMER), INPUTS.of(CUSTOMER))
