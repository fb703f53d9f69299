"""Finding and counting customers over HTTP, while tags come and go."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from core.storage import open_store
from serving.api.schemas.audience import AudienceAnswer, CountAnswer
from serving.api.schemas.quality import QualityAnswer
from serving.tag_report.daily import report_now
from tags.catalogue.store import put_tags, read_taxonomy
from tags.definition import Method, Tag
from tags.part import Name, Words
from tags.profile.book import put, withdraw
from tags.profile.claims import Claim, Source
from tags.report.uses import read_uses
from tests.serving.conftest import wait_for

CARRIED = {"espresso": ["c1", "c2", "c3", "c5"], "matcha": ["c2", "c4"]}


class Shop:
    """A server of its own over profiles that a test may change."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.api: httpx.Client = server.client()
        self.store = open_store(server.home.settings)

    def now(self) -> datetime:
        return datetime.fromisoformat(self.api.get("/health").json()["now"])

    def say(self, tag: str, names: list[str], *, confidence: float | None = None) -> None:
        now = self.now()
        claims = [
            Claim(
                f"{tag} {name} {now}",
                name,
                tag,
                1,
                Source.IMPORT,
                "test",
                carries=True,
                as_of=now,
                confidence=confidence,
            )
            for name in names
        ]
        with self.store.write() as connection:
            put(connection, claims, taxonomy=self.taxonomy, now=now)

    def take_back(self, tag: str, name: str) -> None:
        with self.store.write() as connection:
            withdraw(
                connection,
                [(name, tag, Source.IMPORT)],
                because="test",
                taxonomy=self.taxonomy,
                now=self.now(),
            )

    @property
    def taxonomy(self) -> Any:
        with self.store.read() as connection:
            return read_taxonomy(connection)

    def find(self, **asked: Any) -> AudienceAnswer:
        response = self.api.get("/v1/customers", params=asked)
        assert response.status_code == 200, response.text
        return AudienceAnswer.model_validate_json(response.content)

    def names(self, **asked: Any) -> list[str]:
        return [one.customer_id for one in self.find(**asked).customers]


@pytest.fixture(scope="module")
def _server(trained_home: Any, tmp_path_factory: Any, start_server: Any, stop_server: Any) -> Iterator[Any]:
    running = start_server(trained_home.copy_to(tmp_path_factory.mktemp("audience") / "shop"))
    yield running
    stop_server(running)


def imported(key: str) -> Tag:
    """A tag that nothing but an import or a person gives: no model speaks between."""
    words = Words(en=key, zh=key)
    return Tag(key=key, name=Name(en=key, zh=key), definition=words, method=Method.IMPORT, kind="custom")


@pytest.fixture(scope="module")
def shop(_server: Any) -> Iterator[Shop]:
    found = Shop(_server)
    with found.store.write() as connection:
        put_tags(
            connection, [imported(key) for key in CARRIED], (), by="test", origin="test", now=found.now()
        )
    wait_for(lambda: "matcha" in found.api.get("/v1/tags").text)
    for tag, names in CARRIED.items():
        found.say(tag, names, confidence=0.7 if tag == "matcha" else None)
    yield found
    found.store.close()


def test_customers_are_found_by_what_they_carry_and_what_not(shop: Shop) -> None:
    assert shop.names(all="espresso") == CARRIED["espresso"]
    assert shop.names(all="espresso,matcha") == ["c2"]
    assert shop.names(any=["espresso", "matcha"]) == ["c1", "c2", "c3", "c4", "c5"]
    assert shop.names(all="espresso", none="matcha") == ["c1", "c3", "c5"]
    everybody = shop.find(none="espresso,matcha", limit=1)
    assert everybody.found == 91 - 5


def test_pages_hold_everybody_once(shop: Shop) -> None:
    first = shop.find(any="espresso,matcha", limit=2)
    assert first.next_cursor
    second = shop.find(any="espresso,matcha", limit=2, cursor=first.next_cursor)
    assert second.next_cursor
    third = shop.find(any="espresso,matcha", limit=2, cursor=second.next_cursor)
    assert third.next_cursor is None
    names = [one.customer_id for page in (first, second, third) for one in page.customers]
    assert names == ["c1", "c2", "c3", "c4", "c5"]
    assert {page.found for page in (first, second, third)} == {5}


def test_whoever_stays_comes_once_though_others_come_and_go_between_the_pages(shop: Shop) -> None:
    first = shop.find(all="espresso", limit=2)
    shop.take_back("espresso", "c1")
    shop.say("espresso", ["c4"])
    rest = shop.names(all="espresso", cursor=first.next_cursor)
    shop.take_back("espresso", "c4")
    shop.say("espresso", ["c1"])
    assert [one.customer_id for one in first.customers] == ["c1", "c2"]
    assert rest == ["c3", "c4", "c5"]


def test_a_change_is_found_by_the_next_call(shop: Shop) -> None:
    before = shop.names(all="matcha")
    shop.say("matcha", ["c9"])
    during = shop.names(all="matcha")
    shop.take_back("matcha", "c9")
    assert (before, during, shop.names(all="matcha")) == (["c2", "c4"], ["c2", "c4", "c9"], ["c2", "c4"])


def test_a_past_instant_finds_who_carried_it_then(shop: Shop) -> None:
    at = shop.now()
    shop.take_back("espresso", "c3")
    later = shop.names(all="espresso")
    then = shop.find(all="espresso", as_of=at.isoformat())
    long_ago = shop.find(all="espresso", as_of="2017-01-01T00:00:00+08:00")
    shop.say("espresso", ["c3"])
    assert later == ["c1", "c2", "c5"]
    assert [one.customer_id for one in then.customers] == CARRIED["espresso"]
    assert then.as_of == at
    assert long_ago.customers == []


