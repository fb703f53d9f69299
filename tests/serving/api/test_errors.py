import json
import socket
import sqlite3
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from core.errors import UnavailableError
from serving.api.errors import InternalError
from serving.api.gate import BODY_BYTES
from serving.api.problems import MEDIA_TYPE, Problem, of_exception

JSON = {"Content-Type": "application/json"}
NEW_EVENT = {"event_id": "e", "customer_id": "c", "type": "purchase", "occurred_at": "2017-12-31T10:00:00Z"}


def problem(response: httpx.Response, status: int) -> Problem:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    found = Problem.model_validate_json(response.content)
    assert found.request_id == response.headers["x-request-id"]
    assert found.status == status
    return found


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b"\xff\xfe{}",
        b"[" * 200_000,
        b"[1" + b"0" * 5_000 + b"]",
        b'{"a": "\x01"}',
        b"\xef\xbb\xbf",
    ],
)
def test_a_body_that_is_no_json_is_refused(api: httpx.Client, body: bytes) -> None:
    assert problem(api.post("/v1/events", content=body, headers=JSON), 400).code == "malformed_body"


@pytest.mark.parametrize(
    "body", [b"[]", b"1", b'"x"', b"null", b"NaN", b"{}", b'{"events": null}', b'{"events": [[]]}']
)
def test_json_of_another_shape_is_refused(api: httpx.Client, body: bytes) -> None:
    assert problem(api.post("/v1/events", content=body, headers=JSON), 422).errors


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data; boundary=x", "json"]
)
def test_another_content_type_is_refused(api: httpx.Client, kind: str) -> None:
    found = problem(api.post("/v1/events", content=b"{}", headers={"Content-Type": kind}), 415)
    assert "application/json" in found.detail


def test_10_megabytes_are_refused(api: httpx.Client) -> None:
    found = problem(api.post("/v1/events", content=b" " * 10_000_000, headers=JSON), 413)
    assert "1000000 bytes" in found.detail


def test_a_body_said_to_be_10_megabytes_is_refused_before_it_is_sent(server: Any) -> None:
    host, port = httpx.URL(server.url).host, httpx.URL(server.url).port
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(
            b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n"
        )
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_a_chunked_body_is_refused_once_it_is_too_long(api: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 100_000

    assert problem(api.post("/v1/events", content=chunks(), headers=JSON), 413).code == "body_too_large"


def test_the_longest_body_is_read(api: httpx.Client) -> None:
    body = json.dumps({"events": []}).encode()
    assert problem(api.post("/v1/events", content=body.ljust(BODY_BYTES), headers=JSON), 422).errors


def test_an_unknown_path_is_not_found(api: httpx.Client) -> None:
    assert problem(api.get("/v2/predict"), 404).code == "no_such_route"


def test_a_wrong_method_says_which_is_right(api: httpx.Client) -> None:
    response = api.get("/v1/predict")
    assert "takes POST, not GET" in problem(response, 405).detail
    assert response.headers["allow"] == "POST"


def test_errors_speak_the_callers_language(api: httpx.Client) -> None:
    response = api.post(
        "/v1/events", json={"events": [{**NEW_EVENT, "amount": "x"}]}, headers={"Accept-Language": "zh"}
    )
    found = problem(response, 422)
    assert found.title == "请求不符合要求"
    assert found.errors[0].message == '应为普通数字，例如 12.5；收到的是 "x"'
    assert response.headers["content-language"] == "zh"


def test_the_callers_own_request_id_is_kept_if_it_is_a_plain_one(api: httpx.Client) -> None:
    assert api.get("/health", headers={"X-Request-ID": "crm-17"}).headers["x-request-id"] == "crm-17"
    assert api.get("/health", headers={"X-Request-ID": "a b"}).headers["x-request-id"].startswith("req_")


def test_a_very_long_value_is_not_repeated_in_full(api: httpx.Client) -> None:
    response = api.post("/v1/events", json={"events": [{**NEW_EVENT, "type": "x" * 5000, "y" * 5000: 1}]})
    assert len(response.content) < 2000


def test_a_store_that_does_not_answer_is_told_from_a_fault_of_ours() -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    away = OperationalError("INSERT", {"name": "Li Lei"}, full)
    assert isinstance(of_exception(away, "req_1"), UnavailableError)
    assert isinstance(of_exception(OSError("no space left"), "req_1"), UnavailableError)
    assert isinstance(of_exception(KeyError("x"), "req_1"), InternalError)


def test_the_log_of_a_store_that_does_not_answer_holds_no_values() -> None:
    with capture_logs() as lines:
        of_exception(OperationalError("INSERT", {"name": "Li Lei"}, Exception("disk is full")), "req_1")
    assert "Li Lei" not in str(lines)
    assert lines[0]["request_id"] == "req_1"
