"""Plots of promises: what is drawn is what was found, in both languages."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.language import Language
from models.certification import Certification, certify
from models.plots_promise import calibration_by_tag_figure, precision_coverage, precision_coverage_figure


@pytest.fixture(scope="module")
def said() -> tuple[pd.DataFrame, pd.DataFrame]:
    dice = np.random.default_rng(1)
    P = pd.DataFrame(dice.beta(1.5, 2.0, (1500, 3)), columns=["coffee", "tea", "rare"])
    Y = (pd.DataFrame(dice.random(P.shape), columns=P.columns) < P).astype(float)
    Y["rare"] = np.nan
    return Y, P


def texts(figure: Any) -> str:
    return " ".join(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_tag_has_a_panel_also_one_without_labels(
    said: tuple[pd.DataFrame, pd.DataFrame], language: Language
) -> None:
    shown = texts(calibration_by_tag_figure(*said, language=language, names={"tea": "Tea!"}))
    assert all(name in shown for name in ("coffee", "Tea!", "rare"))


def test_certified_point_is_drawn_on_the_curve_of_its_tag(said: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    Y, P = said
    found = certify(P["coffee"].to_numpy(), Y["coffee"].to_numpy(), np.arange(len(P)))
    assert found.threshold is not None
    failed = Certification(0.8, 0.9, 0.03, reason="too_few_labels")
    figure = precision_coverage_figure(Y, P, {"coffee": found, "tea": failed})
    coffee, tea = figure.axes[0], figure.axes[1]
    (point,) = [line for line in coffee.lines if line.get_marker() == "o"]
    assert (point.get_xdata()[0], point.get_ydata()[0]) == (found.coverage, found.precision)  # type: ignore[index]
    assert not [line for line in tea.lines if line.get_marker() == "o"]
    curve = precision_coverage(Y["coffee"].to_numpy(), P["coffee"].to_numpy())
    at = curve[curve["threshold"] == found.threshold].iloc[0]
    assert (at["rows"], at["precision"], at["coverage"]) == (found.n, found.precision, found.coverage)


def test_nobody_gives_an_empty_curve() -> None:
    assert precision_coverage(np.zeros(0), np.zeros(0)).empty
