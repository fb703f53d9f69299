"""What the rules make of some customers, with the values that decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from features.histories import Floats, Ints, Mask
from tags.rules.checked import OF_TAGS
from tags.rules.kinds import Input
from tags.rules.showing import as_text, shown_number, shown_values
from tags.rules.texts import Texts

if TYPE_CHECKING:
    from tags.rules.rulebook import Rulebook


@dataclass(frozen=True, eq=False)
class Answers:
    """What a rulebook says of rows; `numbers` and `inputs` are what its program gave and read."""

    rulebook: "Rulebook"
    numbers: Floats
    inputs: Floats
    texts: Texts

    @cached_property
    def carries(self) -> Mapping[str, Mask]:
        """By tag whether its rule gives it, shape (n_rows,) each. Unknown is not true."""
        tags = self.rulebook.tags  # whose conditions are the first answers
        return dict(zip(tags, self.numbers[: len(tags)] == 1.0, strict=True))

    @cached_property
    def given(self) -> frozenset[str]:
        """The tags that any of the rows carries."""
        tags = self.rulebook.tags
        are_given = (self.numbers[: len(tags)] == 1.0).any(axis=1).tolist()
        return frozenset(tag for tag, is_given in zip(tags, are_given, strict=True) if is_given)

    def values(self, tag: str, rows: Ints) -> list[str | None]:
        """The tag's value for those rows; None each where the tag has none."""
        place = self.rulebook.value_places.get(tag)
        if place is None:
            return [None] * len(rows)
        told = shown_values(self.numbers[place, rows], self.rulebook.program.answers[place], self.texts)
        return [None if one is None else as_text(one) for one in told]

    def evidence(self, tag: str, rows: Ints) -> list[dict[str, Any]]:
        """Of each of those rows the values of what the tag's rule reads, by name; quantiles as well."""
        rule = self.rulebook.rules[tag]
        columns = {str(source): self._shown(source, rows) for source in rule.reads}
        shared = {
            str(one.threshold): shown_number(value)
            for one in rule.thresholds
            if (value := self.rulebook.values.get(one.threshold)) is not None
        }
        told = zip(*columns.values(), strict=True) if columns else [()] * len(rows)
        return [{**dict(zip(columns, values, strict=True)), **shared} for values in told]

    def _shown(self, source: Input, rows: Ints) -> list[Any]:
        rulebook = self.rulebook
        if source.source in OF_TAGS:
            numbers = self.numbers[rulebook.tag_places[source], rows]
        else:
            numbers = self.inputs[rulebook.program.columns[source], rows]
        return shown_values(numbers, source.kind, self.texts, rulebook.levels_of(source))
