"""A condition in the language of rules, asked of everybody: over tags alone, or over features as well."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from sqlalchemy import Connection

from core.clock import to_us
from core.errors import InvalidInputError
from features.calendar import local_day
from features.histories import Floats, Mask
from features.spec import FeatureSpec
from tags.audience.reading import read_predictions
from tags.audience.roll import Roll
from tags.rules.checked import OF_TAGS, Checked
from tags.rules.checking import check
from tags.rules.errors import RuleError, in_field
from tags.rules.kinds import From, Input, Threshold
from tags.rules.names import Names
from tags.rules.program import Program, compile_steps
from tags.rules.reading import parse
from tags.rules.texts import Texts

OF_PREDICTIONS = (From.SEGMENT, From.CHURN)
ON_THE_ROLL = (*OF_TAGS, *OF_PREDICTIONS, From.TODAY)
"""What is known of everybody without looking at their events."""


@dataclass(frozen=True, eq=False)
class Condition:
    """A checked condition; made once, asked of any roll.

    Attributes:
        text: As it was written.
        checked: What it means.
        values: The quantiles that it names, as they were last taken.
        spec: In whose zone today is.
    """

    text: str
    checked: Checked
    values: Mapping[Threshold, float | None]
    spec: FeatureSpec

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that it names, each once."""
        return self.checked.tags

    @property
    def asks_for_predictions(self) -> bool:
        """Whether it names the segment or the risk of leaving, which are known as of now only."""
        return any(one.source in OF_PREDICTIONS for one in self.checked.reads)

    @property
    def beyond_the_roll(self) -> tuple[str, ...]:
        """What it names that takes a look at everybody's events: features, attributes, counts."""
        return tuple(str(one) for one in self.checked.reads if one.source not in ON_THE_ROLL)

    @cached_property
    def program(self) -> Program:
        """What answers."""
        return compile_steps([self.checked.step], self.values)

    def search(self, roll: Roll, connection: Connection) -> Mask:
        """For whom it is true; what is unknown is not: shape (n_customers,).

        It must not ask for anything beyond the roll.
        """
        for tag in self.tags:
            roll.mask(tag, connection)
        texts = self.program.texts.copy()
        columns = [self._column(one, roll, connection, texts) for one in self.program.inputs]
        matrix = np.vstack(columns) if columns else np.zeros((0, roll.n_customers))
        found: Mask = self.program.run(matrix)[0] == 1.0
        return found

    def _column(self, one: Input, roll: Roll, connection: Connection, texts: Texts) -> Floats:
        match one.source:
            case From.TAG:
                return roll.mask(one.key, connection).astype(np.float64)
            case From.CONFIDENCE:
                return roll.confidence(one.key, connection)
            case From.VALUE:
                return _values(roll, one.key, connection, texts)
            case From.SEGMENT | From.CHURN:
                return _predicted(one.source, roll, connection, texts)
        return np.full(roll.n_customers, float(today(roll.at, self.spec)))


def read_condition(
    text: str, names: Names, values: Mapping[Threshold, float | None], spec: FeatureSpec, *, field: str
) -> Condition:
    """The condition of a text.

    Raises:
        InvalidInputError: It cannot be read, or makes no sense; says where, and what was expected.
    """
    try:
        return Condition(text, check(parse(text), names), values, spec)
    except RuleError as error:
        raise in_field(error, field) from None


def check_instant(condition: Condition, *, is_past: bool, field: str) -> None:
    """Say nothing when the condition can be asked of that instant.

    Raises:
        InvalidInputError: It names what is known as of now only.
    """
    if is_past and condition.asks_for_predictions:
        raise InvalidInputError(
            "{field}: segment and churn are known as of now; leave them out, or the past instant", field=field
        )


def today(at: datetime, spec: FeatureSpec) -> int:
    """The local day at an instant, as days since 1970; as features count it."""
    return local_day(to_us(at) - 1, spec.zone)


def _values(roll: Roll, tag: str, connection: Connection, texts: Texts) -> Floats:
    numbers = roll.value(tag, connection)
    table = np.append(texts.numbers(roll.columns[tag].texts), np.nan)
    found: Floats = table[numbers]  # -1, no value, is the last one
    return found


def _predicted(source: From, roll: Roll, connection: Connection, texts: Texts) -> Floats:
    told = read_predictions(connection)
    numbers = roll.numbers(told.ids)
    values = texts.numbers(told.segment) if source is From.SEGMENT else told.churn
    found = np.full(roll.n_customers, np.nan)
    found[numbers] = values
    return found
