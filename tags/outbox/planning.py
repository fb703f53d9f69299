"""What a target would have to be sent so that its customers carry the tags that they carry here.

A plan is a difference against what was sent before. It changes nothing: once it was sent, `note_sent` takes it down.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, delete, select

from core.errors import FieldError, InvalidInputError
from core.language import Text
from core.storage.upsert import upsert
from tags.outbox.fitting import Label, Misfit, label_of, misfits
from tags.outbox.tables import ExportedTag
from tags.outbox.targets import TARGETS, Target
from tags.profile.tables import Span
from tags.taxonomy import Taxonomy

THE_TAG_ITSELF = ""  # stands for the customer where the target was told to make a tag
ROWS_AT_ONCE = 5_000
_SEPARATOR = "\x1f"


@dataclass
class Steps:
    """What is to be added to and removed from one customer."""

    add: dict[str, Label] = field(default_factory=dict)
    remove: dict[str, Label] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """The calls to a target, and what would not fit there.

    Attributes:
        make: Tags that the target does not have yet, by tag and value.
        customers: By customer what changes; customers for whom nothing changes are left out.
        left_out: What does not fit; nothing of it is in the calls.
    """

    target: Target
    as_of: datetime
    make: Mapping[tuple[str, str | None], Label]
    customers: Mapping[str, Steps]
    left_out: Sequence[Misfit]

    def calls(self) -> Iterator[dict[str, Any]]:
        """The calls in the order in which to send them; names stand where the target's own ids belong."""
        by_group: dict[str, list[tuple[str, str | None, str]]] = defaultdict(list)
        for (tag, value), label in self.make.items():
            by_group[label.group].append((tag, value, label.name))
        for group, names in by_group.items():
            tags = [{"key": tag, "value": value, "name": name} for tag, value, name in names]
            yield {
                "target": self.target.key,
                "call": self.target.make_call,
                "group_name": group,
                "tags": tags,
            }
        for customer_id, steps in self.customers.items():
            yield {
                "target": self.target.key,
                "call": self.target.mark_call,
                "customer_id": customer_id,
                "add_tags": _told(steps.add),
                "remove_tags": _told(steps.remove),
            }


def make_plan(
    connection: Connection, target: Target, taxonomy: Taxonomy, *, tags: Collection[str], at: datetime
) -> Plan:
    """The plan for these tags, or for all that customers can carry where none is named.

    Raises:
        NotFoundError: There is no such tag.
    """
    wanted = [taxonomy[key] for key in tags] if tags else list(taxonomy.current)
    labels = _labels(connection, [tag.key for tag in wanted], taxonomy, target, at)
    wrong = misfits(labels, target)
    misfit = {(one.tag, one.value) for one in wrong}
    fitting = {place: label for place, label in labels.items() if place not in misfit}
    there = set(
        connection.scalars(
            select(ExportedTag.tag_name).where(
                ExportedTag.target == target.key, ExportedTag.customer_id == THE_TAG_ITSELF
            )
        )
    )
    make = {place: label for place, label in fitting.items() if _packed(label) not in there}
    customers: dict[str, Steps] = defaultdict(Steps)
    _add(connection, target, fitting, customers, at)
    _remove(connection, target, labels, customers, at, only=tags)
    return Plan(target, at, make, dict(sorted(customers.items())), wrong)


def note_sent(connection: Connection, file: Path, *, now: datetime) -> int:
    """Take down that a plan was sent, so that the next one is a difference against it; how many calls it had.

    Raises:
        InvalidInputError: The file is no plan; the line is named, and nothing was noted.
    """
    count = 0
    with _opened(file) as lines:
        for number, line in enumerate(lines, start=1):
            try:
                _note(connection, json.loads(line), now)
            except (ValueError, KeyError, TypeError, AttributeError):
                text = Text("line {line} of {file} is no call of a plan", {"line": number, "file": file})
                raise InvalidInputError(
                    text.message, fields=(FieldError(f"line {number}", text),), **text.values
                ) from None
            count += 1
    return count


def _opened(file: Path) -> Any:
    try:
        return file.open(encoding="utf-8")
    except OSError:
        raise InvalidInputError("{file}: there is no such file", file=file) from None


