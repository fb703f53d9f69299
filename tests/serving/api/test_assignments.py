"""A customer's tags over HTTP: what people say stands, shows why, and can be read as of any instant.

Models say nothing of customers of even numbers, whom a server may look at again at any moment.
"""

from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from serving.api.schemas.assignments import AssignmentsAnswer, HistoryAnswer, WordAnswer
from serving.api.schemas.customers import CustomerAnswer

NUMBERS = count()


def tags(api: httpx.Client, customer: str, **asked: str) -> AssignmentsAnswer:
    response = api.get(f"/v1/customers/{customer}/tags", params=asked)
    assert response.status_code == 200, response.text
    return AssignmentsAnswer.model_validate_json(response.content)


def history(api: httpx.Client, customer: str, **asked: object) -> HistoryAnswer:
    response = api.get(
        f"/v1/customers/{customer}/history", params={name: str(value) for name, value in asked.items()}
    )
    assert response.status_code == 200, response.text
    return HistoryAnswer.model_validate_json(response.content)


def add(api: httpx.Client, customer: str, tag: str, **more: Any) -> httpx.Response:
    body = {"word_id": f"w{next(NUMBERS)}", "by": "lin", **more}
    return api.put(f"/v1/customers/{customer}/tags/{tag}", json=body)


def remove(api: httpx.Client, customer: str, tag: str, **more: str) -> httpx.Response:
    asked = {"word_id": f"w{next(NUMBERS)}", "by": "lin", **more}
    return api.delete(f"/v1/customers/{customer}/tags/{tag}", params=asked)


def test_a_tag_that_a_person_adds_is_carried_with_who_and_why(api: httpx.Client) -> None:
    response = add(api, "c62", "gourmet", note="asks for truffles")
    word = WordAnswer.model_validate_json(response.content)
    assert word.status == "recorded"
    (one,) = tags(api, "c62").assignments
    assert (one.tag, one.source, one.source_version, one.until) == (
        "gourmet",
        "person",
        "lin",
        word.holds_until,
    )
    assert one.why.en == "lin said so: asks for truffles"
    assert one.why.zh == "lin 如此认定: asks for truffles"
    assert one.names.zh == "美食家"
    shown = CustomerAnswer.model_validate_json(api.get("/v1/customers/c62").content)
    assert [known.tag for known in shown.assignments] == ["gourmet"]


def is_by_model(api: httpx.Client, customer: str) -> bool:
    """Whether models, and nobody else, give the customer a tag."""
    return [(one.tag, one.source) for one in tags(api, customer).assignments] == [("coffee", "model")]


def test_a_removal_keeps_the_model_off_until_it_is_taken_back(api: httpx.Client) -> None:
    customer = next(name for name in (f"c{number}" for number in range(51, 90, 2)) if is_by_model(api, name))
    word = WordAnswer.model_validate_json(remove(api, customer, "coffee", note="allergic").content)
    assert word.holds_until is not None
    last = word.holds_until - timedelta(seconds=1)
    assert tags(api, customer).assignments == tags(api, customer, as_of=last.isoformat()).assignments == []
    asked = api.post("/v1/predict", json={"customers": [{"customer_id": customer}]}).json()["customers"][0]
    assert [one["key"] for one in asked["rejected"]] == ["coffee"]
    removed, added = history(api, customer).changes
    assert (removed.change, removed.because, removed.why.en) == (
        "removed",
        "denied",
        "lin said that it does not fit: allergic",
    )
    assert removed.before is not None
    assert (removed.before.source, added.change, added.source) == ("model", "added", "model")
    assert api.delete(f"/v1/customers/{customer}/tags/coffee/word").json() == {"status": "taken_back"}
    assert [one.source for one in tags(api, customer).assignments] == ["model"]
    assert api.delete(f"/v1/customers/{customer}/tags/coffee/word").json() == {
        "status": "nothing_to_take_back"
    }


def test_a_past_profile_is_read_as_it_was(api: httpx.Client) -> None:
    add(api, "c64", "tea")
    (one,) = tags(api, "c64").assignments
    remove(api, "c64", "tea")
    assert tags(api, "c64").assignments == []
    assert [known.tag for known in tags(api, "c64", as_of=one.since.isoformat()).assignments] == ["tea"]


def test_a_word_sent_twice_counts_once_and_its_id_stands_for_one_word(api: httpx.Client) -> None:
    body = {"word_id": "twice", "by": "lin", "note": "n"}
    first, again = (api.put("/v1/customers/c68/tags/tea", json=body).json() for _ in range(2))
    assert (first["status"], again["status"]) == ("recorded", "already_recorded")
    assert first["holds_until"] == again["holds_until"]
    other = api.put("/v1/customers/c68/tags/tea", json={**body, "note": "other"})
    assert other.status_code == 409
    assert [field["field"] for field in other.json()["errors"]] == ["note"]
    assert len(history(api, "c68").changes) == 1


def test_a_history_is_read_page_by_page_and_by_tag(api: httpx.Client) -> None:
    for tag in ("tea", "coffee", "gourmet"):
        add(api, "c74", tag)
    first = history(api, "c74", limit=2)
    assert [one.tag for one in first.changes] == ["gourmet", "coffee"]
    second = history(api, "c74", limit=2, before=first.next_cursor)
    assert ([one.tag for one in second.changes], second.next_cursor) == (["tea"], None)
    assert [one.tag for one in history(api, "c74", tag="coffee").changes] == ["coffee"]


@pytest.mark.parametrize(
    ("customer", "tag", "more", "status", "field"),
    [
        ("nobody", "tea", {}, 404, "customer_id"),
        ("c76", "unheard", {}, 404, "tag"),
        ("c76", "tea", {"value": "green"}, 422, "value"),
    ],
)
def test_a_word_that_cannot_be_is_refused_by_name(
    api: httpx.Client, customer: str, tag: str, more: dict[str, str], status: int, field: str
) -> None:
    response = add(api, customer, tag, **more)
    assert response.status_code == status, response.text
    assert [one["field"] for one in response.json()["errors"]] == [field]
    assert api.get("/v1/customers/nobody/tags").status_code == 404
    assert api.get("/v1/customers/nobody/history").status_code == 404
