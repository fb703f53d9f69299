"""Rules tried on a loaded shop: against who carries the tag, on a sample, and without leaving anything behind."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, func, select

from core.errors import ConflictError, InvalidInputError, NotFoundError
from core.settings import Settings
from core.storage import Store, open_store
from tags.definition import Rule
from tags.previewing import MOST, preview_rule, tag_of, with_tag
from tags.profile.book import put
from tags.profile.claims import Claim, Source
from tags.profile.tables import ClaimRow
from tags.rules.preview import Preview
from tags.taxonomy import Taxonomy, load_taxonomy
from tests.conftest import Shop
from tests.tags.rules.worlds import rule_tag, taxonomy_of

NOW = datetime(2024, 3, 1, tzinfo=UTC)
BIG = taxonomy_of(rule_tag("big", "spend_84d > 100"))["big"]


@pytest.fixture
def settings(loaded_shop: Shop, copy_of: Callable[[Shop], Shop]) -> Settings:
    shop = copy_of(loaded_shop)
    return Settings(home=shop.home, taxonomy=shop.taxonomy)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = open_store(settings)
    yield store
    store.close()


@pytest.fixture
def taxonomy(settings: Settings) -> Taxonomy:
    return with_tag(load_taxonomy(settings.taxonomy), BIG)


def previewed(
    connection: Connection,
    settings: Settings,
    taxonomy: Taxonomy,
    when: str | None = None,
    *,
    most: int = MOST,
) -> Preview:
    tag = tag_of(taxonomy, "big", Rule(when=when) if when else None)
    return preview_rule(connection, settings, taxonomy, tag, now=NOW, most=most)


def test_gains_and_losses_are_against_the_profile(
    store: Store, settings: Settings, taxonomy: Taxonomy
) -> None:
    with store.read() as connection:
        alone = previewed(connection, settings, taxonomy)
    assert 0 < alone.matches < alone.customers == alone.looked_at == 300
    gained = [one.customer_id for one in alone.examples][:2]
    told = [_said(gained[0], Source.IMPORT), _said(gained[1], Source.PERSON, carries=False)]
    with store.write() as connection:
        put(connection, told, taxonomy=taxonomy, now=NOW)
    with store.read() as connection:
        found = previewed(connection, settings, taxonomy)
        none = previewed(connection, settings, taxonomy, "spend_84d < 0")
    assert (found.matches, found.carries) == (alone.matches, alone.matches - 1)
    assert (found.carries_now, found.gains, found.loses) == (1, alone.matches - 2, 0)
    assert (none.carries, none.loses) == (1, 0)  # the import says so, whatever the rule


def test_a_large_shop_is_looked_at_evenly(store: Store, settings: Settings, taxonomy: Taxonomy) -> None:
    with store.read() as connection:
        every, some = (previewed(connection, settings, taxonomy, most=most) for most in (300, 100))
    assert (some.customers, some.looked_at) == (300, 100)
    assert every.share is not None
    assert some.share == pytest.approx(every.share, abs=0.15)


def test_nothing_is_saved(store: Store, settings: Settings, taxonomy: Taxonomy) -> None:
    with store.read() as connection:
        previewed(connection, settings, taxonomy, "spend_84d >= quantile(spend_84d, 0.5)")
        assert connection.scalar(select(func.count()).select_from(ClaimRow)) == 0


def test_before_models_were_asked_their_words_are_unknown(
    store: Store, settings: Settings, taxonomy: Taxonomy
) -> None:
    with store.read() as connection:
        found = previewed(connection, settings, taxonomy, "churn > 0.5 or segment = 'segment_1'")
    assert (found.matches, found.unknown) == (0, 300)


def test_a_rule_that_makes_no_sense_is_refused(store: Store, settings: Settings, taxonomy: Taxonomy) -> None:
    with store.read() as connection:
        with pytest.raises(InvalidInputError, match="nearest: spend_84d"):
            previewed(connection, settings, taxonomy, "spend_84 > 3")
        with pytest.raises(InvalidInputError, match="big → big"):
            previewed(connection, settings, taxonomy, "not tag.big")


def test_what_is_asked_for_is_a_rule_or_a_tag_that_has_one(taxonomy: Taxonomy) -> None:
    assert tag_of(taxonomy, "big", None) == BIG
    with pytest.raises(ConflictError, match="has no rule of its own"):
        tag_of(taxonomy, "coffee", None)
    with pytest.raises(InvalidInputError, match="give a rule"):
        tag_of(taxonomy, None, None)
    with pytest.raises(NotFoundError):
        tag_of(taxonomy, "bigg", None)
    tried = tag_of(taxonomy, "coffee", Rule(when="true"))
    assert (tried.key, tried.outcome, tried.rule) == ("coffee", None, Rule(when="true"))


def _said(customer_id: str, source: Source, *, carries: bool = True) -> Claim:
    return Claim(f"{source} {customer_id}", customer_id, "big", 0, source, "test", carries, NOW)
