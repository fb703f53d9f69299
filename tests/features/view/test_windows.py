"""Windows end where they say."""

from features.view import D7, D84, EVER, N_WINDOWS, WINDOWS
from features.view.windows import window_of


def test_the_last_day_of_each_window_is_in_it_and_the_next_is_not() -> None:
    assert [window_of(days - 1) for days in WINDOWS] == list(range(D7, EVER))
    assert [window_of(days) for days in WINDOWS] == list(range(D7 + 1, N_WINDOWS))


def test_a_day_after_the_cutoffs_is_in_every_window() -> None:
    """Clocks set back over midnight just before the cutoff leave an event on the day after it."""
    assert window_of(-1) == D7
    assert D84 == EVER - 1