def _note(connection: Connection, call: Mapping[str, Any], now: datetime) -> None:
    target = TARGETS[call["target"]]
    if call["call"] == target.make_call:
        made = [
            (
                THE_TAG_ITSELF,
                f"{tag['key']}{_SEPARATOR}{tag['value'] or ''}",
                Label(call["group_name"], tag["name"]),
            )
            for tag in call["tags"]
        ]
        _keep(connection, target, made, now)
        return
    customer_id = str(call["customer_id"])
    gone = [tag["key"] for tag in call["remove_tags"]]
    if gone:
        connection.execute(
            delete(ExportedTag).where(
                ExportedTag.target == target.key,
                ExportedTag.customer_id == customer_id,
                ExportedTag.tag.in_(gone),
            )
        )
    added = [(customer_id, tag["key"], Label(tag["group_name"], tag["name"])) for tag in call["add_tags"]]
    _keep(connection, target, added, now)


def _keep(
    connection: Connection, target: Target, entries: Iterable[tuple[str, str, Label]], now: datetime
) -> None:
    rows = [
        {
            "target": target.key,
            "customer_id": customer_id,
            "tag": tag,
            "tag_name": _packed(label),
            "exported_at": now,
        }
        for customer_id, tag, label in entries
    ]
    upsert(connection, ExportedTag, rows)


def _labels(
    connection: Connection, keys: Sequence[str], taxonomy: Taxonomy, target: Target, at: datetime
) -> dict[tuple[str, str | None], Label]:
    """What each tag, and each value that it has or may have, is called at the target."""
    found: dict[tuple[str, str | None], Label] = {}
    for key in keys:
        tag = taxonomy[key]
        values: list[str | None] = [None]
        if tag.has_values:
            carried = connection.scalars(select(Span.value).distinct().where(Span.tag == key, *_runs(at)))
            values = [*dict.fromkeys([*(tag.values or ()), *sorted(value for value in carried if value)])]
        found |= {(key, value): label_of(tag, value, taxonomy, target) for value in values}
    return found


def _runs(at: datetime) -> tuple[Any, Any]:
    return Span.began_at <= at, Span.ended_at > at


def _add(
    connection: Connection,
    target: Target,
    labels: Mapping[tuple[str, str | None], Label],
    customers: dict[str, Steps],
    at: datetime,
) -> None:
    """What customers carry here and not there, or there with another name."""
    same = and_(
        ExportedTag.target == target.key,
        ExportedTag.customer_id == Span.customer_id,
        ExportedTag.tag == Span.tag,
    )
    chosen = (
        select(Span.customer_id, Span.tag, Span.value, ExportedTag.tag_name)
        .select_from(Span)
        .outerjoin(ExportedTag, same)
        .where(Span.tag.in_({tag for tag, _ in labels}), *_runs(at))
    )
    for customer_id, tag, value, before in connection.execute(
        chosen.execution_options(yield_per=ROWS_AT_ONCE)
    ):
        label = labels.get((tag, value))
        if label is None or (before is not None and before == _packed(label)):
            continue
        customers[customer_id].add[tag] = label
        if before is not None:
            customers[customer_id].remove[tag] = _unpacked(before)


def _remove(
    connection: Connection,
    target: Target,
    labels: Mapping[tuple[str, str | None], Label],
    customers: dict[str, Steps],
    at: datetime,
    *,
    only: Collection[str],
) -> None:
    """What customers carry there and not here any more; only what a plan of ours had added.

    What does not fit now and did before stays there as it is.
    """
    same = and_(Span.customer_id == ExportedTag.customer_id, Span.tag == ExportedTag.tag, *_runs(at))
    chosen = (
        select(ExportedTag.customer_id, ExportedTag.tag, ExportedTag.tag_name, Span.tag, Span.value)
        .select_from(ExportedTag)
        .outerjoin(Span, same)
        .where(ExportedTag.target == target.key, ExportedTag.customer_id != THE_TAG_ITSELF)
    )
    if only:
        chosen = chosen.where(ExportedTag.tag.in_(only))
    for customer_id, tag, before, carried, value in connection.execute(
        chosen.execution_options(yield_per=ROWS_AT_ONCE)
    ):
        if carried is None or (tag, value) not in labels:
            customers[customer_id].remove[tag] = _unpacked(before)


def _told(labels: Mapping[str, Label]) -> list[dict[str, str]]:
    return [
        {"key": key, "group_name": label.group, "name": label.name} for key, label in sorted(labels.items())
    ]


def _packed(label: Label) -> str:
    return _SEPARATOR.join(label)


def _unpacked(text: str) -> Label:
    return Label(*text.split(_SEPARATOR, 1))
