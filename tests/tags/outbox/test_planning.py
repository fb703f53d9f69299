import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import InvalidInputError
from core.storage import Store
from tags.outbox.fitting import Label, misfits
from tags.outbox.planning import Plan, make_plan, note_sent
from tags.outbox.targets import TARGETS
from tags.profile.book import put, withdraw
from tags.profile.claims import Claim, Source
from tags.taxonomy import Taxonomy, parse_taxonomy

WECOM = TARGETS["wecom"]
NOW = datetime(2018, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _tag(key: str, zh: str, **more: object) -> dict[str, object]:
    words = {"en": key.title(), "zh": zh}
    return {"key": key, "name": words, "definition": words, "kind": "custom", "method": "import", **more}


@pytest.fixture
def taxonomy() -> Taxonomy:
    group = {"key": "drinks", "name": {"en": "Drinks", "zh": "饮品"}}
    tags = [
        _tag("coffee", "咖啡", group="drinks"),
        _tag("tea", "茶", group="drinks"),
        _tag("tier", "等级", values=["金", "银"]),
    ]
    return parse_taxonomy({"tags": tags, "groups": [group]})


def say(
    store: Store, taxonomy: Taxonomy, customer: str, tag: str, value: str | None = None, at: datetime = NOW
) -> None:
    claim = Claim(
        claim_id=None,
        customer_id=customer,
        tag=tag,
        tag_version=0,
        source=Source.IMPORT,
        source_version="imp",
        carries=True,
        as_of=at,
        value=value,
    )
    with store.write() as connection:
        put(connection, [claim], taxonomy=taxonomy, now=at)


def planned(store: Store, taxonomy: Taxonomy, at: datetime = NOW, *tags: str) -> Plan:
    with store.read() as connection:
        return make_plan(connection, WECOM, taxonomy, tags=tags, at=at)


def send(store: Store, plan: Plan, folder: Path) -> int:
    file = folder / "plan.jsonl"
    file.write_text("".join(json.dumps(call) + "\n" for call in plan.calls()), encoding="utf-8")
    with store.write() as connection:
        return note_sent(connection, file, now=NOW)


def marks(plan: Plan) -> dict[str, tuple[list[str], list[str]]]:
    """By customer the names that are added and removed."""
    return {
        call["customer_id"]: (
            [tag["name"] for tag in call["add_tags"]],
            [tag["name"] for tag in call["remove_tags"]],
        )
        for call in plan.calls()
        if call["call"] == WECOM.mark_call
    }


def test_the_first_plan_makes_the_tags_and_adds_what_customers_carry(
    store: Store, taxonomy: Taxonomy
) -> None:
    say(store, taxonomy, "c1", "coffee")
    say(store, taxonomy, "c1", "tier", "金")
    say(store, taxonomy, "c2", "tea")
    plan = planned(store, taxonomy)
    made = [call for call in plan.calls() if call["call"] == WECOM.make_call]
    assert [(call["group_name"], [tag["name"] for tag in call["tags"]]) for call in made] == [
        ("饮品", ["咖啡", "茶"]),
        ("等级", ["金", "银"]),
    ]
    assert marks(plan) == {"c1": (["咖啡", "金"], []), "c2": (["茶"], [])}
    assert plan.left_out == []


def test_the_next_plan_is_the_difference_and_removes_only_what_a_plan_had_added(
    store: Store, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    say(store, taxonomy, "c1", "coffee")
    say(store, taxonomy, "c1", "tier", "金")
    assert send(store, planned(store, taxonomy), tmp_path) == 3
    assert list(planned(store, taxonomy).calls()) == []
    later = NOW + HOUR
    say(store, taxonomy, "c1", "tier", "银", later)
    say(store, taxonomy, "c2", "tea", None, later)
    with store.write() as connection:
        withdraw(
            connection, [("c1", "coffee", Source.IMPORT)], because="withdrawn", taxonomy=taxonomy, now=later
        )
    plan = planned(store, taxonomy, later)
    assert plan.make == {}
    assert marks(plan) == {"c1": (["银"], ["咖啡", "金"]), "c2": (["茶"], [])}
    assert marks(planned(store, taxonomy, later, "tea")) == {"c2": (["茶"], [])}
    send(store, plan, tmp_path)
    assert list(planned(store, taxonomy, later).calls()) == []


def test_a_plan_that_was_not_sent_changes_nothing(store: Store, taxonomy: Taxonomy) -> None:
    say(store, taxonomy, "c1", "coffee")
    assert list(planned(store, taxonomy).calls()) == list(planned(store, taxonomy).calls()) != []


def test_what_does_not_fit_is_told_with_how_to_mend_it_and_left_out(store: Store) -> None:
    taxonomy = parse_taxonomy(
        {"tags": [_tag("long", "长" * 31), _tag("one", "同名"), _tag("two", "同名"), _tag("good", "好")]}
    )
    for key in ("long", "one", "two", "good"):
        say(store, taxonomy, "c1", key)
    plan = planned(store, taxonomy)
    assert [one.tag for one in plan.left_out] == ["long", "two"]
    assert "31 characters, at most 30 fit: shorten" in str(plan.left_out[0].why)
    assert "like one" in str(plan.left_out[1].why)
    assert marks(plan) == {"c1": (["好", "同名"], [])}


def test_more_tags_than_the_target_holds_are_told() -> None:
    labels: dict[tuple[str, str | None], Label] = {
        (f"t{number}", None): Label("组", f"名{number}") for number in range(WECOM.tags_in_all + 2)
    }
    found = misfits(labels, WECOM)
    assert [one.tag for one in found] == ["t10000", "t10001"]
    assert "leave 2 out" in str(found[0].why)


def test_what_is_no_plan_is_refused_by_its_line_and_nothing_noted(
    store: Store, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    say(store, taxonomy, "c1", "coffee")
    lines = [json.dumps(call) for call in planned(store, taxonomy).calls()]
    file = tmp_path / "plan.jsonl"
    file.write_text("\n".join([*lines, '{"call": "x"}']) + "\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match=f"line {len(lines) + 1} of"), store.write() as connection:
        note_sent(connection, file, now=NOW)
    assert marks(planned(store, taxonomy)) == {"c1": (["咖啡"], [])}
