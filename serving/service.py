"""Everything that the routes delegate to, opened once for a server."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.clock import Clock
from core.errors import FieldError, NotReadyError, TagloopError, UnavailableError
from core.language import Text
from core.settings import Settings
from core.storage import OF_SERVERS, Store, open_store
from features.contract import Event
from features.intake import Receipt, accept_together
from features.lake import Lake
from features.stored_histories import known_customers
from review.decisions import Decision, Recorded
from review.words import decide
from serving.audience import Audience
from serving.gauges import gauges
from serving.imports import Imports
from serving.keeper import Keeper
from serving.keys import KeyRing
from serving.line import Line
from serving.live import Background, Live
from serving.metrics import Metrics
from serving.outbox import Outbox
from serving.phrases import no_such_customer
from serving.predict import Predictor
from serving.profile import profile
from serving.reviewing.desk import ReviewDesk
from serving.served_log import ServedLog
from serving.sessions import Sessions
from serving.tag_uses import TagUses
from serving.tagging.behind import Behind
from serving.tagging.on_events import OnEvents
from serving.tagging.tagging import Tagging
from serving.tagging.ticker import Ticker
from serving.win_back.answers import at_risk, of_cursor
from serving.win_back.desk import Desk
from tags.current import Current
from tags.report.uses import Way
from tags.taxonomy import Tag


@dataclass(frozen=True, eq=False)
class Service:
    """A server's parts. Its methods may be called from several threads at once."""

    settings: Settings
    store: Store
    lake: Lake
    clock: Clock
    keys: KeyRing
    sessions: Sessions
    live: Live
    background: Background
    metrics: Metrics
    predictor: Predictor
    line: Line
    keeper: Keeper
    desk: Desk
    outbox: Outbox
    imports: Imports
    reviews: ReviewDesk
    current: Current
    ticker: Ticker
    tagging: Tagging
    behind: Behind
    uses: TagUses
    audience: Audience

    async def accept(self, events: Sequence[Event]) -> Receipt:
        """Keep the events; see `features.intake`. Those under way are kept even if the caller goes away."""
        try:
            receipt = await asyncio.wrap_future(self.keeper.submit(events))
        except TagloopError:
            self.metrics.events(refused=len(events))
            raise
        self.metrics.events(accepted=receipt.accepted, duplicates=receipt.duplicates)
        return receipt

    def decide(self, decision: Decision) -> tuple[Recorded, Tag]:
        """Keep a reviewer's decision.

        Raises:
            NotFoundError: There is no such tag or customer.
        """
        taxonomy = self.live.taxonomy
        tag = taxonomy[decision.tag]
        with self.store.write() as connection:
            if not known_customers(connection, [decision.customer_id]):
                raise no_such_customer(decision.customer_id)
            recorded = decide(connection, decision, taxonomy, now=self.clock.now(), zone=self.settings.zone)
        self.metrics.decision("recorded" if recorded.is_new else "already_recorded")
        return recorded, tag

    def profile(self, customer_id: str, *, explain: bool = False) -> dict[str, Any]:
        """Everything to show of one customer; see `serving.profile`."""
        live = self.live
        found = profile(
            self.settings,
            self.store,
            self.lake,
            self.clock,
            live.maybe_snapshot,
            live.taxonomy,
            customer_id,
            explain=explain,
        )
        return self._noted(found)

    def tags_of(self, customer_id: str, at: datetime | None = None) -> dict[str, Any]:
        """The tags that the customer carries at an instant; see `serving.tagging.tagging`."""
        return self._noted(self.tagging.tags_of(customer_id, at))

    def _noted(self, found: dict[str, Any]) -> dict[str, Any]:
        """The same, once it is noted that somebody looked at those tags."""
        self.uses.note(Way.SHOWN, {one["tag"] for one in found["assignments"]})
        return found

    def at_risk(
        self, *, limit: int, min_risk: float | None, cursor: str | None, explain: bool
    ) -> dict[str, Any]:
        """A page of the customers at risk; see `serving.win_back`."""
        snapshot = self.live.snapshot
        listed, after = of_cursor(self.store, cursor) if cursor else (self.desk.listed(snapshot), 0)
        return at_risk(
            self.settings,
            self.store,
            snapshot,
            listed,
            limit=limit,
            min_risk=min_risk,
            after=after,
            explain=explain,
        )

    def now(self) -> datetime:
        """What the shop's clock says."""
        return self.clock.now()

    def check_ready(self) -> None:
        """Say nothing when store, lake and release can serve.

        Raises:
            NotReadyError: A part is missing or does not answer; all of them are named.
        """
        parts: dict[str, Callable[[], object]] = {
            "store": self._check_store,
            "lake": self.lake.version,
            "release": lambda: self.live.snapshot,
        }
        wrong = []
        for name, part in parts.items():
            try:
                part()
            except TagloopError as error:
                wrong.append(FieldError(name, error.text, error.code))
            except Exception as error:  # noqa: BLE001 (whatever it is, this part does not work)
                wrong.append(
                    FieldError(
                        name,
                        Text("it does not answer ({error})", {"error": type(error).__name__}),
                        UnavailableError.code,
                    )
                )
        if wrong:
            raise NotReadyError(
                "Not ready: {parts}", fields=tuple(wrong), parts=", ".join(e.field for e in wrong)
            )

    def _check_store(self) -> None:
        with self.store.read() as connection:
            known_customers(connection, [""])

    def close(self) -> None:
        """Move the last live events to the lake and give everything back."""
        self.desk.close()
        self.audience.close()
        self.ticker.stop()
        self.behind.close()
        self.keeper.close()
        self.outbox.close()
        self.background.stop()
        self.predictor.close()
        self.store.close()


def open_service(settings: Settings, metrics: Metrics) -> Service:
    """The server's parts, with its background work begun."""
    store, clock = open_store(settings, patience=OF_SERVERS), settings.make_clock()
    lake = Lake(settings.lake_path, buckets=settings.lake_buckets)
    current = Current(settings, store)
    live = Live(settings, store, current)
    live.refresh()
    metrics.watch(lambda: gauges(settings, store, clock, live))
    served = ServedLog(settings, store, clock)
    predictor = Predictor(store, clock, lambda: live.snapshot, metrics, served.note)
    if live.maybe_snapshot:
        predictor.warm_up()
    uses = TagUses(store, clock, settings.zone)
    background = Background(settings, store, lake, live, uses, served)
    keys = KeyRing(store)
    current.refresh().warm_up()
    on_events, ticker = OnEvents(current, clock), Ticker(store, current, clock)
    background.start()
    ticker.start()
    behind = Behind(settings, store, clock)
    behind.start()
    audience = Audience(store, clock, live, uses)
    audience.start()
    return Service(
        settings,
        store,
        lake,
        clock,
        keys,
        Sessions(store, keys),
        live,
        background,
        metrics,
        predictor,
        Line(predictor.calls),
        Keeper(lambda calls: accept_together(store, calls, now=clock.now(), then=on_events)),
        Desk(settings, store, clock),
        Outbox(settings, store, clock, live, uses),
        Imports(settings, store, clock, live),
        ReviewDesk(settings, store, clock, live),
        current,
        ticker,
        Tagging(settings, store, clock, lambda: live.taxonomy),
        behind,
        uses,
        audience,
    )
