"""Ids and texts in any script, through a real server: kept and given back as they are, or refused in the same way."""

import json
import unicodedata
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

AT = "2017-12-31T10:00:00+08:00"
JSON = {"Content-Type": "application/json"}
SURROUNDED = ["", " ", "\t", "\u3000", "\u00a0"]

scripts = st.one_of(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
    st.text(st.characters(), min_size=1, max_size=10),  # surrogates as well
    st.text("王小明的店鋪123", min_size=1, max_size=200),
    st.text("👩‍👩‍👧🇨🇳👍🏽é\u0301\u0308\u200d\ufe0f", min_size=1, max_size=20),
    st.text("مرحبا שלום\u200f\u202e\u2066", min_size=1, max_size=20),
    st.text("./%2Fa\\?#&=;:+@", min_size=1, max_size=12),
    st.text("ab\x00\x01\x1f\x7f\x85\n\r\t\u2028", min_size=1, max_size=6),
    st.integers(190, 210).map("x".__mul__),
)
ids = st.builds(
    lambda before, middle, after: before + middle + after,
    *(st.sampled_from(SURROUNDED), scripts, st.sampled_from(SURROUNDED)),
)
EXAMPLES = (
    "王小明",
    "👩‍👩‍👧",
    "../../etc/passwd",
    "a/b",
    "a//b/",
    "/",
    "%2F",
    "%",
    "..",
    ".",
    "a b",
    " a",
    "a\u3000",
    "a\x00",
    "\ud800",
    "\ufeff",
    "\u202eabc",
    "é",
    "e\u0301",
    "x" * 200,
    "x" * 201,
    "👍" * 200,
    "null",
    "'; DROP TABLE customers; --",
    "a?b#c",
    "",
)
few = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def post(api: httpx.Client, path: str, body: dict[str, Any]) -> httpx.Response:
    # JSON in ASCII: httpx itself could not send half of a pair.
    return api.post(path, content=json.dumps(body), headers=JSON)


def is_refused(response: httpx.Response, field: str) -> bool:
    """Whether the field was refused with its name; whatever is not must have gone well."""
    if response.status_code == 422:
        assert {error["field"] for error in response.json()["errors"]} == {field}, response.text
        return True
    assert response.status_code == 200, response.text
    return False


def may_be_kept(text: str) -> bool:
    """What an id may be, said once more in other words than the code's."""
    return (
        0 < len(text) <= 200
        and not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in text)
        and not any(
            unicodedata.bidirectional(c) in {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
            for c in text
        )
        and text.strip() == text
        and text not in {".", ".."}
    )


def with_examples(test: Any) -> Any:
    for text in EXAMPLES:
        test = example(text)(test)
    return test


@with_examples
@few
@given(text=ids)
def test_a_customers_id_is_the_same_everywhere_or_refused_everywhere(api: httpx.Client, text: str) -> None:
    one = {"event_id": uuid4().hex, "customer_id": text, "occurred_at": AT, "type": "visit"}
    refused = is_refused(post(api, "/v1/events", {"events": [one]}), "events.0.customer_id")
    assert refused != may_be_kept(text)
    asked = post(api, "/v1/predict", {"customers": [{"customer_id": text}]})
    assert is_refused(asked, "customers.0.customer_id") == refused
    decision = {"decision_id": uuid4().hex, "tag": "coffee", "decision": "accept", "reviewer": "lin"}
    decided = post(api, "/v1/feedback", {**decision, "customer_id": text})
    assert is_refused(decided, "customer_id") == refused
    if refused:
        return
    assert asked.json()["customers"][0]["customer_id"] == text
    read = api.get(f"/v1/customers/{quote(text, safe='')}")
    assert read.status_code == 200, read.text
    assert read.json()["customer_id"] == text
    assert one["event_id"] in [event["event_id"] for event in read.json()["events"]]


@with_examples
@few
@given(text=ids)
def test_a_customers_id_in_the_path_is_found_missing_or_refused(api: httpx.Client, text: str) -> None:
    try:
        path = quote(text, safe="")
    except UnicodeEncodeError:
        path = quote(text, safe="", errors="surrogatepass")
    read = api.get(f"/v1/customers/{path}")
    expected = {200, 404} if may_be_kept(text) else {400, 404, 422}
    if text == ".":  # the client takes it out of the path and so asks for the list
        expected = {200}
    assert read.status_code in expected, (text, read.text)
    if read.status_code != 200:
        assert read.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "field", ["event_id", "item_id", "order_id", "channel", "location_id", "campaign_id"]
)
@few
@given(text=ids)
def test_ids_in_events_come_back_unchanged_or_are_refused(api: httpx.Client, field: str, text: str) -> None:
    customer = f"reader-{uuid4().hex}"
    unique = f"{text}{uuid4().hex}" if field == "event_id" else text
    one = {
        "event_id": uuid4().hex,
        "customer_id": customer,
        "occurred_at": AT,
        "type": "visit",
        field: unique,
    }
    if is_refused(post(api, "/v1/events", {"events": [one]}), f"events.0.{field}"):
        assert not may_be_kept(unique)
        return
    if field in {"event_id", "item_id", "order_id", "channel", "campaign_id"}:
        assert api.get(f"/v1/customers/{customer}").json()["events"][0][field] == unique


texts = st.one_of(
    st.text(st.characters(), max_size=60), scripts, st.just("字" * 10_000), st.just("字" * 10_001)
)


@few
@given(text=texts)
def test_a_text_comes_back_unchanged_or_is_refused(api: httpx.Client, text: str) -> None:
    customer = f"writer-{uuid4().hex}"
    one = {
        "event_id": uuid4().hex,
        "customer_id": customer,
        "occurred_at": AT,
        "type": "message",
        "text": text,
    }
    refused = is_refused(post(api, "/v1/events", {"events": [one]}), "events.0.text")
    assert refused == (len(text) > 10_000 or "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text))
    if not refused:
        assert api.get(f"/v1/customers/{customer}").json()["events"][0]["text"] == text


@few
@given(text=texts)
def test_a_reviewers_note_is_kept_unchanged_or_refused(api: httpx.Client, text: str) -> None:
    decision = {
        "decision_id": uuid4().hex,
        "customer_id": "c1",
        "tag": "coffee",
        "decision": "accept",
        "reviewer": "lin",
        "note": text,
    }
    if is_refused(post(api, "/v1/feedback", decision), "note"):
        return
    again = post(api, "/v1/feedback", decision)
    assert again.json()["status"] == "already_recorded"  # it compares the note
    other = post(api, "/v1/feedback", {**decision, "note": f"{text[:50]}!"})
    assert other.status_code == 409
    assert other.json()["errors"][0]["field"] == "note"
