"""What a real worker has loaded, and how much memory it takes, after every kind of call."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
UNWANTED = ("mlflow", "evidently", "matplotlib", "sklearn", "pandas", "lightgbm")
WORKER_MB = 400

# `tagloop serve` as it is started by hand; when it is told to end, it says what it has loaded.
SCRIPT = """
import json, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # what uvicorn calls once it has ended in good order
sys.argv = ["tagloop", "serve", "--port", sys.argv[1]]
try:
    from tagloop.cli import main
    main()
finally:
    status = open("/proc/self/status").read() if sys.platform == "linux" else ""
    kilobytes = int(status.split("VmHWM:")[1].split()[0]) if status else 0
    loaded = sorted(name for name, module in sys.modules.items() if module is not None)
    print(json.dumps({"loaded": loaded, "peak_mb": kilobytes / 1024}))
"""


@pytest.fixture
def told(trained_home: Any, tmp_path: Path, free_port: Callable[[], int], until: Callable[..., None]) -> Any:
    """What a worker says of itself when it ends after predict, profile, event and feedback calls and a flush."""
    home = trained_home.copy_to(tmp_path / "shop")
    wanted = home.settings.model_dump(exclude_none=True, mode="json")
    own = {f"TAGLOOP_{name.upper()}": str(value) for name, value in wanted.items() if name != "port"}
    port = free_port()
    worker = subprocess.Popen(  # noqa: S603 (our own server)
        [sys.executable, "-c", SCRIPT, str(port)],
        cwd=ROOT,
        env={**os.environ, **own},
        stdout=subprocess.PIPE,
        text=True,
    )
    key = {"Authorization": f"Bearer {home.keys['all']}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=key, timeout=30) as api:
        until(lambda: is_up(api, worker))
        use(api)
    worker.terminate()
    said, _ = worker.communicate(timeout=60)
    return json.loads(said.splitlines()[-1])


def is_up(api: httpx.Client, worker: "subprocess.Popen[str]") -> bool:
    assert worker.poll() is None
    try:
        return api.get("/ready").status_code == 200
    except httpx.TransportError:
        return False


def use(api: httpx.Client) -> None:
    """Every kind of call, each of which has to succeed."""
    event = {
        "event_id": "w1",
        "customer_id": "c1",
        "type": "purchase",
        "occurred_at": "2017-12-31T10:00:00+08:00",
        "item_id": "c1",
        "amount": 5,
    }
    decision = {
        "decision_id": "w1",
        "customer_id": "c1",
        "tag": "coffee",
        "decision": "accept",
        "reviewer": "lin",
    }
    given = {"events": [{name: event[name] for name in ("type", "occurred_at", "item_id", "amount")}]}
    calls: list[tuple[str, Any]] = [
        ("/v1/predict", {"customers": [{"customer_id": "c1"}]}),
        ("/v1/events", {"events": [event]}),
        ("/v1/predict", {"customers": [{"customer_id": "c1"}]}),
        ("/v1/feedback", decision),
        ("/v1/predict", {"customers": [{"customer_id": f"c{n}"} for n in range(90)]}),
        ("/v1/predict", {"customers": [given]}),
    ]
    for path, body in calls:
        assert api.post(path, json=body).status_code == 200, path
    for path in ("/v1/customers/c1", "/v1/tags", "/v1/models", "/openapi.json", "/docs"):
        assert api.get(path).status_code == 200, path


def test_worker_is_small_and_has_loaded_nothing_of_training(told: Any) -> None:
    roots = {name.partition(".")[0] for name in told["loaded"]}
    assert [name for name in UNWANTED if name in roots] == []
    assert told["peak_mb"] < WORKER_MB