def test_confidence_counts_for_all_tags_or_for_one(shop: Shop) -> None:
    assert shop.names(any="espresso,matcha", **{"tag.min_confidence": 0.8}) == CARRIED["espresso"]
    assert shop.names(any="espresso,matcha", **{"matcha.min_confidence": 0.7}) == [
        "c1",
        "c2",
        "c3",
        "c4",
        "c5",
    ]
    assert shop.names(all="matcha", **{"tag.min_confidence": 0.9, "matcha.min_confidence": 0.5}) == [
        "c2",
        "c4",
    ]


def test_customers_come_with_what_they_carry_where_it_is_asked_for(shop: Shop) -> None:
    found = shop.find(all="espresso,matcha", with_tags="true").customers[0]
    assert found.tags
    assert [(one.key, one.source, one.confidence) for one in found.tags] == [
        ("espresso", "import", None),
        ("matcha", "import", 0.7),
    ]


def test_several_conditions_are_counted_with_what_they_share(shop: Shop) -> None:
    body = {
        "searches": [
            {"name": "espresso", "all": ["espresso"]},
            {"name": "matcha", "all": ["matcha"]},
            {"name": "only espresso", "where": "tag.espresso and not tag.matcha"},
            {"name": "unsure", "where": "confidence.matcha < 0.8"},
        ]
    }
    response = shop.api.post("/v1/customers/count", json=body)
    found = CountAnswer.model_validate_json(response.content)
    assert found.customers == 91
    assert [one.customers for one in found.counts] == [4, 2, 3, 2]
    shared = {(one.first, one.second): one for one in found.overlaps}
    assert shared["espresso", "matcha"].customers == 1
    assert shared["espresso", "matcha"].share_of_second == 0.5
    assert shared["matcha", "only espresso"].customers == 0
    assert found.any == 5


@pytest.mark.parametrize(
    ("asked", "status", "field", "said"),
    [
        ({"all": "espreso"}, 404, "all", "'espreso'"),
        ({"none": "espresso:big"}, 422, "none", "has no values"),
        (
            {"all": "espresso", "matcha.min_confidence": "0.5"},
            422,
            "matcha.min_confidence",
            "not among all and any",
        ),
        ({"all": "espresso", "espresso.min_confidence": "2"}, 422, "espresso.min_confidence", "at most 1"),
        ({"as_of": "2030-01-01T00:00:00Z"}, 422, "as_of", "after the clock"),
        ({"segment": "segment_1", "as_of": "2017-12-01T00:00:00Z"}, 422, "segment", "as of now"),
        ({"cursor": "!"}, 422, "cursor", "next_cursor"),
        ({"limit": "0"}, 422, "limit", "at least 1"),
    ],
)
def test_what_makes_no_sense_is_said_where_it_stands(
    shop: Shop, asked: dict[str, str], status: int, field: str, said: str
) -> None:
    response = shop.api.get("/v1/customers", params=asked)
    assert response.status_code == status
    (wrong,) = response.json()["errors"]
    assert wrong["field"] == field
    assert said in wrong["message"]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("tag.espreso", "tag.espresso"),
        ("spend_84d > 100", "everybody's events"),
        ("tag.espresso and", ""),
        ("churn", "expected a truth"),
    ],
)
def test_a_condition_that_cannot_be_asked_is_refused_with_its_place(
    shop: Shop, where: str, said: str
) -> None:
    response = shop.api.post("/v1/customers/count", json={"searches": [{"name": "x", "where": where}]})
    assert response.status_code == 422
    (wrong,) = response.json()["errors"]
    assert wrong["field"].startswith("searches.0.where")
    assert said in wrong["message"]


def test_a_key_that_may_not_read_finds_nobody(shop: Shop) -> None:
    with shop.server.client(key="events") as api:
        assert api.get("/v1/customers").status_code == 403


def test_tags_that_were_asked_for_are_counted_as_used(shop: Shop, until: Callable[..., None]) -> None:
    def asked() -> int:
        with shop.store.read() as connection:
            found = read_uses(connection, (datetime.now(UTC) - timedelta(days=20_000)).date())
        return found.by_tag.get("matcha", {}).get("found", 0)

    before = asked()
    shop.names(all="matcha", none="espresso")
    until(lambda: asked() > before)


def test_what_a_tag_is_worth_is_told_without_anybody_asking_for_a_report(shop: Shop) -> None:
    address = "/v1/tags/espresso/quality"
    assert shop.api.get("/v1/tags/espreso/quality").status_code == 404
    wait_for(lambda: shop.api.get(address).status_code == 200)  # the server's own refresh makes it
    now = shop.now()
    report_now(shop.server.home.settings, shop.store, shop.taxonomy, now)
    found = QualityAnswer.model_validate_json(shop.api.get(address).content)
    assert (found.coverage.customers, found.coverage.by_source) == (4, {"import": 4})
    assert found.as_of == now
    assert found.recommendation.reason.zh


def test_a_profile_that_is_read_counts_as_a_use_of_its_tags(shop: Shop) -> None:
    def shown() -> int:
        with shop.store.read() as connection:
            return read_uses(connection, date.min).by_tag.get("matcha", {}).get("shown", 0)

    before = shown()
    for _ in range(2):
        assert shop.api.get("/v1/customers/c4/tags").is_success
    assert shop.api.get("/v1/customers/c4").is_success
    wait_for(lambda: shown() == before + 3)
