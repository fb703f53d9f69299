"""A version is trained again from what it was made from; what is gone is refused in words."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import NotReadyError
from features.lake import Lake
from models.registry import Registry
from models.release_read import current_release_id
from tests.command_line import refused, succeeded, tagloop_here
from tests.conftest import Shop
from training.reproduce import Compared

pytestmark = pytest.mark.slow


def test_a_version_trained_again_has_the_same_figures_and_nothing_is_kept(trained_shop: Shop) -> None:
    settings = trained_shop.settings()
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    before = (
        current_release_id(settings.releases_path),
        [one.version for one in registry.versions("interest")],
    )
    said = json.loads(
        succeeded(trained_shop.home, "train", "--reproduce", "interest/1", "--json", run=tagloop_here)
    )
    assert said["same"]
    assert {"macro_ap/mean", "ece", "certified_tags"} <= {one["name"] for one in said["figures"]}
    assert all(one["recorded"] == one["again"] for one in said["figures"])
    assert before == (
        current_release_id(settings.releases_path),
        [one.version for one in registry.versions("interest")],
    )


def test_what_is_no_version_is_refused(trained_shop: Shop) -> None:
    assert "expected NAME/VERSION" in refused(trained_shop.home, "train", "--reproduce", "interest")
    assert "Model interest has no version 99" in refused(
        trained_shop.home, "train", "--reproduce", "interest/99"
    )


def test_a_lake_version_whose_files_were_erased_is_refused(
    loaded_shop: Shop, copy_of: Callable[[Shop], Shop]
) -> None:
    shop = copy_of(loaded_shop)
    lake = Lake(shop.settings().lake_path)
    lake.check_version(lake.version())
    next(Path(lake.path).glob("bucket=*/*.parquet")).unlink()
    with pytest.raises(NotReadyError, match="1 of its 3 files were erased"):
        lake.check_version(lake.version())


def test_a_lake_version_that_never_was_is_refused(loaded_shop: Shop) -> None:
    with pytest.raises(NotReadyError, match="has no version 99"):
        Lake(loaded_shop.settings().lake_path).check_version(99)


@pytest.mark.parametrize(
    ("recorded", "again", "same"),
    [
        (0.5, 0.5, True),
        (0.5, 0.5 + 1e-12, True),
        (0.5, 0.501, False),
        (None, 0.5, False),
        (0.5, None, False),
        (float("nan"), float("nan"), True),
        (float("nan"), 0.5, False),
    ],
)
def test_figures_are_the_same_only_when_both_are_there_and_alike(
    recorded: float | None, again: float | None, *, same: bool
) -> None:
    assert Compared("ap/coffee", recorded, again).is_same == same
