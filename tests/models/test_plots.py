"""Figures are drawn without a display and hold what they should; how they look was judged by eye."""

from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from core.language import Language
from models.baselines import PopularityInterest
from models.boosting import BoostedInterest
from models.churn import LogisticChurn
from models.evaluation import Holdout, compare
from models.logistic import LogisticInterest
from models.plot_style import chinese_font, shown_language
from models.plots import calibration_figure, comparison_figure, precision_recall_figure
from models.plots_inside import column_importance, segments_figure, weights_figure
from models.segments import CustomerSegments

LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


def texts(figure: Figure) -> set[str]:
    """All texts of a figure that has been drawn to a PNG."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=40)
    assert buffer.getvalue().startswith(b"\x89PNG")
    return {text.get_text() for text in figure.findobj(Text)}


@LANGUAGES
def test_precision_recall_has_a_panel_for_each_label(language: Language, panel: Any) -> None:
    P = LogisticInterest().fit(panel.X, panel.Y).predict_proba(panel.X)
    nobody = panel.Y.assign(floral=0.0)
    shown = texts(precision_recall_figure(nobody, P, language=language, names={"tea": "Tea lovers"}))
    assert any(text.startswith("Tea lovers") for text in shown)
    assert "floral" in shown


@LANGUAGES
def test_calibration_names_each_model_with_its_error(language: Language, panel: Any) -> None:
    P = LogisticInterest().fit(panel.X, panel.Y).predict_proba(panel.X)
    shown = texts(calibration_figure(panel.Y, {"logistic": P, "half": P / 2}, language=language))
    assert len([text for text in shown if text.startswith(("logistic", "half"))]) == 2


@pytest.mark.filterwarnings("error")
def test_rule_without_a_single_column_has_a_figure_of_its_weights(panel: Any) -> None:
    """A shop where nothing beats popularity promotes it, and its run has plots like any other."""
    model = PopularityInterest().fit(panel.X, panel.Y)
    assert {"coffee", "tea", "floral"} <= texts(weights_figure(model))


@pytest.mark.filterwarnings("error")
def test_figures_of_labels_that_are_all_alike_and_of_one_row_are_drawn(panel: Any) -> None:
    X, nobody = panel.X.head(1), panel.Y.head(1) * 0
    P = PopularityInterest().fit(panel.X, panel.Y).predict_proba(X)
    assert texts(precision_recall_figure(nobody, P))
    assert texts(calibration_figure(nobody, {"popularity": P}))


@LANGUAGES
def test_comparison_shows_every_model(language: Language, panel: Any) -> None:
    P = LogisticInterest().fit(panel.X, panel.Y).predict_proba(panel.X)
    one = Holdout(
        "2017-10-01",
        panel.Y,
        {
            "logistic": P,
            "noise": pd.DataFrame(np.random.default_rng(0).random(P.shape), index=P.index, columns=P.columns),
        },
    )
    comparison = compare([one], default="logistic", n_resamples=20)
    assert {"logistic", "noise"} <= texts(comparison_figure(comparison, language=language))


@LANGUAGES
def test_weights_of_a_linear_model_are_shown_by_term(language: Language, panel: Any) -> None:
    interest = texts(weights_figure(LogisticInterest().fit(panel.X, panel.Y), language=language))
    assert {"coffee", "spend 84d", "baskets 84d\u00a0*"} <= interest
    churn = texts(weights_figure(LogisticChurn().fit(panel.X, panel.churned), language=language))
    assert "spend 84d" in churn


@LANGUAGES
def test_importance_of_boosted_trees_is_shown_by_column(language: Language, panel: Any) -> None:
    model = BoostedInterest(n_rounds=10).fit(panel.X, panel.Y)
    importance = column_importance(model)
    assert importance.sum() == pytest.approx(1.0)
    assert importance.index[0] in texts(weights_figure(model, language=language))


@LANGUAGES
def test_segments_are_shown_by_name(language: Language, panel: Any) -> None:
    segments = CustomerSegments(n_segments=(3, 3), min_stability=0.0, n_replicates=2).fit(panel.X)
    drawn = shown_language(language)
    shown = texts(segments_figure(segments, language=language))
    for name in segments.names_:
        assert any(text.startswith(getattr(name, drawn)) for text in shown)


def test_chinese_is_drawn_only_where_a_font_has_it() -> None:
    assert shown_language("en") == "en"
    assert shown_language("zh") == ("en" if chinese_font() is None else "zh")
