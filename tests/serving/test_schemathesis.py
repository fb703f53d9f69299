"""The API's description holds: schemathesis sends what it allows and what it forbids to a real server."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = 12  # for each operation and kind of data, besides those that the description itself leads to
FAILURES_SHOWN = 20_000


@pytest.mark.slow
def test_no_answer_is_a_fault_or_outside_the_description(
    start: Callable[..., Any], until: Callable[..., None], tmp_path: Path
) -> None:
    server = start()
    with server.client() as client:  # a list that is being made is no fault
        until(lambda: client.get("/v1/churn/at-risk").status_code == 200)
    command = [
        *(sys.executable, "-m", "schemathesis.cli"),
        *("--config-file", str(Path(__file__).with_name("schemathesis.toml"))),
        *("run", f"{server.url}/openapi.json"),
        *("--header", f"Authorization: Bearer {server.home.keys['all']}"),
        *("--checks", "all"),
        *("--max-examples", str(EXAMPLES)),
        *("--generation-deterministic", "--continue-on-failure", "--no-color"),
        *("--report-dir", str(tmp_path)),
    ]
    done = subprocess.run(  # noqa: S603 (a tool of ours, over our own server)
        command,
        cwd=tmp_path,  # it leaves files where it runs
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "110"},
        capture_output=True,
        text=True,
        check=False,
        timeout=1_200,
    )
    assert done.returncode == 0, done.stdout[:FAILURES_SHOWN] + done.stderr
    assert re.search(r"\b([1-9]\d*) selected / \1 total", done.stdout)
    log = server.log.read_text()
    assert '"event":"unhandled"' not in log
