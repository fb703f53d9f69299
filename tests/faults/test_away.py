"""A database that is away, a disk that is full, files that are gone: callers are told, and all goes on afterwards."""

import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil  # type: ignore[import-untyped]
import pytest
from sqlalchemy import make_url

from tests.databases import Postgres, start_embedded
from tests.faults.shops import copy_of, make_shop, purchase, serve
from tests.serving.conftest import Home, Server, stop, wait_for

PREDICT = {"customers": [{"customer_id": "c1"}]}
SOON = 16.0  # seconds until two callers have heard that the store is away
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """On SQLite; to be copied."""
    return make_shop(tmp_path_factory.mktemp("away") / "shop")


@pytest.fixture
def server(shop: Home, tmp_path: Path) -> Iterator[Server]:
    running = serve(copy_of(shop, tmp_path / "shop"))
    yield running
    stop(running)


def send(client: httpx.Client, name: str) -> httpx.Response:
    return client.post("/v1/events", json={"events": [purchase(name)]})


def refused(response: httpx.Response, words: str) -> None:
    """It is a problem that says the words."""
    assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
    assert words in response.json()["detail"], response.text


def events_of(client: httpx.Client) -> list[str]:
    answered = client.get("/v1/customers/c1")
    assert answered.status_code == 200, answered.text
    return [event["event_id"] for event in answered.json()["events"]]


def limit_files(server: Server, most: tuple[int, int]) -> None:
    """Let no file of the running server grow beyond so many bytes: to its system calls that is a full disk."""
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, most)


@pytest.mark.slow
def test_full_disk_is_told_and_nothing_is_half_stored(server: Server) -> None:
    with server.client() as client:
        assert send(client, "before").status_code == 200
        limit_files(server, (4096, resource.RLIM_INFINITY))
        refused(send(client, "full"), "The disk is full")
        assert client.post("/v1/predict", json=PREDICT).status_code == 200
        limit_files(server, UNLIMITED)
        assert send(client, "full").json()["accepted"] == 1
        wait_for(lambda: {"before", "full"} <= set(events_of(client)))
        assert len(events_of(client)) == len(set(events_of(client)))


@pytest.mark.slow
def test_store_that_somebody_locks_for_long_is_told(server: Server) -> None:
    other = sqlite3.connect(server.home.folder / "home" / "tagloop.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with server.client() as client:
        refused(send(client, "locked"), "Another process has been writing")
        assert client.post("/v1/predict", json=PREDICT).status_code == 200
        other.execute("ROLLBACK")
        other.close()
        assert send(client, "locked").json()["accepted"] == 1


@pytest.mark.slow
def test_lake_that_is_gone_is_told_and_not_made_anew(server: Server, tmp_path: Path) -> None:
    lake = server.home.folder / "home" / "lake"
    with server.client() as client:
        assert send(client, "before").status_code == 200
        wait_for(lambda: "before" in events_of(client))
        shutil.move(lake, tmp_path / "elsewhere")
        refused(client.get("/v1/customers/c1"), "put the folder back")
        assert client.get("/ready").status_code == 503
        assert send(client, "meanwhile").json()["accepted"] == 1  # kept by the store until the lake is back
        wait_for(lambda: "put the folder back" in server.log.read_text(encoding="utf-8"))  # the flusher tried
        assert not lake.exists()
        shutil.move(tmp_path / "elsewhere", lake)
        wait_for(lambda: {"before", "meanwhile"} <= set(events_of(client)))


@pytest.fixture
def own_postgres() -> Iterator[tuple[Postgres, Callable[[str], None]]]:
    """A PostgreSQL server of the test's own, with a way to stop and start it and to have it hang."""
    with TemporaryDirectory(prefix="tagloop-postgres-") as folder:
        embedded = start_embedded(Path(folder) / "data")

        def control(action: str) -> None:
            noted = embedded.pgdata / "postmaster.pid"
            if action in {"hang", "go on"}:
                if noted.exists():
                    signal_all(int(noted.read_text().split()[0]), action)
                return
            if action == "start":
                embedded.ensure_postgres_running()
                return
            command = [embedded.bin_path / "pg_ctl", "-D", embedded.pgdata, "-m", "fast", "-w", "stop"]
            subprocess.run(command, user=embedded.system_user, check=True, capture_output=True)  # noqa: S603

        yield Postgres(make_url(embedded.get_uri(database="postgres", driver="psycopg")), embedded), control
        control("go on")
        control("start")
        embedded.cleanup()


def signal_all(postmaster: int, action: str) -> None:
    """Stop a PostgreSQL server with all its connections as they are, or let it go on."""
    master = psutil.Process(postmaster)
    for process in (master, *master.children(recursive=True)):
        process.send_signal(signal.SIGSTOP if action == "hang" else signal.SIGCONT)


@pytest.mark.slow
def test_database_that_stops_or_hangs_under_a_running_server_is_told_and_picked_up_again(
    own_postgres: tuple[Postgres, Callable[[str], None]], tmp_path: Path
) -> None:
    postgres, control = own_postgres
    url = postgres.new_database()
    server = serve(make_shop(tmp_path / "shop", url), url)
    with server.client() as client:
        assert send(client, "before").status_code == 200
        assert client.post("/v1/predict", json=PREDICT).status_code == 200
        control("stop")
        begun = time.monotonic()
        refused(client.post("/v1/predict", json=PREDICT), "The store does not answer now")
        refused(send(client, "away"), "The store does not answer now")
        assert time.monotonic() - begun < SOON
        ready = client.get("/ready")
        assert (ready.status_code, "store" in ready.json()["detail"]) == (503, True)
        assert "127.0.0.1" not in ready.text + send(client, "away").text
        control("start")
        wait_for(lambda: client.get("/ready").status_code == 200)
        assert send(client, "away").json()["accepted"] == 1
        assert client.post("/v1/predict", json=PREDICT).status_code == 200
        wait_for(lambda: {"before", "away"} <= set(events_of(client)))

        control("hang")  # its connections stay open, and nothing ever comes
        begun = time.monotonic()
        refused(client.post("/v1/predict", json=PREDICT), "The store does not answer now")
        refused(send(client, "hung"), "The store does not answer now")
        assert time.monotonic() - begun < SOON
        assert client.get("/ready").status_code == 503
        control("go on")
        wait_for(lambda: client.get("/ready").status_code == 200)
        assert send(client, "hung").json()["accepted"] == 1
        wait_for(lambda: {"before", "away", "hung"} <= set(events_of(client)))
    stop(server)
