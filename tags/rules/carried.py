"""What it comes to that a customer carries a tag: the words of all sources, and the rule's own where it has one."""

from collections.abc import Callable

from tags.rules.kinds import From, Input, Kind
from tags.rules.steps import Op, Step, choose, constant, load

OwnRule = Callable[[str], "tuple[Step, Step | None] | None"]
"""Of a tag its rule's condition (in force for the customer) and value; None where no rule gives it."""

_FALSE, _TRUE = constant(0.0, Kind.TRUTH), constant(1.0, Kind.TRUTH)


def carried(own_rule: OwnRule) -> Callable[[Input], Step | None]:
    """Gives what names about tags are made of.

    People and imports outrank the rule, the rule outranks triggers and models; where nobody says anything, the tag is
    not carried.
    """
    makers = {From.TAG: _carries, From.VALUE: _value, From.CONFIDENCE: _confidence}

    def defined(source: Input) -> Step | None:
        make = makers.get(source.source)
        return make(source.key, own_rule) if make else None

    return defined


def _carries(tag: str, own_rule: OwnRule) -> Step:
    above = load(Input(From.ABOVE, tag, kind=Kind.TRUTH))
    below = load(Input(From.BELOW, tag, kind=Kind.TRUTH))
    own = own_rule(tag)
    parts = [above, *([_or_unknown(own[0])] if own else []), below, _FALSE]
    return _first_known(parts)


def _value(tag: str, own_rule: OwnRule) -> Step:
    above, below = (
        load(Input(source, tag, kind=Kind.TEXT)) for source in (From.ABOVE_VALUE, From.BELOW_VALUE)
    )
    own = own_rule(tag)
    unknown = constant(None, Kind.TEXT)
    return _by_source(tag, above, own[0] if own else None, (own[1] if own else None) or unknown, below)


def _confidence(tag: str, own_rule: OwnRule) -> Step:
    above, below = (load(Input(source, tag)) for source in (From.ABOVE_CONFIDENCE, From.BELOW_CONFIDENCE))
    own = own_rule(tag)
    return _by_source(tag, above, own[0] if own else None, constant(None, Kind.NUMBER), below)


def _by_source(tag: str, above: Step, own: Step | None, of_own: Step, below: Step) -> Step:
    """What the strongest source says that says anything."""
    found = below if own is None else choose(own, of_own, below)
    silent = Step(Op.IS_UNKNOWN, Kind.TRUTH, (load(Input(From.ABOVE, tag, kind=Kind.TRUTH)),))
    return choose(silent, found, above)


def _or_unknown(condition: Step) -> Step:
    """True where it holds, else unknown, so that a weaker source is heard."""
    return choose(condition, _TRUE, constant(None, Kind.TRUTH))


def _first_known(parts: list[Step]) -> Step:
    found = parts[-1]
    for part in reversed(parts[:-1]):
        found = Step(Op.FIRST_KNOWN, part.kind, (part, found))
    return found
