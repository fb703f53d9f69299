"""Settings: arguments before the environment, the environment before the file; what is wrong is named."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from core.settings import Settings
from core.wrong_values import field_errors


@pytest.fixture
def home(tmp_path: Path) -> Path:
    file = tmp_path / "tagloop.toml"
    file.write_text('timezone = "Asia/Shanghai"\nport = 9001\nseed = 5\n', encoding="utf-8")
    return tmp_path


def wrong(**given: object) -> dict[str, str]:
    """What is said about each wrong setting."""
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(given)
    return {problem.field: str(problem.message) for problem in field_errors(caught.value, whole="settings")}


def test_arguments_win_over_the_environment_and_that_over_the_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGLOOP_HOME", str(home))
    monkeypatch.setenv("TAGLOOP_PORT", "9002")
    settings = Settings(seed=6)
    assert (settings.timezone, settings.port, settings.seed) == ("Asia/Shanghai", 9002, 6)
    assert settings.zone == ZoneInfo("Asia/Shanghai")


def test_home_without_a_file_gives_the_defaults(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert (settings.timezone, settings.port, settings.clock) == ("UTC", 8000, "live")


def test_everything_is_kept_in_the_home_unless_told_otherwise(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert settings.store_url == f"sqlite:///{tmp_path / 'tagloop.db'}"
    assert settings.tracking_uri == f"sqlite:///{tmp_path / 'mlflow.db'}"
    assert {settings.lake_path.parent, settings.releases_path.parent, settings.artifacts_path.parent} == {
        tmp_path
    }
    elsewhere = Settings(home=tmp_path, database_url="postgresql://db/shop", mlflow_uri="http://mlflow")
    assert (elsewhere.store_url, elsewhere.tracking_uri) == ("postgresql://db/shop", "http://mlflow")


def test_reading_settings_makes_no_folder(tmp_path: Path) -> None:
    Settings(home=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_settings_do_not_change(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings(home=tmp_path).seed = 1  # type: ignore[misc]


def test_wrong_values_are_named_with_what_was_expected() -> None:
    assert wrong(timezone="Mars", port="high", clock="stopped", horizon_days=0, workers=1.5) == {
        "timezone": "'Mars' is no time zone; expected an IANA name such as Asia/Shanghai",
        "port": "expected a whole number, got 'high'",
        "clock": "expected one of 'live', 'fixed', 'offset' or 'stepped', got 'stopped'",
        "horizon_days": "expected at least 1, got 0",
        "workers": "expected a whole number, got 1.5",
    }


def test_unknown_setting_in_the_file_is_named(home: Path) -> None:
    (home / "tagloop.toml").write_text('time_zone = "UTC"\n', encoding="utf-8")
    assert wrong(home=home) == {"time_zone": "there is no such key"}


def test_wrong_value_is_said_in_chinese_too() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(timezone="Mars", seed="x")
    problems = field_errors(caught.value, whole="settings")
    assert [problem.message.render("zh") for problem in problems] == [
        "'Mars' 不是时区；请使用 IANA 名称，例如 Asia/Shanghai",
        "应为整数，收到的是 'x'",
    ]


def test_fixed_clock_needs_its_instant() -> None:
    assert wrong(clock="fixed") == {
        "settings": "a fixed clock needs clock_instant, the instant that it tells"
    }


def test_naive_instant_of_a_fixed_clock_is_the_shops(tmp_path: Path) -> None:
    naive = datetime(2024, 3, 1)  # noqa: DTZ001 (as it is in a file)
    settings = Settings(home=tmp_path, timezone="Asia/Shanghai", clock="fixed", clock_instant=naive)
    assert settings.make_clock().now() == datetime(2024, 2, 29, 16, tzinfo=UTC)


def test_settings_at_an_instant_have_a_fixed_clock(tmp_path: Path) -> None:
    instant = datetime(2024, 3, 1, tzinfo=UTC)
    assert Settings(home=tmp_path).at(instant).make_clock().now() == instant


def test_stepped_clock_is_the_one_in_the_home(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, clock="stepped")
    settings.stepped_clock.set_to(datetime(2017, 11, 1, tzinfo=UTC))
    assert Settings(home=tmp_path, clock="stepped").make_clock().now() == datetime(2017, 11, 1, tzinfo=UTC)
