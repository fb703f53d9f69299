"""What the proof of monitoring rests on: windows that are what they claim to be, and the preset's own verdict."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.drifting.breaks import in_cents, slow_trend, without_mail
from benchmarks.drifting.default_preset import columns_of, drifted_share
from benchmarks.drifting.planted import Found
from benchmarks.drifting.world import Households, taken
from features.histories import Histories
from tests.features.worlds import long_world
from tests.monitoring.statistics.households import households, window_of, with_column


def test_the_share_of_drifted_columns_is_the_one_that_the_default_preset_counts() -> None:
    from evidently import DataDefinition, Dataset, Report  # noqa: PLC0415 (takes seconds)
    from evidently.presets import DataDriftPreset  # noqa: PLC0415

    before = window_of(households(1200, 1))
    now = with_column(window_of(households(1200, 2)), "spend", households(1200, 3)[:, 0] * 1.5)
    definition = DataDefinition(numerical_columns=list(columns_of(before).columns))
    report = Report([DataDriftPreset()]).run(
        *(Dataset.from_pandas(columns_of(one).reset_index(drop=True), definition) for one in (now, before))
    )
    counted = report.dict()["metrics"][0]["value"]["share"]
    assert 0 < counted < 1
    assert drifted_share(before, now) == pytest.approx(counted)


def test_households_drawn_twice_are_two_households_with_the_same_rows() -> None:
    window = window_of(households(5, 1))
    drawn = Households(["h1", "h1", "gone", "h3"]).of(window)
    assert list(drawn.features.index) == ["0~h1", "1~h1", "3~h3"]
    np.testing.assert_array_equal(drawn.features.to_numpy()[0], window.features.to_numpy()[1])
    assert drawn.decisions.to_numpy()[2].tolist() == window.decisions.to_numpy()[3].tolist()


def test_rows_are_taken_with_all_that_was_said_of_them() -> None:
    window = window_of(households(6, 1))
    found = taken(window, np.array([4, 0]), ["a", "b"])
    assert found.probabilities.to_numpy()[0].tolist() == window.probabilities.to_numpy()[4].tolist()
    assert found.segments["b"] == window.segments["h0"]
    assert found.population == 2


@pytest.fixture(scope="module")
def histories() -> Histories:
    return long_world("America/New_York", seed=3).histories


def test_changes_of_the_source_leave_what_came_before_as_it_was(histories: Histories) -> None:
    middle = int(np.median(histories.occurred_at_us))
    before = histories.occurred_at_us < middle
    for change in (in_cents, slow_trend):
        changed = change(histories, middle)
        np.testing.assert_array_equal(changed.amount[before], histories.amount[before])
        assert (np.abs(changed.amount[~before]) >= np.abs(histories.amount[~before])).all()
        assert (changed.amount[~before] != histories.amount[~before]).any()
    kept = without_mail(histories, middle)
    assert (kept.occurred_at_us < middle).sum() == before.sum()
    late = kept.type[kept.occurred_at_us >= middle]
    assert {kept.type_names[code] for code in late} <= {"purchase"}


def test_cents_are_a_hundred_times_as_much(histories: Histories) -> None:
    changed = in_cents(histories, 0)
    np.testing.assert_array_equal(changed.amount, histories.amount * 100)


def test_the_delay_counts_windows_until_the_first_alarm() -> None:
    found = Found(((False, True, False), (False, False, False)))
    assert found.rate == pytest.approx(1 / 6)
    assert found.delay == 3.0
    assert replace(found, windows=((True, True),)).delay == 1.0
