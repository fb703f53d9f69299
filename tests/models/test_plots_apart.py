from io import BytesIO

import numpy as np
import pytest
from matplotlib.text import Text

from core.language import Language
from models.plots_apart import REASONS_DRAWN, Setting, apart_figure


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_first_reasons_are_drawn_with_both_means(language: Language) -> None:
    reasons = [Setting(f"reason {number}", 1.0 / (1 + number), 0.1) for number in range(REASONS_DRAWN + 3)]
    figure = apart_figure(reasons, least=0.15, language=language)
    figure.savefig(BytesIO(), format="svg")
    texts = {text.get_text() for text in figure.findobj(Text)}
    assert {f"reason {number}" for number in range(REASONS_DRAWN)} <= texts
    assert f"reason {REASONS_DRAWN}" not in texts
    assert any("15%" in text for text in texts)
    (axes,) = figure.axes
    drawn = [np.asarray(line.get_xdata(), dtype=np.float64) for line in axes.lines]
    marks = {tuple(places.tolist()) for places in drawn if len(places) == REASONS_DRAWN}
    assert marks == {tuple(one.active for one in reasons[:12]), tuple(one.at_risk for one in reasons[:12])}


def test_without_reasons_there_is_an_empty_figure() -> None:
    apart_figure([], least=0.4).savefig(BytesIO(), format="png")
