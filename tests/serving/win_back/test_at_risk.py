"""GET /v1/churn/at-risk on a real server: who is listed, in which order, page by page, with reasons."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import numpy as np
import pytest
from sqlalchemy import delete, update

from core.clock import FixedClock
from core.errors import BeingMadeError
from core.storage import open_store
from serving.api.problems import problem_response
from serving.api.schemas.churn import AtRiskAnswer
from serving.tables import ChurnList
from serving.win_back import desk
from serving.win_back.making import make
from serving.win_back.scoring import rows_of

PATH = "/v1/churn/at-risk"
PATIENCE = 30  # of waits of some seconds each


@pytest.fixture(scope="module")
def running(
    risky_home: Any, tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., Any]
) -> Iterator[Any]:
    yield from serve(risky_home.copy_to(tmp_path_factory.mktemp("at-risk") / "shop"))


@pytest.fixture(scope="module")
def listing(running: Any) -> Iterator[httpx.Client]:
    with running.client() as client:
        yield client


def ask(client: httpx.Client, **query: Any) -> dict[str, Any]:
    """The answer; while the list is being made, which takes its time on a busy machine, it is asked for again."""
    response = client.get(PATH, params=query)
    for _ in range(PATIENCE):
        if response.status_code != 503 or "being made" not in response.text:
            break
        response = client.get(PATH, params=query)
    assert response.status_code == 200, response.text
    AtRiskAnswer.model_validate_json(response.content)
    found: dict[str, Any] = response.json()
    return found


def test_the_first_call_makes_the_list_and_later_ones_use_it(listing: httpx.Client) -> None:
    first, again = ask(listing), ask(listing)
    assert first["customers"]
    assert first == again


def test_customers_come_by_expected_loss(listing: httpx.Client) -> None:
    found = ask(listing, limit=500, min_risk=0)
    losses = [one["expected_loss"] for one in found["customers"]]
    assert losses == sorted(losses, reverse=True)
    for one in found["customers"]:
        assert one["expected_loss"] == pytest.approx(one["probability"] * one["spend"])
    assert found["ordered_by"] == "expected_loss"
    assert found["currency"] == "CNY"
    assert found["active"] == found["at_risk"] == len(found["customers"])
    assert found["expected_loss"] == pytest.approx(sum(losses))


def test_the_risk_is_the_one_that_predicting_tells(listing: httpx.Client) -> None:
    found = ask(listing, limit=5)["customers"]
    asked = [{"customer_id": one["customer_id"]} for one in found]
    predicted = listing.post("/v1/predict", json={"customers": asked}).json()["customers"]
    for one, other in zip(found, predicted, strict=True):
        assert one["probability"] == pytest.approx(other["churn"]["probability"], rel=1e-9)
        assert one["risk"] == other["churn"]["risk"]


def test_nobody_below_the_least_risk_is_listed(listing: httpx.Client) -> None:
    everybody = ask(listing, limit=500, min_risk=0)["customers"]
    for least in (0.15, 0.4, 0.62):
        found = ask(listing, limit=500, min_risk=least)
        wanted = [one for one in everybody if one["probability"] >= least]
        assert found["customers"] == wanted
        assert found["at_risk"] == len(wanted) < len(everybody)
    assert ask(listing)["min_risk"] == 0.15


def test_pages_hold_everybody_once_in_order(listing: httpx.Client) -> None:
    whole = ask(listing, limit=500)["customers"]
    seen: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = ask(listing, limit=7, **cursor)
        seen += page["customers"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == whole
    assert len(whole) > 7


def test_a_reader_stays_in_the_list_that_he_began(listing: httpx.Client, running: Any) -> None:
    """What is made anew meanwhile neither hides nor repeats anybody."""
    whole = ask(listing, limit=500)["customers"]
    first = ask(listing, limit=3)
    settings = running.home.settings
    store = open_store(settings)
    with store.write() as connection:
        connection.execute(update(ChurnList).values(release_id="models from before"))
    ask(listing)  # makes another
    second = ask(listing, limit=3, cursor=first["next_cursor"])
    assert second["release_id"] == "models from before"
    assert [one["customer_id"] for one in second["customers"]] == [one["customer_id"] for one in whole[3:6]]
    with store.write() as connection:
        connection.execute(delete(ChurnList).where(ChurnList.release_id == "models from before"))
    store.close()
    gone = listing.get(PATH, params={"cursor": first["next_cursor"]})
    assert (gone.status_code, gone.json()["errors"][0]["code"]) == (404, "list_replaced")


def test_reasons_come_where_they_are_asked_for(listing: httpx.Client) -> None:
    plain, explained = ask(listing, limit=10), ask(listing, limit=10, explain="true")
    assert "apart" not in plain
    assert all("reasons" not in one for one in plain["customers"])
    for one in explained["customers"]:
        assert one["reasons"][0]["sentence"]["en"].startswith(("Raises the risk: ", "Lowers the risk: "))
    assert explained["apart"]
    first = explained["apart"][0]
    assert abs(first["difference"]) == max(abs(one["difference"]) for one in explained["apart"])
    assert first["difference"] == pytest.approx(first["at_risk"] - first["active"])


def test_reasons_add_up_to_the_risk_that_is_listed(world: Any) -> None:
    """They are as of the list, not as of the call: what a customer did since cannot explain it."""
    now = world.settings.make_clock().now()
    listed = make(world.settings, world.store, world.snapshot, now)
    names, rows = rows_of(world.store, world.snapshot, ["c1", "c2"], listed.as_of)
    parts = world.snapshot.explainer.churn_contributions(world.snapshot.wanted(rows))
    risk = world.snapshot.release.predict(world.snapshot.wanted(rows)).churn
    np.testing.assert_allclose(parts.margin, np.log(risk / (1 - risk)), atol=1e-9)
    assert names == ["c1", "c2"]


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"limit": "0"}, "limit", "greater_than_equal"),
        ({"limit": "501"}, "limit", "less_than_equal"),
        ({"limit": "1_0"}, "limit", "whole_number"),
        ({"min_risk": "1.1"}, "min_risk", "less_than_equal"),
        ({"min_risk": "-0.1"}, "min_risk", "greater_than_equal"),
        ({"min_risk": "nan"}, "min_risk", "plain_number"),
        ({"cursor": "5"}, "cursor", "bad_cursor"),
        ({"cursor": "risk_x.-1"}, "cursor", "bad_cursor"),
        ({"explain": "1"}, "explain", "bool_type"),
    ],
)
def test_a_wrong_question_is_refused_in_words(
    listing: httpx.Client, query: dict[str, str], field: str, code: str
) -> None:
    response = listing.get(PATH, params=query, headers={"Accept-Language": "zh"})
    assert response.status_code == 422, response.text
    [error] = response.json()["errors"]
    assert (error["field"], error["code"]) == (field, code)
    assert any("一" <= letter <= "鿿" for letter in error["message"])


def test_an_unknown_list_is_not_found(listing: httpx.Client) -> None:
    response = listing.get(PATH, params={"cursor": f"risk_{'0' * 24}.1"})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (404, "cursor")


def test_reading_needs_the_scope(running: Any) -> None:
    with running.client("predict") as client:
        assert client.get(PATH).status_code == 403
    with running.client(None) as client:
        assert client.get(PATH).status_code == 401


def test_without_a_churn_model_the_answer_says_what_to_do(
    risky_home: Any, tmp_path: Any, serve: Callable[..., Any], publish_churn: Callable[..., None]
) -> None:
    home = risky_home.copy_to(tmp_path / "shop")
    store = open_store(home.settings)
    publish_churn(home.settings, store, churn=False)
    store.close()
    for running in serve(home):
        with running.client() as client:
            response = client.get(PATH)
    assert response.status_code == 503
    assert "/v1/models" in response.json()["detail"]


def test_a_list_that_is_being_made_is_asked_for_again(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the process that makes it does not come to an end, callers are told, and the server ends all the same."""
    monkeypatch.setattr(desk, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(desk, "COMMAND", (sys.executable, "-c", "import time; time.sleep(600)"))
    held = desk.Desk(world.settings, world.store, world.settings.make_clock())
    for _ in range(2):
        with pytest.raises(BeingMadeError, match="ask again") as raised:
            held.listed(world.snapshot)
        assert problem_response(raised.value, {}, "en").headers["retry-after"] == "60"
    held.close()


def test_yesterdays_list_is_given_while_todays_is_made(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    yesterday = world.settings.make_clock().now()
    made = make(world.settings, world.store, world.snapshot, yesterday)
    monkeypatch.setattr(desk, "COMMAND", (sys.executable, "-c", "import time; time.sleep(600)"))
    held = desk.Desk(world.settings, world.store, FixedClock(yesterday + timedelta(days=1)))
    assert held.listed(world.snapshot).list_id == made.list_id
    held.close()
