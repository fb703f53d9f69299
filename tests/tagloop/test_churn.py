"""`tagloop churn list` over a shop that was really trained."""

import csv
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from core.language import Language
from models.plot_style import shown_language
from tests.command_line import answered, refused, succeeded, tagloop_here
from tests.conftest import Shop

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(trained_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("churn") / "shop"
    shutil.copytree(trained_shop.folder, folder)
    return Shop(folder)


@pytest.fixture(scope="module")
def found(shop: Shop) -> dict[str, Any]:
    answer: dict[str, Any] = answered(
        shop.home, "churn", "list", "--json", "--limit", 1000, "--min-risk", 0, run=tagloop_here
    )
    return answer


def test_everybody_active_is_listed_by_expected_loss_with_reasons(found: dict[str, Any]) -> None:
    losses = [one["expected_loss"] for one in found["customers"]]
    assert len(losses) == found["active"] == found["at_risk"] > 100
    assert losses == sorted(losses, reverse=True)
    assert all(len(one["reasons"]) <= 3 for one in found["customers"])
    assert any(one["reasons"] for one in found["customers"])


def test_reasons_hold_the_customer_against_what_is_typical(found: dict[str, Any]) -> None:
    """So the release that the training wrote says what is typical."""
    told = [reason for one in found["customers"] for reason in one["reasons"]]
    assert any("typical" in reason["sentence"]["en"] for reason in told)
    assert all("{" not in reason["sentence"]["zh"] for reason in told)


def test_who_stays_away_is_more_at_risk(found: dict[str, Any]) -> None:
    """What sets them apart has to be found: this shop's customers leave by coming no more."""
    first = found["customers"]
    risks = sorted(one["probability"] for one in first)
    assert risks[-1] > 2 * risks[len(risks) // 2]


def test_least_risk_and_limit_narrow_the_list(shop: Shop, found: dict[str, Any]) -> None:
    risks = sorted((one["probability"] for one in found["customers"]), reverse=True)
    least = int(100 * risks[9]) / 100
    narrow = answered(
        shop.home, "churn", "list", "--json", "--limit", 3, "--min-risk", least, run=tagloop_here
    )
    assert narrow["at_risk"] == sum(risk >= least for risk in risks) >= 10
    wanted = [one for one in found["customers"] if one["probability"] >= least][:3]
    assert [one["customer_id"] for one in narrow["customers"]] == [one["customer_id"] for one in wanted]
    assert narrow["as_of"] == found["as_of"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_tables_files_and_plot_are_in_the_readers_language(
    shop: Shop, found: dict[str, Any], language: Language, tmp_path: Any
) -> None:
    plot, file = tmp_path / "apart.svg", tmp_path / "risk.csv"
    said = succeeded(
        shop.home,
        *("churn", "list", "--limit", 5, "--min-risk", 0, "--csv", file, "--plot", plot),
        run=tagloop_here,
        TAGLOOP_LANG=language,
    )
    assert {"en": "What sets them apart", "zh": "不同之处"}[language] in said
    assert {"en": "not what causes", "zh": "因果"}[language] in said
    first = max(found["customers"], key=lambda one: one["expected_loss"])
    assert f"{first['probability']:.2f}" in said  # however long the reason beside it
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 5
    assert {"en": "risk: ", "zh": "流失风险："}[language] in rows[0]["reason_1"]
    assert plot.read_text(encoding="utf-8").lstrip().startswith("<?xml")
    assert shown_language(language) in {"en", language}


def test_a_png_is_drawn_too(shop: Shop, tmp_path: Any) -> None:
    succeeded(shop.home, "churn", "list", "--plot", tmp_path / "apart.png", run=tagloop_here)
    assert (tmp_path / "apart.png").read_bytes().startswith(b"\x89PNG")


def test_files_that_cannot_be_written_are_refused_before_any_work(shop: Shop, tmp_path: Any) -> None:
    assert ".svg or .png" in refused(shop.home, "churn", "list", "--plot", tmp_path / "apart.pdf")
    assert "does not exist" in refused(shop.home, "churn", "list", "--csv", tmp_path / "no" / "risk.csv")


def test_before_the_first_training_the_command_says_what_to_do(
    loaded_shop: Shop, copy_of: Callable[[Shop], Shop]
) -> None:
    assert "tagloop train" in refused(copy_of(loaded_shop).home, "churn", "list")
