import numpy as np
import pandas as pd
import pytest

from core.errors import InvalidInputError
from models.evaluation import Holdout, Metric, choose, compare, comparison_table
from models.metrics import average_precision, metrics_over_all


def holdout(name: str, seed: int, n: int = 300, customers: int = 400) -> Holdout:
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.choice(customers, n, replace=False))
    index = pd.Index([f"c{place}" for place in chosen], name="customer_id")
    margin = rng.normal(size=(n, 3)) - 1.5

    def frame(values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values, index=index, columns=["coffee", "tea", "floral"])

    chance = 1 / (1 + np.exp(-2 * margin))
    labels = frame((rng.random((n, 3)) < chance).astype(float))
    scores = {
        "logistic": frame(chance),
        "same": frame(chance / 2),
        "better": frame(np.clip(0.8 * chance + 0.2 * labels.to_numpy(), 0, 1)),
        "noise": frame(rng.random((n, 3))),
        "constant": frame(np.full((n, 3), 0.1)),
    }
    return Holdout(name, labels, scores, frame(margin < 0).astype(bool))


@pytest.fixture(scope="module")
def holdouts() -> list[Holdout]:
    return [holdout("2017-10-01", 1), holdout("2017-11-01", 2)]


def test_estimates_are_means_over_labels_and_cutoffs(holdouts: list[Holdout]) -> None:
    table = compare(holdouts, default="logistic", n_resamples=20).table
    for one in holdouts:
        expected = metrics_over_all(one.labels, one.scores["noise"])["macro_ap"]
        assert table[one.name]["noise"] == pytest.approx(expected)
    assert table["mean"]["noise"] == pytest.approx(table[["2017-10-01", "2017-11-01"]].loc["noise"].mean())


def test_intervals_hold_the_estimate_and_the_default_differs_from_itself_by_nothing(
    holdouts: list[Holdout],
) -> None:
    table = compare(holdouts, default="logistic", n_resamples=200).table
    assert (table["low"] < table["mean"]).all()
    assert (table["mean"] < table["high"]).all()
    assert list(table[["difference", "difference_low", "difference_high"]].loc["logistic"]) == [0, 0, 0]


def test_models_with_the_same_ranking_tie_in_every_resample(holdouts: list[Holdout]) -> None:
    comparison = compare(holdouts, default="logistic", n_resamples=50)
    assert comparison.difference("same", "logistic") == (0.0, 0.0, 0.0)


def test_pairing_narrows_the_interval_of_a_difference(holdouts: list[Holdout]) -> None:
    table = compare(holdouts, default="logistic", n_resamples=200).table.loc["better"]
    assert table["difference_high"] - table["difference_low"] < table["high"] - table["low"]


def test_the_slice_counts_new_labels_only(holdouts: list[Holdout]) -> None:
    one = holdouts[0]
    assert one.new is not None
    table = compare([one.sliced()], default="logistic", n_resamples=5).table
    expected = np.mean(
        [
            average_precision(
                one.labels[tag][one.new[tag]].to_numpy(), one.scores["noise"][tag][one.new[tag]].to_numpy()
            )
            for tag in one.labels
        ]
    )
    assert table["mean"]["noise"] == pytest.approx(expected)


def test_the_tables_of_all_and_of_the_slice_stand_side_by_side(holdouts: list[Holdout]) -> None:
    whole = compare(holdouts, default="logistic", n_resamples=5)
    new = compare([one.sliced() for one in holdouts], default="logistic", n_resamples=5)
    table = comparison_table(whole, new)
    assert {"mean", "difference_low", "slice_mean", "slice_difference_low"} <= set(table.columns)


def test_the_interval_is_as_wide_as_repeated_samples_spread() -> None:
    spread = np.std(
        [
            compare([holdout("x", s)], default="logistic", n_resamples=2).table["mean"]["logistic"]
            for s in range(60)
        ]
    )
    table = compare([holdout("x", 1)], default="logistic", n_resamples=400).table.loc["logistic"]
    assert (table["high"] - table["low"]) / 3.92 == pytest.approx(spread, rel=0.35)


def test_the_same_seed_gives_the_same_draws_whatever_the_block(holdouts: list[Holdout]) -> None:
    one, two = (compare(holdouts, default="logistic", n_resamples=140, seed=7).draws for _ in range(2))
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert one.shape == (140, 5)


def test_churn_is_compared_by_auc(holdouts: list[Holdout]) -> None:
    table = compare(holdouts, default="logistic", metric="auc", n_resamples=50).table
    assert table["mean"]["constant"] == pytest.approx(0.5)
    assert table["mean"]["logistic"] > 0.75


def test_ratio_of_two_models_lies_in_its_paired_interval(holdouts: list[Holdout]) -> None:
    comparison = compare(holdouts, default="logistic", n_resamples=200)
    estimate, low, high = comparison.ratio("better", "logistic")
    assert estimate == comparison.table["mean"]["better"] / comparison.table["mean"]["logistic"]
    assert 1.0 < low < estimate < high
    assert comparison.ratio("logistic", "logistic") == (1.0, 1.0, 1.0)


