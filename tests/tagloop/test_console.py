"""What commands print: aligned, in the terminal's language, nothing of a value taken for markup."""

import io
import json

import pytest
from rich.console import Console

from core.errors import FieldError, InvalidInputError
from core.language import Language, Text
from tagloop.console import Terminal, is_figure, shown, without_nan


def terminal(language: Language = "en", width: int = 60) -> tuple[Terminal, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Terminal(language, Console(file=out, width=width), Console(file=err, width=width)), out, err


def test_results_and_remarks_go_separate_ways() -> None:
    shown_by, out, err = terminal()
    shown_by.line("Revoked {key}", key="k1")
    shown_by.note("Stop with Ctrl-C")
    assert (out.getvalue(), err.getvalue()) == ("Revoked k1\n", "Stop with Ctrl-C\n")


def test_brackets_of_a_value_are_shown() -> None:
    """Rich would otherwise take them for markup and swallow them, or fail."""
    shown_by, out, err = terminal()
    shown_by.line("Revoked {key}", key="[bold]k[/nothing]")
    shown_by.note("Revoked {key}", key="[bold]k[/nothing]")
    shown_by.fail(InvalidInputError("{problem}", problem="orders[old].csv [/x]"))
    shown_by.table("Tags", ["key"], [["[red]coffee[/red]"]])
    assert "[bold]k[/nothing]" in out.getvalue()
    assert "[red]coffee[/red]" in out.getvalue()
    assert "[bold]k[/nothing]" in err.getvalue()
    assert "orders[old].csv [/x]" in err.getvalue()


def test_error_is_one_line_and_one_for_each_culprit() -> None:
    shown_by, _, err = terminal(width=20)
    culprit = FieldError("events.3.amount", Text("expected a whole number, got {got}", {"got": "'x'"}))
    shown_by.fail(InvalidInputError("{count} fields are not as expected", count=1, fields=(culprit,)))
    assert err.getvalue().splitlines() == [
        "1 fields are not as expected",
        "  events.3.amount: expected a whole number, got 'x'",
    ]


def test_error_speaks_the_terminals_language() -> None:
    shown_by, _, err = terminal("zh")
    culprit = FieldError("port", Text("expected a whole number, got {got}", {"got": "'x'"}))
    shown_by.fail(InvalidInputError("{count} fields are not as expected", count=1, fields=(culprit,)))
    assert err.getvalue().splitlines() == ["有 1 个字段不符合要求", "  port: 应为整数，收到的是 'x'"]


def test_figures_are_right_aligned_and_words_left() -> None:
    shown_by, out, _ = terminal()
    shown_by.table("Tags", ["key", "customers", "mean"], [["tea", 12, 0.5], ["coffee", 1234, float("nan")]])
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert lines == ["Tags", "key     customers   mean", "tea            12  0.500", "coffee      1,234"]


def test_json_has_null_where_there_is_no_number() -> None:
    shown_by, out, _ = terminal()
    shown_by.json({"auc": float("nan"), "ap": (0.5, float("inf")), "名称": "茶"})
    assert json.loads(out.getvalue()) == {"auc": None, "ap": [0.5, None], "名称": "茶"}
    assert "茶" in out.getvalue()


@pytest.mark.parametrize(
    ("cell", "text"), [(True, "True"), (1477998, "1,477,998"), (0.12345, "0.123"), (None, "None"), ("", "")]
)
def test_cells_are_shown_as_people_read_them(cell: object, text: str) -> None:
    assert shown(cell) == text


def test_intervals_and_shares_are_figures() -> None:
    assert all(map(is_figure, ["-0.015 (-0.027 -0.003)", "32%", "1,234", ""]))
    assert not any(map(is_figure, ["coffee", "since 84d", "茶"]))


def test_plain_values_are_left_as_they_are() -> None:
    assert without_nan({"a": [1, "x", None, 0.5]}) == {"a": [1, "x", None, 0.5]}


def test_steps_have_a_bar_each() -> None:
    shown_by, _, err = terminal("zh")
    with shown_by.steps() as steps:
        steps.at("Buckets", 1, 3)
        steps.at("Buckets", 3, 3)
        steps.at("Training", 2)
    assert "分桶" in err.getvalue()
    assert "3/3" in err.getvalue()
