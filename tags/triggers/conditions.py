"""What triggers ask of events: whether a condition holds, and how many days to wait; one program for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from core.errors import FieldError, InvalidInputError
from core.language import Text
from features.histories import Floats, Mask
from tags.definition import Tag
from tags.rules.carried import carried
from tags.rules.checked import Checked, Taken
from tags.rules.checking import check
from tags.rules.errors import RuleError, in_field
from tags.rules.foretold import PREDICTIONS, foretold_tags
from tags.rules.inputs import Gatherer
from tags.rules.kinds import From, Kind
from tags.rules.known import Known
from tags.rules.names import Names
from tags.rules.program import Values, compile_steps
from tags.rules.reading import parse
from tags.rules.rulebook import Rulebook
from tags.triggers.triggers import Triggers


@dataclass(frozen=True)
class Asked:
    """What one tag's trigger asks of an event; None where it asks nothing."""

    when: Checked | None
    after_days: Checked | None


@dataclass(frozen=True, eq=False)
class Decided:
    """What the conditions say of some events.

    Attributes:
        holds: By tag whether its condition is true, shape (n_events,); a tag without one is left out.
        days: By tag how many days its wait takes, shape (n_events,); NaN where that is not known.
    """

    holds: Mapping[str, Mask]
    days: Mapping[str, Floats]


class Conditions:
    """The conditions of all triggers on events, checked; shared by threads.

    Attributes:
        asked: By tag what it asks.
        broken: By tag why it cannot be asked; such a trigger gives nothing until its definition is mended.
    """

    def __init__(self, triggers: Triggers, rulebook: Rulebook, values: Values) -> None:
        self.asked: dict[str, Asked] = {}
        self.broken: dict[str, InvalidInputError] = {}
        names = names_for_triggers(rulebook.names)
        for key in (*triggers.at_once, *triggers.waiting):
            try:
                self.asked[key] = check_trigger(triggers.taxonomy[key], names)
            except InvalidInputError as error:
                self.broken[key] = error
        whens = {key: one.when for key, one in self.asked.items() if one.when}
        days = {key: one.after_days for key, one in self.asked.items() if one.after_days}
        self._whens = {key: place for place, key in enumerate(whens)}
        self._days = {key: len(whens) + place for place, key in enumerate(days)}
        steps = [one.step for one in (*whens.values(), *days.values())]
        waits = foretold_tags(
            rulebook
        )  # their rules are not asked here: what the profile says of them counts
        self._program = compile_steps(
            steps, values, defined=carried(lambda tag: None if tag in waits else rulebook.own_rule(tag))
        )
        self._gatherer = Gatherer(self._program, rulebook.spec, triggers.taxonomy)

    @property
    def asks(self) -> bool:
        """Whether any trigger has a condition."""
        return bool(self._whens or self._days)

    @cached_property
    def taken(self) -> tuple[Taken, ...]:
        """The quantiles that they need."""
        checked = [part for one in self.asked.values() for part in (one.when, one.after_days) if part]
        return tuple(dict.fromkeys(one for part in checked for one in part.thresholds))

    @property
    def needs_histories(self) -> bool:
        """Whether they count events themselves (`Known.histories`)."""
        return self._gatherer.needs_histories

    @cached_property
    def needs_before(self) -> bool:
        """Whether they look at features as they were before the event (`Known.before`)."""
        return any(one.source is From.BEFORE for one in self._program.inputs)

    @cached_property
    def reads_tags(self) -> frozenset[str]:
        """The tags whose words (`Known.said`) they read."""
        return frozenset(one.key for one in self._program.inputs if one.source in (From.ABOVE, From.BELOW))

    @cached_property
    def reads_category(self) -> bool:
        """Whether they ask for the category of the event's item, which the catalogue has to be asked for."""
        return any(one.source is From.EVENT and one.key == "category" for one in self._program.inputs)

    def decide(self, known: Known) -> Decided:
        """What they say of the events of `known`, which are in force as of its instant."""
        numbers = self._program.run(self._gatherer.gather(known).matrix)
        return Decided(
            holds={key: numbers[place] == 1.0 for key, place in self._whens.items()},
            days={key: numbers[place] for key, place in self._days.items()},
        )


def names_for_triggers(names: Names) -> Names:
    """What a trigger's expressions can name: what rules can, the event, and features as they were before it."""
    return names if names.of_event else names.with_event()


def check_trigger(tag: Tag, names: Names) -> Asked:
    """What the trigger of a tag asks of events; `names` are those for triggers.

    Raises:
        InvalidInputError: An expression cannot be read or makes no sense; says which, and why.
    """
    trigger = tag.trigger
    if trigger is None:
        raise ValueError(f"{tag.key} is given by no trigger")
    return Asked(
        when=_checked(trigger.when, names, Kind.TRUTH, "trigger.when"),
        after_days=_checked(trigger.after_days, names, Kind.NUMBER, "trigger.after_days"),
    )


def _checked(text: str | None, names: Names, wanted: Kind, field: str) -> Checked | None:
    if text is None:
        return None
    try:
        checked = check(parse(text), names, wanted)
    except RuleError as error:
        raise in_field(error, field) from None
    foretold = [str(one) for one in checked.reads if one.source in PREDICTIONS]
    if foretold:
        reason = Text(
            "{name} cannot be asked here: no model is asked while an event is being kept. Name a tag that the model "
            "gives, as tag.KEY",
            {"name": foretold[0]},
        )
        raise InvalidInputError(
            reason.message, fields=(FieldError(field, reason, RuleError.code),), **reason.values
        )
    return checked
