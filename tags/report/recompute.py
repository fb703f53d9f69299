"""Today's rules, asked of what was known at an instant of the past: what a short history of profiles cannot tell."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from features.histories import Ints
from features.source import FeatureSource
from tags.report.following import Progress, Seen, parts_of
from tags.report.windows import Window
from tags.rules.foretold import foretold_tags
from tags.rules.known import Known
from tags.rules.program import Values
from tags.rules.quantiles import Taking
from tags.rules.rulebook import Rulebook
from tags.taxonomy import Taxonomy


class Recomputing:
    """Says who would have carried the tags of rules; `recompute` may be handed to `following.follow`.

    Quantiles are those of the customers as they were then. What people, imports and models said then is left out, so
    tags whose rules read predictions are not worked out, and a rule that reads an imported tag finds nobody with it.
    """

    def __init__(self, taxonomy: Taxonomy, source: FeatureSource, windows: Sequence[Window]) -> None:
        self._taxonomy = taxonomy
        self._source = source
        plain = Rulebook(taxonomy, source.spec)
        self.tags = tuple(tag for tag in plain.tags if tag not in foretold_tags(plain))
        self._books = {
            window.as_of: Rulebook(taxonomy, source.spec, values)
            for window, values in self._quantiles(plain, windows).items()
        }
        self._numbers: dict[str, dict[str | None, int]] = {tag: {} for tag in self.tags}

    def recompute(self, seen: Seen) -> dict[str, Ints]:
        """By tag the number of each known customer's value, 0 where the tag is not carried."""
        answers = self._books[seen.window.as_of].evaluate(_known(seen))
        found = {}
        for tag in self.tags:
            carries = answers.carries[tag]
            rows = carries.nonzero()[0]
            numbers = self._numbers[tag]
            found[tag] = np.zeros(len(carries), dtype=np.int64)
            found[tag][rows] = [
                numbers.setdefault(value, len(numbers) + 1) for value in answers.values(tag, rows)
            ]
        return found

    def _quantiles(self, book: Rulebook, windows: Sequence[Window]) -> Mapping[Window, Values]:
        """The quantiles as of each window's beginning."""
        if not book.taken:
            return {window: {} for window in windows}
        taking = {window: Taking(book.taken, self._source.spec, self._taxonomy) for window in windows}
        quiet: Progress = lambda _done, _total: None  # noqa: E731
        for seen in parts_of(self._source, windows, quiet):
            taking[seen.window].add(_known(seen))
        return {
            window: {threshold: one.value for threshold, one in taken.found().items()}
            for window, taken in taking.items()
        }


def _known(seen: Seen) -> Known:
    """The customers of whom something was known, as rules look at them."""
    kept = seen.is_known
    offsets, histories = seen.histories.offsets, seen.histories
    if not kept.all():
        rows = np.repeat(kept, offsets[1:] - offsets[:-1])
        lengths = (offsets[1:] - offsets[:-1])[kept]
        histories = histories.take(rows, np.concatenate(([0], np.cumsum(lengths))))
    return Known(seen.window.as_of, seen.customer_ids, seen.rows[kept], histories=histories)


def begins_by(first: datetime | None, window: Window) -> bool:
    """Whether profiles knew of a tag when the window began; `first` is when anybody first carried it."""
    return first is not None and first <= window.as_of
