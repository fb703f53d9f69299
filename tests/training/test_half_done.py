"""A promotion that ends in its middle gives the aliases back; what serves and what they name stay the same."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.settings import Settings
from models.registry import Registry
from models.release_read import CURRENT_FILE
from training.half_done import NOTE_FILE, move_aliases, noted, put_back

BEFORE, AFTER = {"interest": 1, "churn": 1}, {"interest": 2, "segments": 1}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two versions of each model, the first ones champions, and a release that is called `old`."""
    made = Settings(home=tmp_path_factory.mktemp("prepared"))
    registry = registry_of(made)
    for part in ("interest", "churn", "segments"):
        registry.client.create_registered_model(part)
        for number in (1, 2):
            registry.client.create_model_version(part, source=f"{made.home.as_uri()}/{part}/{number}")
    move_aliases(registry, BEFORE)
    made.releases_path.mkdir()
    (made.releases_path / CURRENT_FILE).write_text("old\n", encoding="ascii")
    return made.home


@pytest.fixture
def settings(prepared: Path, tmp_path: Path) -> Settings:
    """A home of the test's own."""
    shutil.copytree(prepared, tmp_path / "home")
    return Settings(home=tmp_path / "home")


def registry_of(settings: Settings) -> Registry:
    return Registry(settings.tracking_uri, settings.artifacts_path)


def champions(settings: Settings) -> dict[str, int]:
    registry = registry_of(settings)
    found = {part: registry.champion(part) for part in ("interest", "churn", "segments", "reviewed")}
    return {part: one.version for part, one in found.items() if one}


def dies(settings: Settings, while_moving: Callable[[Registry], object]) -> None:
    """What a process leaves that is killed while it promotes: the note stays."""
    registry = registry_of(settings)
    note = settings.releases_path / NOTE_FILE
    with noted(settings, registry, "new", AFTER):
        while_moving(registry)
        kept = note.read_bytes()
    note.write_bytes(kept)


def test_promotion_that_came_to_its_end_leaves_the_new_champions_and_no_note(settings: Settings) -> None:
    with noted(settings, registry_of(settings), "new", AFTER):
        move_aliases(registry_of(settings), AFTER)
        (settings.releases_path / CURRENT_FILE).write_text("new\n", encoding="ascii")
    assert champions(settings) == AFTER
    assert not put_back(settings, registry_of(settings))
    assert champions(settings) == AFTER


def test_promotion_that_fails_gives_the_aliases_back_at_once(settings: Settings) -> None:
    def fails() -> None:
        with noted(settings, registry_of(settings), "new", AFTER):
            move_aliases(registry_of(settings), AFTER)
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk"):
        fails()
    assert champions(settings) == BEFORE
    assert not (settings.releases_path / NOTE_FILE).exists()


def test_promotion_that_died_between_two_aliases_is_put_back_by_the_next_look(settings: Settings) -> None:
    dies(settings, lambda registry: registry.promote("interest", 2))
    assert champions(settings) == {**BEFORE, "interest": 2}
    assert put_back(settings, registry_of(settings))
    assert champions(settings) == BEFORE
    assert not put_back(settings, registry_of(settings))


def test_promotion_that_died_after_its_release_served_is_let_stand(settings: Settings) -> None:
    dies(settings, lambda registry: move_aliases(registry, AFTER))
    (settings.releases_path / CURRENT_FILE).write_text("new\n", encoding="ascii")
    assert not put_back(settings, registry_of(settings))
    assert champions(settings) == AFTER
    assert not (settings.releases_path / NOTE_FILE).exists()


def test_an_alias_that_somebody_moved_since_is_left_where_they_put_it(settings: Settings) -> None:
    dies(settings, lambda registry: registry.promote("interest", 2))
    registry_of(settings).promote("churn", 2)
    assert put_back(settings, registry_of(settings))
    assert champions(settings) == {"interest": 1, "churn": 2}
