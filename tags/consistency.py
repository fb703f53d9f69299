"""Whether definitions go together: groups that exist, tiers to move between."""

from collections.abc import Sequence
from difflib import get_close_matches

from core.errors import FieldError
from core.language import Text
from tags.definition import Tag, TagGroup

CODE = "inconsistent"


def faults_between(
    tags: Sequence[Tag], groups: Sequence[TagGroup], *, by_key: bool = False
) -> tuple[FieldError, ...]:
    """What one definition says of another that is not so: its place in the file, or the key of the tag or group."""
    known = {group.key: group for group in groups}
    found = [
        fault
        for place, tag in enumerate(tags)
        for fault in _of_tag(f"tags.{tag.key if by_key else place}", tag, known)
    ]
    members = {group.key: {tag.key for tag in tags if tag.group == group.key} for group in groups}
    found += [
        FieldError(
            f"groups.{group.key if by_key else place}.order",
            Text("{tag} is no tag of the group {group}", {"tag": repr(key), "group": group.key}),
            CODE,
        )
        for place, group in enumerate(groups)
        for key in group.order
        if key not in members[group.key]
    ]
    return tuple(found)


def _of_tag(place: str, tag: Tag, groups: dict[str, TagGroup]) -> list[FieldError]:
    found = []
    if tag.group is not None and tag.group not in groups:
        found.append(FieldError(f"{place}.group", _no_group(tag.group, groups), CODE))
    crossed = tag.trigger.crosses if tag.trigger else None
    if crossed is not None:
        field = f"{place}.trigger.crosses"
        if crossed not in groups:
            found.append(FieldError(field, _no_group(crossed, groups), CODE))
        elif not groups[crossed].exclusive:
            text = Text(
                "the group {group} is not exclusive, so nobody moves within it", {"group": repr(crossed)}
            )
            found.append(FieldError(field, text, CODE))
    return found


def _no_group(key: str, groups: dict[str, TagGroup]) -> Text:
    near = get_close_matches(key, groups, n=3) or sorted(groups)
    return Text(
        "there is no group {group}; nearest: {near}. Groups stand under groups, at the top of the file",
        {"group": repr(key), "near": ", ".join(near) or "-"},
    )