def test_a_candidate_replaces_the_default_only_when_it_wins(holdouts: list[Holdout]) -> None:
    comparison = compare(holdouts, default="logistic", n_resamples=200)
    assert choose(comparison, candidates=["same"]).model == "logistic"
    assert choose(comparison, candidates=["noise"]).model == "logistic"
    assert choose(comparison, candidates=["same", "better", "noise"]).model == "better"


def test_a_rule_that_is_not_beaten_vetoes_and_is_promoted_instead(holdouts: list[Holdout]) -> None:
    comparison = compare(holdouts, default="noise", n_resamples=200)
    choice = choose(comparison, gates=["logistic", "better", "constant"])
    assert choice.model == "noise"
    assert {"logistic", "better"} <= set(choice.vetoes)
    assert choice.promoted == choice.fallback == "better"


def test_beaten_rules_veto_nothing(holdouts: list[Holdout]) -> None:
    choice = choose(compare(holdouts, default="logistic", n_resamples=200), gates=["noise", "constant"])
    assert choice.vetoes == ()
    assert choice.promoted == "logistic"


def test_a_model_without_scores_is_named(holdouts: list[Holdout]) -> None:
    first, second = holdouts
    less = Holdout(second.name, second.labels, {"logistic": second.scores["logistic"]})
    with pytest.raises(InvalidInputError, match="has no scores at 2017-11-01"):
        compare([first, less], default="logistic", n_resamples=2)
    with pytest.raises(InvalidInputError, match="absent"):
        compare([first], default="absent", n_resamples=2)


def test_nothing_to_compare_is_said() -> None:
    with pytest.raises(InvalidInputError, match="nothing to compare"):
        compare([], default="logistic")


def test_a_holdout_that_knows_nothing_new_has_no_slice(holdouts: list[Holdout]) -> None:
    with pytest.raises(InvalidInputError, match="2017-10-01"):
        Holdout("2017-10-01", holdouts[0].labels, holdouts[0].scores).sliced()


def without(one: Holdout, value: float) -> Holdout:
    """The holdout with every label that value."""
    return Holdout(one.name, one.labels * 0 + value, one.scores)


@pytest.mark.filterwarnings("error")
def test_cutoff_without_a_positive_is_left_out_of_the_mean(holdouts: list[Holdout]) -> None:
    first, second = holdouts
    found = compare([first, without(second, 0.0)], default="logistic", n_resamples=40)
    alone = compare([first], default="logistic", n_resamples=40).table
    pd.testing.assert_series_equal(found.table["mean"], alone["mean"])
    assert found.table[second.name].isna().all()
    assert np.isfinite(found.table[["low", "high", "difference_low", "difference_high"]].to_numpy()).all()


@pytest.mark.filterwarnings("error")
def test_label_that_is_positive_once_is_compared_where_it_is_drawn(holdouts: list[Holdout]) -> None:
    """In a third of the resamplings nobody positive is drawn; these say nothing instead of nothing at all."""
    one = without(holdouts[0], 0.0)
    one.labels.iloc[0, 0] = 1.0
    found = compare([one], default="logistic", n_resamples=100)
    assert 0 < found.draws["logistic"].isna().sum() < 60
    assert np.isfinite(found.table[["mean", "low", "high"]].to_numpy()).all()
    choice = choose(found, candidates=["same"], gates=["constant"])
    assert choice.model == "logistic"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("metric", "value"), [("macro_ap", 0.0), ("auc", 0.0), ("auc", 1.0)])
def test_nothing_to_compare_on_leaves_the_default_and_vetoes_it(
    holdouts: list[Holdout], metric: Metric, value: float
) -> None:
    """Who cannot be shown to beat a rule does not: the rule is promoted."""
    found = compare([without(holdouts[0], value)], default="logistic", metric=metric, n_resamples=20)
    choice = choose(found, candidates=["better"], gates=["constant"])
    assert (choice.model, choice.promoted) == ("logistic", "constant")


@pytest.mark.filterwarnings("error")
def test_two_customers_can_be_compared(holdouts: list[Holdout]) -> None:
    rows = [0, 1]
    one = holdouts[0]
    labels = one.labels.iloc[rows].assign(coffee=[1.0, 0.0], tea=[0.0, 0.0], floral=[np.nan, np.nan])
    small = Holdout(one.name, labels, {name: scores.iloc[rows] for name, scores in one.scores.items()})
    table = compare([small], default="logistic", n_resamples=50).table
    assert table["mean"].between(0.5, 1.0).all()


def test_a_row_of_weight_three_counts_as_three_rows(holdouts: list[Holdout]) -> None:
    one = holdouts[0]
    times = np.where(np.arange(len(one.labels)) % 4 == 0, 3, 1)
    places = np.repeat(np.arange(len(times)), times)
    repeated = Holdout(
        one.name,
        one.labels.iloc[places],
        {model: scores.iloc[places] for model, scores in one.scores.items()},
    )
    weighed = Holdout(one.name, one.labels, one.scores, weights=times.astype(np.float64))
    first, second = (
        compare([found], default="logistic", n_resamples=50).table for found in (repeated, weighed)
    )
    pd.testing.assert_frame_equal(first, second)
