"""Tasks that are worked out together show what each alone shows."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

from core.storage import open_store
from review.queue import Leased, next_tasks
from serving.reviewing.showing import show_tasks
from serving.snapshot import load_snapshot, load_tags
from tests.serving.conftest import Home


def test_tasks_show_the_same_together_and_alone_whenever_and_whomever_they_are_about(
    planned_home: Home, tmp_path: Path
) -> None:
    home = planned_home.copy_to(tmp_path / "shop")
    store, now = open_store(home.settings), home.settings.make_clock().now()
    taxonomy = load_tags(home.settings, store)
    snapshot = load_snapshot(home.settings, store, taxonomy)
    with store.write() as connection:
        leased = next_tasks(connection, "lin", 8, now=now, lease=home.settings.lease)
    assert len({one.task.tag for one in leased}) > 1
    tasks = [*leased, of_another(leased[0], days=40), of_another(leased[0], customer_id="silent")]
    together = show_tasks(store, snapshot, taxonomy, tasks)
    assert together == [show_tasks(store, snapshot, taxonomy, [one])[0] for one in tasks]
    assert any(one["suggestion"] and one["suggestion"]["reasons"] for one in together)
    before, silent = together[-2], together[-1]
    assert before["customer"]["figures"] != together[0]["customer"]["figures"]
    assert (silent["customer"]["figures"], silent["timeline"]["days"]) == ([], [])
    store.close()


def of_another(one: Leased, *, days: int = 0, customer_id: str | None = None) -> Leased:
    """The same task about another customer, or so many days earlier."""
    said = dict(one.task._mapping)
    said |= {"as_of": said["as_of"] - timedelta(days=days), "customer_id": customer_id or said["customer_id"]}
    return replace(one, task=SimpleNamespace(**said | {"task_id": f"{said['task_id']} {days} {customer_id}"}))
