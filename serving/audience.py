"""Finds and counts customers by their tags for a server: a roll in memory that follows the profiles."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Event, Thread
from typing import Any

from sqlalchemy import Connection

from core.clock import Clock
from core.errors import FieldError, InvalidInputError
from core.language import Text
from core.storage import Store
from features.histories import Mask
from features.spec import FeatureSpec
from serving.live import Live
from serving.loop import attempt
from serving.tag_uses import TagUses
from tags.audience.condition import Condition, check_instant, read_condition
from tags.audience.filter import Filter, check_confidences, wanted_tags
from tags.audience.finding import count, search
from tags.audience.kept import KeptRoll
from tags.audience.roll import Roll
from tags.profile.reading import Carried, computed, profile_at
from tags.report.uses import Way
from tags.rules.names import names_of

OF_ONE = ".min_confidence"


@dataclass(frozen=True)
class Asked:
    """A search as a caller words it: texts, and nothing is known of whether there are such tags."""

    all: Sequence[str] = ()
    any: Sequence[str] = ()
    none: Sequence[str] = ()
    min_confidence: float | None = None
    of_tag: Mapping[str, float] = field(default_factory=dict)
    segment: str | None = None
    where: str | None = None
    name: str = ""


@dataclass(frozen=True)
class _Search:
    """A search whose tags are known."""

    filter: Filter
    condition: Condition | None

    @property
    def tags(self) -> tuple[str, ...]:
        named = self.condition.tags if self.condition else ()
        return tuple(dict.fromkeys((*self.filter.tags, *named)))

    @property
    def may_find_anybody(self) -> bool:
        """Whether customers without any of the tags may be meant."""
        return not (self.filter.all or self.filter.any)

    def __call__(self, roll: Roll, connection: Connection) -> Mask:
        found = search(self.filter, roll, connection)
        if self.condition is None:
            return found
        also = self.condition.search(roll, connection)
        found = search(self.filter, roll, connection) if len(found) < len(also) else found
        return found & also


class Audience:
    """A server's part in it. Its methods may be called from several threads at once."""

    def __init__(self, store: Store, clock: Clock, live: Live, uses: TagUses) -> None:
        self._store = store
        self._clock = clock
        self._live = live
        self._uses = uses
        self._roll = KeptRoll()
        self._stopping = Event()
        self._warming = Thread(target=self._warm_up, name="tagloop-audience", daemon=True)

    def start(self) -> None:
        """Begin to read who carries what, so that the first search finds it in memory."""
        self._warming.start()

    def close(self) -> None:
        """Let go of what is not read yet."""
        self._stopping.set()
        self._warming.join()

    def _warm_up(self) -> None:
        """Read everybody and one tag after the other; a search that comes meanwhile waits for one of them at most."""
        for tag in self._live.taxonomy.current:
            if self._stopping.is_set():
                return
            attempt("audience_not_read", partial(self._read, tag.key))

    def _read(self, tag: str) -> None:
        with (
            self._store.read() as connection,
            self._roll.now(connection, self._clock.now(), tags=[tag], everybody=False),
        ):
            pass

    def page(
        self, asked: Asked, *, as_of: datetime | None, after: str | None, limit: int, with_tags: bool
    ) -> dict[str, Any]:
        """A page of the customers who are meant, in the order of their ids.

        Raises:
            NotFoundError: There is no such tag.
            InvalidInputError: The condition makes no sense, or the instant lies after the clock.
        """
        wanted = self._wanted(asked, as_of, prefix="")
        with self._store.read() as connection, self._rolled(connection, [wanted], as_of) as roll:
            mask = wanted(roll, connection)
            names = roll.page(mask, after, limit + 1)
            there, at, found = names[:limit], roll.at, int(mask.sum())
            told = profile_at(connection, there, at) if with_tags else None
            through = through_of(connection)
        self._uses.note(Way.FOUND, wanted.tags)
        return {
            "as_of": at,
            "computed_through": through,
            "found": found,
            "customers": [_customer(name, told) for name in there],
            "next": there[-1] if len(names) > limit else None,
        }

    def count(self, asked: Sequence[Asked], *, as_of: datetime | None) -> dict[str, Any]:
        """How many customers each search finds, and each two of them.

        Raises:
            NotFoundError: There is no such tag.
            InvalidInputError: A condition makes no sense, or the instant lies after the clock.
        """
        wanted = [self._wanted(one, as_of, f"searches.{place}.") for place, one in enumerate(asked)]
        with self._store.read() as connection, self._rolled(connection, wanted, as_of, count=True) as roll:
            found = count([partial(one) for one in wanted], roll, connection)
            at, through = roll.at, through_of(connection)
        self._uses.note(Way.FOUND, {tag for one in wanted for tag in one.tags})
        names, everybody = [one.name for one in asked], found.customers
        return {
            "as_of": at,
            "computed_through": through,
            "customers": everybody,
            "counts": [
                {"name": name, "customers": n, "share": n / everybody if everybody else 0.0}
                for name, n in zip(names, found.each, strict=True)
            ],
            "overlaps": [
                {
                    "first": names[one.first],
                    "second": names[one.second],
                    "customers": one.customers,
                    "share_of_first": _share(one.customers, found.each[one.first]),
                    "share_of_second": _share(one.customers, found.each[one.second]),
                }
                for one in found.shared
            ],
            "any": found.any,
        }

    @contextmanager
    def _rolled(
        self,
        connection: Connection,
        wanted: Sequence[_Search],
        as_of: datetime | None,
        *,
        count: bool = False,
    ) -> Iterator[Roll]:
        now = self._clock.now()
        if as_of is not None and as_of < now:
            with self._roll.past(connection, as_of) as roll:
                yield roll
            return
        tags = list(dict.fromkeys(tag for one in wanted for tag in one.tags))
        everybody = count or any(one.may_find_anybody for one in wanted)
        with self._roll.now(connection, now, tags=tags, everybody=everybody) as roll:
            yield roll

    def _wanted(self, asked: Asked, as_of: datetime | None, prefix: str) -> _Search:
        taxonomy, now = self._live.taxonomy, self._clock.now()
        if as_of is not None and as_of > now:
            raise _after_the_clock(as_of, now)
        wanted = Filter(
            all=wanted_tags(asked.all, taxonomy, name=f"{prefix}all"),
            any=wanted_tags(asked.any, taxonomy, name=f"{prefix}any"),
            none=wanted_tags(asked.none, taxonomy, name=f"{prefix}none"),
            min_confidence=asked.min_confidence,
            of_tag=asked.of_tag,
            segment=asked.segment,
        )
        check_confidences(asked.of_tag, wanted, suffix=OF_ONE)
        if as_of is not None and asked.segment is not None:
            raise _wrong(
                f"{prefix}segment",
                Text("segments are known as of now: leave the segment out, or the past instant"),
                "known_as_of_now",
            )
        condition = self._condition(asked.where, f"{prefix}where") if asked.where else None
        if condition:
            check_instant(condition, is_past=as_of is not None, field=f"{prefix}where")
        return _Search(wanted, condition)

    def _condition(self, text: str, name: str) -> Condition:
        snapshot = self._live.maybe_snapshot
        spec = snapshot.spec if snapshot else FeatureSpec()
        condition = read_condition(text, names_of(spec, self._live.taxonomy), {}, spec, field=name)
        if condition.beyond_the_roll:
            named = Text(
                "{names} takes a look at everybody's events: make a rule's tag of it and ask for that, or ask "
                "`tagloop customers --where`",
                {"names": ", ".join(condition.beyond_the_roll)},
            )
            raise _wrong(name, named, "asks_for_features")
        return condition


def through_of(connection: Connection) -> dict[str, datetime]:
    """Through which instant each part of the profiles is worked out."""
    return {part: one.through for part, one in computed(connection).items()}


def _customer(name: str, told: Mapping[str, list[Carried]] | None) -> dict[str, Any]:
    if told is None:
        return {"customer_id": name}
    return {
        "customer_id": name,
        "tags": [
            {
                "key": one.tag,
                "value": one.value,
                "confidence": one.confidence,
                "source": one.source.value,
                "since": one.began_at,
            }
            for one in told.get(name, ())
        ],
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _after_the_clock(as_of: datetime, now: datetime) -> InvalidInputError:
    late = Text(
        "{at} lies after the clock, which says {now}", {"at": as_of.isoformat(), "now": now.isoformat()}
    )
    return _wrong("as_of", late, "after_the_clock")


def _wrong(name: str, problem: Text, code: str) -> InvalidInputError:
    return InvalidInputError(problem.message, fields=(FieldError(name, problem, code),), **problem.values)
