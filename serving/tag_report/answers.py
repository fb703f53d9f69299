"""One tag of the newest report, as plain values."""

from typing import Any

from core.errors import NotFoundError
from core.storage import Store
from tags.report.keeping import newest
from tags.taxonomy import Taxonomy


def quality(store: Store, taxonomy: Taxonomy, key: str) -> dict[str, Any]:
    """What the tag is worth, as of the newest report.

    Raises:
        NotFoundError: There is no such tag, or no report was made since customers can carry it.
    """
    tag = taxonomy[key]
    with store.read() as connection:
        kept = newest(connection)
    for one in kept.body["tags"] if kept else ():
        if one["tag"] == tag.key and kept:
            return {"as_of": kept.as_of, **one}
    raise NotFoundError(
        "No report tells of the tag {tag} yet: the next refresh makes one, or `tagloop tags report` does now",
        tag=key,
    )
