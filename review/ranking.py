"""In which order suggestions are worth a person's look, and how the order is spread over tags and customers."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

TASKS_A_CUSTOMER = 3
"""Of one customer no more come up on one day: they would push out others about whom nothing is known."""


def informative_scores(
    confidence: Floats, worth: Floats, *, is_disputed: NDArray[np.bool_], times_decided: Ints
) -> Floats:
    """How much a decision would tell: shape (n,), larger is better.

    `4 p (1 - p) * (1 + worth) / 2 * (2 if disputed) / (1 + times decided)`: what the model is unsure of (uncertainty
    sampling, Lewis and Gale 1994, with the variance of the outcome as its measure), rather of customers who spend
    much, rather where reviewers disagreed, rather what nobody has looked at.

    Args:
        confidence: Calibrated probabilities, shape (n,).
        worth: Share of customers who spend no more, from 0 to 1, shape (n,).
        is_disputed: Whether two reviewers contradicted each other on it, shape (n,).
        times_decided: How often people have decided it, shape (n,).

    >>> nothing = np.zeros(2, dtype=np.intp)
    >>> informative_scores(np.array([0.5, 0.9]), np.ones(2), is_disputed=nothing > 0, times_decided=nothing).round(2)
    array([1.  , 0.36])
    """
    uncertainty = 4.0 * confidence * (1.0 - confidence)
    scores: Floats = (
        uncertainty * (1.0 + worth) / 2.0 * np.where(is_disputed, 2.0, 1.0) / (1.0 + times_decided)
    )
    return scores


def worth_of(spend: Floats, customers: Ints) -> Floats:
    """Of each suggestion the share of the customers who spend no more than its own, from 0 to 1: shape (n,).

    >>> worth_of(np.array([5.0, 5.0, 9.0]), np.array([0, 0, 1]))
    array([0.5, 0.5, 1. ])
    """
    if not len(spend):
        return np.zeros(0)
    first = np.unique(customers, return_index=True)[1]
    of_customers = np.sort(spend[first])
    worth: Floats = np.searchsorted(of_customers, spend, side="right") / len(of_customers)
    return worth


def spread(scores: Floats, tags: Ints, customers: Ints, n: int) -> Ints:
    """The places of the `n` to take, in order: the best of each tag in turn, few of any one customer.

    Args:
        scores: Shape (n_suggestions,); equal ones keep their order.
        tags: The number of each one's tag, shape (n_suggestions,).
        customers: The number of each one's customer, shape (n_suggestions,).
        n: How many to take at most.

    >>> spread(np.array([0.9, 0.8, 0.7]), np.array([0, 0, 1]), np.array([0, 1, 2]), 2)
    array([0, 2])
    """
    best = np.argsort(-scores, kind="stable")
    best = best[_turns(customers[best]) < TASKS_A_CUSTOMER]
    turns = _turns(tags[best])
    return best[np.lexsort((np.arange(len(best)), turns))][:n]


def _turns(numbers: Ints) -> Ints:
    """How often each number came before, place by place.

    >>> _turns(np.array([3, 1, 3, 3]))
    array([0, 0, 1, 2])
    """
    order = np.argsort(numbers, kind="stable")
    in_order = numbers[order]
    begins = np.flatnonzero(np.r_[True, in_order[1:] != in_order[:-1]]) if len(numbers) else np.zeros(0, int)
    lengths = np.diff(np.r_[begins, len(numbers)])
    turns = np.empty(len(numbers), dtype=np.intp)
    turns[order] = np.arange(len(numbers)) - np.repeat(begins, lengths)
    return turns
