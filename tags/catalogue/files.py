"""Writes the taxonomy as a file that reads back as the same."""

from typing import Any

import yaml

from tags.definition import Tag
from tags.taxonomy import Taxonomy

_HEAD = "# yaml-language-server: $schema=taxonomy.schema.json\n"
_WIDTH = 110


def write_taxonomy(taxonomy: Taxonomy) -> str:
    """The YAML of a taxonomy; what is at its default is left out."""
    groups = [group.model_dump(mode="json", exclude_defaults=True) for group in taxonomy.groups_of_tags]
    content = {**({"groups": groups} if groups else {}), "tags": [plain(tag) for tag in taxonomy.tags]}
    return _HEAD + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=_WIDTH)


def plain(tag: Tag) -> dict[str, Any]:
    """A tag as a file says it, with nothing in it that is so anyway."""
    said = tag.model_dump(mode="json", exclude_defaults=True)
    if tag.outcome is not None:
        said["outcome"] = {"type": tag.outcome.type, **said["outcome"]}
    if tag == Tag.model_validate({**said, "lifetime_days": None}):
        said.pop("lifetime_days", None)
    return said
