"""What is worth a look, and that no tag or customer takes all of the day."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from review.ranking import TASKS_A_CUSTOMER, informative_scores, spread

UNDECIDED = {"is_disputed": np.zeros(1, dtype=bool), "times_decided": np.zeros(1, dtype=np.intp)}


def score(confidence: float, worth: float = 0.5, *, disputed: bool = False, times: int = 0) -> float:
    return float(
        informative_scores(
            np.array([confidence]),
            np.array([worth]),
            is_disputed=np.array([disputed]),
            times_decided=np.array([times]),
        )[0]
    )


def test_unsure_valuable_disputed_and_new_suggestions_come_first() -> None:
    assert score(0.5) > score(0.7) > score(0.95)
    assert score(0.5, worth=1.0) > score(0.5, worth=0.0)
    assert score(0.5, disputed=True) > score(0.5)
    assert score(0.5) > score(0.5, times=1)


@given(st.integers(0, 10_000), st.integers(0, 80), st.integers(0, 40))
def test_taken_ones_are_spread_over_tags_and_customers(seed: int, n: int, most: int) -> None:
    dice = np.random.default_rng(seed)
    scores, tags, customers = dice.random(n), dice.integers(0, 4, n), dice.integers(0, 12, n)
    taken = spread(scores, tags, customers, most)
    assert len(taken) <= most
    assert len(set(taken.tolist())) == len(taken)
    assert max(np.bincount(customers[taken]), default=0) <= TASKS_A_CUSTOMER
    of_tag = np.bincount(tags[taken], minlength=4)
    left = [tag for tag in range(4) if of_tag[tag] < of_tag.max() - 1]
    # A tag gets fewer turns than another only where it has no more suggestions to give.
    everything = spread(scores, tags, customers, n)
    assert all(of_tag[tag] == np.bincount(tags[everything], minlength=4)[tag] for tag in left)


def test_of_one_tag_the_best_comes_first() -> None:
    scores = np.array([0.1, 0.9, 0.5])
    assert spread(scores, np.zeros(3, dtype=np.intp), np.arange(3), 3).tolist() == [1, 2, 0]
