"""What can be watched from outside, in Prometheus' form: see GET /metrics.

Labels have few values: routes by their template, methods and statuses as they are, never a path or an id.
"""

from collections.abc import Callable, Iterable
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"})

Gauges = Callable[[], Iterable[GaugeMetricFamily]]


class Metrics:
    """One server's figures; its methods may be called from several threads at once."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "tagloop_requests", "Requests answered", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "tagloop_request_seconds",
            "From a request's first byte to its answer's last",
            ["route"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._customers = Counter(
            "tagloop_predicted_customers", "Customers predicted for", registry=self._registry
        )
        kept = Counter(
            "tagloop_kept_answers",
            "Customers whose answer was kept from before (hit) or not (miss)",
            ["found"],
            registry=self._registry,
        )
        self._events = Counter(
            "tagloop_events", "Events by what became of them", ["outcome"], registry=self._registry
        )
        self._decisions = Counter(
            "tagloop_decisions",
            "Reviewers' decisions by what became of them",
            ["outcome"],
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)
        # What has these labels for sure is there from the start: a figure that appears late has no slope.
        for outcome in ("accepted", "duplicate", "refused"):
            self._events.labels(outcome)
        self._hits, self._misses = kept.labels("hit"), kept.labels("miss")
        self._request_child = cache(self._requests.labels)
        self._seconds_child = cache(self._seconds.labels)

    def watch(self, gauges: Gauges) -> None:
        """Ask for these as well, each time that the figures are read."""
        self._registry.register(_Asked(gauges))

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is its template."""
        self._request_child(method if method in METHODS else "other", route, status).inc()
        self._seconds_child(route).observe(seconds)

    def predicted(self, customers: int) -> None:
        """Predictions were answered."""
        self._customers.inc(customers)

    def kept_answers(self, *, hits: int = 0, misses: int = 0) -> None:
        """Answers were found kept, or had to be made."""
        self._hits.inc(hits)
        self._misses.inc(misses)

    def events(self, *, accepted: int = 0, duplicates: int = 0, refused: int = 0) -> None:
        """Events were taken, were there before, or were refused with their call."""
        self._events.labels("accepted").inc(accepted)
        self._events.labels("duplicate").inc(duplicates)
        self._events.labels("refused").inc(refused)

    def decision(self, outcome: str) -> None:
        """A decision was `recorded`, or `already_recorded`."""
        self._decisions.labels(outcome).inc()

    def exposition(self) -> bytes:
        """All figures as Prometheus reads them; the watched gauges are asked now."""
        return generate_latest(self._registry)


class _Asked(Collector):
    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing ahead: the gauges are asked when the figures are read."""
        return []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The gauges as they stand."""
        return self._gauges()
