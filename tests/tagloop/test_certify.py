"""`tagloop certify` on the small made-up shop: the same as in training, again with what came later, and the plan."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete

from core.storage import Store
from models.registry import Registry
from tags.tables import CertificateRow
from tests.command_line import answered, refused, succeeded, tagloop_here
from tests.conftest import Shop

pytestmark = pytest.mark.slow

CopyOf = Callable[[Shop], Shop]
TAGS = ["coffee", "tea", "cat", "wine", "baby"]


def test_plan_tells_of_every_predicted_tag_what_it_lacks(trained_shop: Shop) -> None:
    told = answered(trained_shop.home, "certify", "--plan", "--json", run=tagloop_here)
    assert [one["tag"] for one in told] == TAGS
    for one in told:
        assert (one["threshold"] is None) == (one["no_guarantee"] is not None)
        assert (one["more_labels"] == 0) == (one["threshold"] is not None)
        assert one["model"] == "interest/1"
    shown = succeeded(trained_shop.home, "certify", "--plan", run=tagloop_here, TAGLOOP_LANG="zh")
    assert "各标签通过认证还差什么" in shown


def test_certifying_again_with_nothing_new_finds_what_the_training_found(
    trained_shop: Shop, copy_of: CopyOf
) -> None:
    shop = copy_of(trained_shop)
    before = answered(shop.home, "certify", "--plan", "--json", run=tagloop_here)
    again = answered(shop.home, "certify", "--json", run=tagloop_here)
    assert again == before
    assert "of 5 tags are certified" in succeeded(shop.home, "certify", run=tagloop_here)


def test_cutoffs_after_its_training_hold_the_very_version_that_serves_against_what_turned_out(
    trained_shop: Shop, copy_of: CopyOf
) -> None:
    """The version is told to be of half a year ago: its scores of the latest cutoffs are then not those of new fits."""
    shop = copy_of(trained_shop)
    settings = shop.settings()
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    registry.client.set_model_version_tag("interest", "1", "until", "2023-09-01T00:00:00+08:00")
    before = {one["tag"]: one for one in answered(shop.home, "certify", "--plan", "--json", run=tagloop_here)}
    again = answered(shop.home, "certify", "--json", run=tagloop_here)
    assert [one["tag"] for one in again] == TAGS
    assert any(one["n"] != before[one["tag"]]["n"] for one in again)
    assert {
        one["tag"]: one for one in answered(shop.home, "certify", "--plan", "--json", run=tagloop_here)
    } == {one["tag"]: one for one in again}


def test_certificates_that_are_gone_are_told_and_made_again(
    trained_shop: Shop, copy_of: CopyOf, open_shop: Callable[[Shop], Store]
) -> None:
    shop = copy_of(trained_shop)
    with open_shop(shop).write() as connection:
        connection.execute(delete(CertificateRow))
    assert "run `tagloop certify`" in refused(shop.home, "certify", "--plan")
    assert len(answered(shop.home, "certify", "--json", run=tagloop_here)) == len(TAGS)
    assert len(answered(shop.home, "certify", "--plan", "--json", run=tagloop_here)) == len(TAGS)


def test_certifying_before_any_cutoff_is_resolved_says_that_history_is_short(
    trained_shop: Shop, copy_of: CopyOf
) -> None:
    shop = copy_of(trained_shop)
    told = answered(shop.home, "certify", "--until", "2023-03-01", "--json", run=tagloop_here)
    assert {one["no_guarantee"]["code"] for one in told} == {"short_history"}


def test_before_a_training_there_is_nothing_to_certify(loaded_shop: Shop, copy_of: CopyOf) -> None:
    home = copy_of(loaded_shop).home
    assert "run `tagloop train`" in refused(home, "certify")
    assert "run `tagloop certify`" in refused(home, "certify", "--plan")
