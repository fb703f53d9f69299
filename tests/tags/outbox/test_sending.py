import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from threading import Thread
from typing import Any

import pytest

from tags.outbox import sending
from tags.outbox.sending import Answer
from tags.outbox.trying import ping_body, send_once
from tests.receiver import Receiver

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"  # noqa: S105 (the scheme's own example)


def tried(url: str, *, local: bool = True) -> Answer:
    now = datetime.now(UTC)
    return send_once(url, SECRET, "msg_1", ping_body("hook_1", now=now), local=local, now=now)


def test_a_test_delivery_is_signed_as_the_standard_says(receiver: Receiver) -> None:
    assert tried(receiver.url).is_taken
    (received,) = receiver.received
    assert received.headers["webhook-id"] == "msg_1"
    assert received.verified(SECRET)["type"] == "webhook.test"
    assert received.path == "/hooks"


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.statuses, receiver.headers = [302], {"Location": receiver.url}
    answer = tried(receiver.url)
    assert (answer.is_taken, answer.status) == (False, 302)
    assert "redirects are not followed" in answer.problem
    assert receiver.received == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_an_address_inside_is_not_called_however_it_is_named(receiver: Receiver, host: str) -> None:
    answer = tried(receiver.url.replace("127.0.0.1", host), local=False)
    assert answer.status is None
    assert "lies inside one's own network" in answer.problem
    assert receiver.received == []


def test_a_name_is_looked_up_once_so_that_it_cannot_mean_another_machine_when_called(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def addresses_of(host: str, _port: int) -> list[Any]:
        asked.append(host)
        return [ip_address("127.0.0.1")] if len(asked) == 1 else [ip_address("192.0.2.1")]

    monkeypatch.setattr(sending, "addresses_of", addresses_of)
    assert tried(receiver.url.replace("127.0.0.1", "crm.example")).is_taken
    assert asked == ["crm.example"]
    assert receiver.received[0].headers["host"].startswith("crm.example:")


def test_nobody_listening_is_a_failure_in_words() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        answer = tried(f"http://127.0.0.1:{probe.getsockname()[1]}/hooks")
    assert answer.status is None
    assert answer.problem


@pytest.fixture
def dripping() -> Iterator[str]:
    """A target that sends its answer byte by byte without end."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                try:
                    while True:
                        connection.sendall(b"X-Slow: 1\r\n")
                        if connection.recv(65536) == b"":
                            return
                except OSError:
                    return

        thread = Thread(target=drip, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/hooks"


def test_a_target_that_never_ends_its_answer_is_given_up(
    dripping: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TRY_SECONDS", 0.3)
    assert tried(dripping).problem == "no answer within 0.3 seconds"


def test_what_is_no_http_is_a_failure_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def babble() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"220 mail ready\r\n\r\n")

        thread = Thread(target=babble, daemon=True)
        thread.start()
        answer = tried(f"http://127.0.0.1:{server.getsockname()[1]}/hooks")
        thread.join()
    assert answer.status is None
    assert "ProtocolError" in answer.problem
