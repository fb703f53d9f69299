"""A home opened in Python says what the commands say, and is not changed by it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from core.errors import InvalidInputError, NotReadyError
from tagloop.home import CHECKOUT, Home, open_home
from tests.command_line import succeeded, tagloop_here
from tests.conftest import Shop


@pytest.fixture
def home(trained_shop: Shop) -> Iterator[Home]:
    with open_home(trained_shop.home, language="en") as opened:
        yield opened


def test_features_are_those_of_the_command(trained_shop: Shop, home: Home, tmp_path: Path) -> None:
    out = tmp_path / "features.parquet"
    succeeded(trained_shop.home, "features", "--as-of", "2024-01-01", "--out", out, run=tagloop_here)
    pd.testing.assert_frame_equal(
        home.features("2024-01-01"), pd.read_parquet(out).set_index("customer_id"), check_exact=True
    )
    assert list(home.meanings.index) == list(home.features("2024-01-01").columns)


def test_panel_has_the_rows_of_each_cutoff_and_what_turned_out(home: Home) -> None:
    panel = home.panel(["2024-01-01", "2024-02-20"])
    known = panel.outcomes.notna().all(axis=1).groupby(level="as_of").all()
    assert known.tolist() == [True, False]  # thirty days from the second one are not over
    pd.testing.assert_frame_equal(
        panel.at(home.instant("2024-02-20")).features, home.features("2024-02-20"), check_exact=True
    )


def test_rows_are_those_that_the_models_learn_from(home: Home) -> None:
    panel = home.panel(["2024-01-01"])
    interest, churn = home.interest_rows(panel), home.churn_rows(panel)
    assert (interest.X["baskets_84d"] > 0).all()
    assert list(interest.Y.columns) == ["coffee", "tea", "cat", "wine", "baby"]
    assert (churn.X["baskets_56d"] > 0).all()


def test_events_of_one_customer_are_among_those_of_all(home: Home) -> None:
    everybody, one = home.events(), home.events(customer_id="m007")
    mine = everybody[everybody["customer_id"] == "m007"].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, one, check_categorical=False)
    assert str(one["occurred_at"].dtype) == "datetime64[us, Asia/Shanghai]"
    assert one["amount"].dtype == float


def test_items_tell_their_category_from_wide_to_narrow(home: Home) -> None:
    item = home.items().loc["茶叶1"]
    assert (item["name"], item["category"]) == ("茶叶 1 号", "嗜好 > 茶叶")


def test_plan_is_that_of_the_training(home: Home) -> None:
    run = home.models.client.get_run(home.models.resolve("interest").run_id)
    assert run.data.params["test_cutoffs"].split(", ") == [str(test.date()) for test in home.plan.tests]


def test_promoted_kind_takes_part_in_the_contest(home: Home) -> None:
    assert home.promoted_kind("interest") in home.interest_contest.make(0)
    assert home.promoted_kind("churn") in home.churn_contest.make(0)


def test_each_tag_has_a_column_that_counts_it(home: Home) -> None:
    columns = {home.counted.recent(tag.key) for tag in home.taxonomy.outcome_tags}
    assert columns <= set(home.meanings.index)
    assert len(columns) == len(home.taxonomy.outcome_tags)


def test_names_are_in_the_language_asked_for(home: Home) -> None:
    assert (home.tag_names["tea"], home.say("Tea", "茶")) == ("Tea", "Tea")


def test_opening_and_reading_changes_no_file(trained_shop: Shop) -> None:
    def files() -> dict[Path, tuple[int, int]]:
        found = (file for file in trained_shop.home.rglob("*") if file.is_file())
        return {file: (file.stat().st_size, file.stat().st_mtime_ns) for file in found}

    before = files()
    with open_home(trained_shop.home) as home:
        home.features()
        home.items()
        home.events(["customer_id"])
    assert files() == before


def test_an_instant_is_midnight_in_the_shops_zone_and_now_its_present_day(home: Home) -> None:
    assert home.instant("2024-01-01") == datetime(2023, 12, 31, 16, tzinfo=UTC)
    assert home.instant("now") == datetime(2024, 2, 29, 16, tzinfo=UTC)
    with pytest.raises(InvalidInputError, match="expected a date or time"):
        home.instant("yesterday")


def test_empty_folder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match="loading data makes it"):
        open_home(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_home_of_the_environment_is_opened_else_that_of_the_checkout(
    trained_shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAGLOOP_HOME", str(trained_shop.home))
    with open_home() as home:
        assert home.settings.home == trained_shop.home
    monkeypatch.delenv("TAGLOOP_HOME")
    monkeypatch.setattr("tagloop.home.CHECKOUT", tmp_path / "checkout")
    with pytest.raises(NotReadyError, match=r"checkout/var/tagloop\.db"):
        open_home()
    assert (CHECKOUT / "pyproject.toml").exists()
