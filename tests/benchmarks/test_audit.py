"""The figure about the audit is of what the release of the home would have suggested on past days."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from benchmarks.audit import DRAWS, measure
from core.errors import NotReadyError
from core.storage import Store
from tags.catalogue.taking import look
from tags.certificates import record
from tests.certificates import COFFEE
from tests.conftest import Shop

pytestmark = pytest.mark.slow


def test_figure_is_the_share_of_draws_whose_interval_holds_the_truth(
    trained_shop: Shop, copy_of: Callable[[Shop], Shop], open_shop: Callable[[Shop], Store]
) -> None:
    shop = copy_of(trained_shop)
    store, settings = open_shop(shop), shop.settings(reviews_per_day=60, audit_share=0.5)
    with pytest.raises(NotReadyError, match="applies nothing"):  # its tags fall short of their targets
        measure(settings, store, look(settings, store))
    with store.write() as connection:
        for tag in ("coffee", "tea", "cat"):
            record(connection, [replace(COFFEE, tag=tag, model="interest/1", threshold=0.3)])
    (figure,) = measure(settings, store, look(settings, store))
    assert figure.name == "review.audit_coverage"
    assert figure.reached
    assert 0.85 <= figure.value <= 1
    assert f"{DRAWS} audits" in figure.meaning.render("en")
