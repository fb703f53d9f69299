import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest
from markupsafe import Markup

from core.language import Text
from models.card import Bullets, Card, Column, Fact, Facts, Named, Panel, Panels, Section, Table, render
from models.card.calibration_chart import calibration_chart
from models.card.chart import nice_top
from models.card.coverage_chart import MOST_POINTS, coverage_chart
from models.card.deviation_chart import deviation_chart
from models.card.interval_chart import Interval, interval_chart

VOID = {"meta", "input", "line", "circle", "polyline", "rect", "br"}


class Tree(HTMLParser):
    """Checks that every element is closed, and keeps attributes and texts by language."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: dict[str | None, list[str]] = {"en": [], "zh": [], None: []}
        self.languages: list[str | None] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)
            language = dict(attrs).get("lang") if tag == "span" else None
            self.languages.append(language or (self.languages[-1] if self.languages else None))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag
            self.languages.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open and self.open[-1] not in {"style", "script"}:
            self.texts[self.languages[-1]].append(data.strip())


def card(title: Any = "<b>Coffee</b> & tea") -> Card:
    bins = pd.DataFrame({"customers": [5, 5], "predicted": [0.1, 0.7], "observed": [0.2, 0.6]})
    chart = calibration_chart(bins, told='"quoted" <tag>')
    table = Table(
        [Column(Text("tag"), is_figure=False), Column(Text("share"))],
        [
            [Named("Coffee", "咖啡"), "12%"],
            [title, interval_chart(Interval(0.5, 0.4, 0.6), (0, 1), reference=0.5)],
        ],
        marked=frozenset({1}),
    )
    sections = [
        Section(
            "calibration", Text("Calibration"), [table, Panels([Panel(title, "0.01", chart)], Text("share"))]
        ),
        Section("limits", Text("Limits"), [Bullets([Text("yes"), title])], Text("no")),
    ]
    head = Facts([Fact(Text("Model"), "logistic")], are_large=True)
    return Card("interest", 7, Text("Interest tags"), Text("Limits"), head, sections)


def test_page_is_whole_and_asks_for_nothing_from_outside() -> None:
    page = render(card())
    tree = Tree(page)
    assert not [one for one in tree.attributes if one[1] in {"src", "action", "srcset", "poster"}]
    assert all(value.startswith("#") for _, name, value in tree.attributes if name == "href")
    assert not re.search(r"https?:|//[a-z]|@import|url\(", page)
    assert ("meta", "http-equiv", "Content-Security-Policy") in tree.attributes


def test_every_text_is_there_in_both_languages() -> None:
    tree = Tree(render(card()))
    assert len(tree.texts["en"]) == len(tree.texts["zh"])
    assert all(re.search("[一-鿿]", text) for text in tree.texts["zh"])
    assert {"Coffee", "Calibration", "Limits"} <= set(tree.texts["en"])
    assert {"咖啡", "校准", "局限"} <= set(tree.texts["zh"])


def test_what_the_shop_wrote_is_text_and_never_markup() -> None:
    page = render(card())
    assert "<b>Coffee</b>" not in page
    assert "&lt;b&gt;Coffee&lt;/b&gt; &amp; tea" in page
    assert 'aria-label="&#34;quoted&#34; &lt;tag&gt;"' in page
    assert "<script>alert" not in render(
        card(Named("<script>alert(1)</script>", "<script>alert(1)</script>"))
    )


def test_both_themes_and_both_switches_are_there() -> None:
    page = render(card())
    assert "prefers-color-scheme: dark" in page
    assert {"in-en", "in-zh", "theme-auto", "theme-light", "theme-dark"} <= {
        value for _, name, value in Tree(page).attributes if name == "id"
    }


def test_the_same_card_gives_the_same_page() -> None:
    assert render(card()) == render(card())


@pytest.mark.parametrize("value", [0.0, 1.0, 0.0001])
def test_charts_of_extremes_are_sound(value: float) -> None:
    bins = pd.DataFrame({"customers": [1], "predicted": [value], "observed": [value]})
    charts: list[Markup] = [
        calibration_chart(bins, told=""),
        calibration_chart(bins[:0], told=""),
        coverage_chart(np.array([value]), np.array([value]), target=None, certified=None, told=""),
        coverage_chart(np.array([value]), np.array([value]), target=value, certified=(value, value), told=""),
        interval_chart(Interval(value, value, value), (value, value)),
        deviation_chart(value * 99),
        deviation_chart(-value * 99),
    ]
    for chart in charts:
        Tree(str(chart))
        assert "nan" not in chart
        assert "inf" not in chart


def test_a_long_curve_is_drawn_with_few_points_and_its_end() -> None:
    coverage = np.linspace(0.001, 1.0, 5000)
    chart = coverage_chart(coverage, 1 - coverage / 2, target=0.8, certified=(0.3, 0.85), told="")
    points = re.findall(r'points="([^"]+)"', chart)[0].split()
    assert len(points) == MOST_POINTS
    assert points[-1].startswith("160.0,")


def test_an_axis_ends_at_a_round_share_above_all_values() -> None:
    assert [nice_top(value) for value in (0.03, 0.05, 0.051, 0.81, 1.0)] == [0.05, 0.05, 0.1, 1.0, 1.0]
