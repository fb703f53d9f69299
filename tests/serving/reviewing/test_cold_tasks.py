"""A tag that no model knows: the daily refresh asks people about it, and the task says how far they are."""

from pathlib import Path

from core.clock import FixedClock
from core.storage import open_store
from review.cold_start import told_so_far
from review.deciding import Answer, Said, answer_tasks
from review.queue import next_tasks
from serving.api.schemas.review import NextAnswer
from serving.reviewing.showing import show_tasks
from serving.snapshot import load_snapshot, load_tags
from serving.tagging.refreshing import refresh
from tests.serving.conftest import Home


def test_people_are_asked_about_a_new_tag_and_see_how_far_it_is(trained_home: Home, tmp_path: Path) -> None:
    home = trained_home.copy_to(tmp_path / "shop")
    settings = home.settings.model_copy(update={"reviews_per_day": 30.0, "repeat_review_share": 0.0})
    store = open_store(settings)
    now = settings.make_clock().now()
    taxonomy = load_tags(settings, store)
    assert refresh(settings, store, FixedClock(now), force=True) is not None
    with store.write() as connection:
        leased = next_tasks(connection, "lin", 50, now=now, lease=settings.lease)
    new = [one for one in leased if one.task.tag == "gourmet"]
    assert len(new) > 5

    decisions: tuple[Said, ...] = ("accept", "accept", "reject")
    answers = [
        Answer(f"d{place}", one.task.task_id, decision, 4_000)
        for place, (one, decision) in enumerate(zip(new, decisions, strict=False))
    ]
    with store.write() as connection:
        outcomes = answer_tasks(connection, answers, "lin", taxonomy, settings, now=now)
        assert told_so_far(connection, ["gourmet"]) == {"gourmet": (2, 1)}
    assert {one.status for one in outcomes} == {"recorded"}
    shown = show_tasks(store, load_snapshot(settings, store, taxonomy), taxonomy, leased)
    answer = NextAnswer.model_validate({"reviewer": "lin", "tasks": shown}).model_dump()
    for one in answer["tasks"]:
        is_new = one["tag"]["key"] == "gourmet"
        told = {"accepted": 2, "rejected": 1, "needed": 10} if is_new else None
        assert one["tag"]["to_learn"] == told
        assert one["timeline"] is not None
        if is_new:
            assert one["suggestion"] is None
            assert not one["is_blind"]
    store.close()
