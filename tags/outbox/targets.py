"""The limits of systems that tags are exported to."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.language import Language


@dataclass(frozen=True)
class Target:
    """What one system takes.

    Attributes:
        language: Of the names that its users see.
        name_characters: Of a tag's name, at most.
        group_characters: Of a group's name, at most.
        tags_in_all: How many tags it holds.
        tags_a_customer: How many of them one customer may carry.
        calls_at_once: How many calls may be under way at the same time.
        make_call: The call that makes tags; it takes those of one group at once.
        mark_call: The call that adds and removes tags of one customer.
        source: Where the figures stand.
    """

    key: str
    language: Language
    name_characters: int
    group_characters: int
    tags_in_all: int
    tags_a_customer: int
    calls_at_once: int
    make_call: str
    mark_call: str
    source: str


TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "wecom": Target(
            key="wecom",
            language="zh",
            name_characters=30,
            group_characters=30,
            tags_in_all=10_000,  # 3,000 until 2022
            tags_a_customer=3_000,  # by each member of staff
            calls_at_once=5,
            make_call="externalcontact/add_corp_tag",
            mark_call="externalcontact/mark_tag",
            source="developer.work.weixin.qq.com/document/path/92117 and 92697, as of 2023-12-01; calls at once: "
            "what its support tells in its community",
        )
    }
)
"""By key. An app may change and remove only the tags that it made itself: a plan never names others."""
