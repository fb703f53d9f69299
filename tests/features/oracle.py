"""The slow, obvious twin of the kernel: plain loops over plain events, exact arithmetic, nothing shared.

It is written from the definitions of the features and reads like them. Sums are fractions, so the answer is
the true one whatever the order of addition; days and hours come from `zoneinfo` and `datetime.date`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from core.ids import stable_key
from features.attributes import AttributeFact
from features.catalogue import CategoryGroup
from features.contract import AttributeDefinition, Event, Role
from features.outcomes import Target
from features.spec import FeatureSpec

Paths = Mapping[str, Sequence[Sequence[str]]]  # item id -> category paths
Row = dict[str, float]

MISSING = math.nan
HOURS = {
    "night": (0, 6),
    "morning": (6, 11),
    "midday": (11, 14),
    "afternoon": (14, 17),
    "evening": (17, 21),
    "late": (21, 24),
}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
KINDS = {
    Role.INTEREST: "interest",
    Role.CONTACT: "contact",
    Role.PRESENCE: "presence",
    Role.OPINION: "opinion",
}


@dataclass
class Seen:
    """An event with its local day, hour and age in days."""

    event: Event
    role: Role | None
    day: date
    hour: int
    age: int

    @property
    def amount(self) -> Fraction:
        return Fraction(self.event.amount or 0)

    @property
    def discount(self) -> Fraction:
        return Fraction(self.event.discount or 0)


@dataclass
class Order:
    """Purchase lines of one order id; it began with its first line."""

    lines: list[Seen]

    @property
    def first(self) -> Seen:
        return self.lines[0]

    @property
    def amount(self) -> Fraction:
        return sum((line.amount for line in self.lines), Fraction(0))


def row(
    events: Iterable[Event],
    as_of: datetime,
    spec: FeatureSpec,
    paths: Paths,
    facts: Iterable[AttributeFact] = (),
) -> Row:
    """Every feature of one customer as of the instant, by name."""
    seen = _seen(events, as_of, spec)
    lines = [one for one in seen if one.role is Role.PURCHASE]
    orders = _orders(lines)
    known = {item: own for item, own in paths.items() if own}
    return {
        **_recency(seen, orders),
        **_frequency(seen, lines, orders),
        **_rhythm(orders),
        **_breadth(lines, orders, known),
        **_basket(orders),
        **_discount(seen, lines),
        **_channel(orders, spec),
        **_hours(orders),
        **_campaign(seen),
        **_engagement(seen, spec),
        **_profile(facts, as_of, spec),
        **_category(lines, orders, known, spec),
        **_attention(seen, known, spec),
    }


def outcome(
    events: Iterable[Event],
    as_of: datetime,
    days: int,
    resolved_until: datetime,
    spec: FeatureSpec,
    paths: Paths,
    targets: Sequence[Target] = (),
) -> Row:
    """What the customer did in the local days after the instant, of what was known at `resolved_until`, by name."""
    here = as_of.astimezone(spec.zone)
    end = datetime.combine(here.date() + timedelta(days=days), here.time(), spec.zone)
    given = {target.name: target for target in targets}
    groups = {group.name: group for group in spec.groups}
    names = [*groups, *(target.name for target in targets if not target.in_group)]
    if end.astimezone(UTC) > resolved_until.astimezone(UTC):
        return dict.fromkeys([*names, "churned"], MISSING)
    ahead = [
        event
        for event in events
        if as_of.astimezone(UTC) <= event.occurred_at.astimezone(UTC) < end.astimezone(UTC)
        and event.received_at.astimezone(UTC) < resolved_until.astimezone(UTC)
    ]
    found: Row = {}
    for name in names:
        counted = [event for event in ahead if _counts(event, given.get(name), spec)]
        group = groups.get(name)
        found[name] = float(any(group is None or _belongs(e.item_id, group, paths) for e in counted))
    return {**found, "churned": float(not any(_counts(event, None, spec) for event in ahead))}


def _counts(event: Event, target: Target | None, spec: FeatureSpec) -> bool:
    """Whether the event counts for the target: without one, whether it is a purchase."""
    role = spec.roles.get(event.type)
    if target is None:
        return role is Role.PURCHASE
    named = any(word == role if word in list(Role) else word == event.type for word in target.events)
    enough = target.at_least is None or (event.rating is not None and event.rating >= target.at_least)
    return named and enough


def _seen(events: Iterable[Event], as_of: datetime, spec: FeatureSpec) -> list[Seen]:
    """What could have been known at the instant, in history order."""
    last_day = (as_of.astimezone(UTC) - timedelta(microseconds=1)).astimezone(spec.zone).date()
    known = [event for event in events if event.occurred_at < as_of and event.received_at < as_of]
    known.sort(key=lambda event: (event.occurred_at, stable_key(event.event_id)))
    seen = []
    for event in known:
        local = event.occurred_at.astimezone(UTC).astimezone(spec.zone)
        age = (last_day - local.date()).days
        seen.append(Seen(event, spec.roles.get(event.type), local.date(), local.hour, age))
    return seen


def _orders(lines: Sequence[Seen]) -> list[Order]:
    """The orders as they began; a line that names no order is one of its own."""
    orders: list[Order] = []
    open_orders: dict[str, Order] = {}
    for line in lines:
        name = line.event.order_id
        if name and name in open_orders:
            open_orders[name].lines.append(line)
            continue
        order = Order([line])
        orders.append(order)
        if name:
            open_orders[name] = order
    return orders


def _ratio(part: Fraction | int, whole: Fraction | int) -> float:
    return MISSING if whole == 0 else float(Fraction(part) / Fraction(whole))


def _root(value: Fraction) -> float:
    return math.sqrt(float(value))


def _spread(values: Sequence[Fraction]) -> float:
    """The standard deviation of the values, taken as the whole population."""
    if not values:
        return MISSING
    mean = sum(values, Fraction(0)) / len(values)
    return _root(sum(((value - mean) ** 2 for value in values), Fraction(0)) / len(values))


def _last_age(seen: Sequence[Seen]) -> float:
    return float(seen[-1].age) if seen else MISSING


def _within(seen: Sequence[Seen], days: int) -> list[Seen]:
    return [one for one in seen if one.age < days]


def _begun_within(orders: Sequence[Order], days: int) -> list[Order]:
    return [order for order in orders if order.first.age < days]


def _spend(lines: Sequence[Seen]) -> Fraction:
    return sum((line.amount for line in lines), Fraction(0))


def _recency(seen: Sequence[Seen], orders: Sequence[Order]) -> Row:
    return {
        "days_since_last_purchase": float(orders[-1].first.age) if orders else MISSING,
        "days_since_first_purchase": float(orders[0].first.age) if orders else MISSING,
        "days_since_last_event": _last_age(seen),
    }


def _frequency(seen: Sequence[Seen], lines: Sequence[Seen], orders: Sequence[Order]) -> Row:
    found: Row = {}
    for days in (7, 14, 28, 56, 84):
        begun = _begun_within(orders, days)
        found[f"baskets_{days}d"] = float(len(begun))
        found[f"purchases_{days}d"] = float(len(_within(lines, days)))
        found[f"spend_{days}d"] = float(_spend(_within(lines, days)))
        found[f"purchase_days_{days}d"] = float(len({order.first.day for order in begun}))
    refunds = [one for one in _within(seen, 84) if one.role is Role.REFUND]
    in_28, in_56 = len(_begun_within(orders, 28)), len(_begun_within(orders, 56))
    spend_28, spend_56 = _spend(_within(lines, 28)), _spend(_within(lines, 56))
    return {
        **found,
        "baskets_ever": float(len(orders)),
        "baskets_trend_28d": float(in_28 - (in_56 - in_28)),
        "spend_trend_28d": float(spend_28 - (spend_56 - spend_28)),
        "baskets_share_28d_of_84d": _ratio(in_28, len(_begun_within(orders, 84))),
        "refunds_84d": float(len(refunds)),
        "refunded_84d": float(sum((abs(one.amount) for one in refunds), Fraction(0))),
    }


def _rhythm(orders: Sequence[Order]) -> Row:
    days = sorted({order.first.day for order in orders})
    gaps = [Fraction((after - before).days) for before, after in pairwise(days)]
    recency = min((order.first.age for order in orders), default=0)
    return {
        "gap_mean_days": _ratio(sum(gaps, Fraction(0)), len(gaps)),
        "gap_std_days": _spread(gaps),
        "gap_max_days": float(max(gaps)) if gaps else MISSING,
        "gap_last_days": float(gaps[-1]) if gaps else MISSING,
        "recency_over_gap_mean": _ratio(recency * len(gaps), sum(gaps, Fraction(0))),
        "recency_over_gap_max": _ratio(recency, max(gaps, default=Fraction(0))),
        "purchase_days_ever": float(len(days)),
    }


def _breadth(lines: Sequence[Seen], orders: Sequence[Order], paths: Paths) -> Row:
    named = [line for line in lines if line.event.item_id]
    recent = [str(line.event.item_id) for line in _within(named, 84)]
    categories = {_category_of(path) for item in recent for path in paths.get(item, ())}
    places = {order.first.event.location_id for order in _begun_within(orders, 84)} - {None, ""}
    return {
        "distinct_items_84d": float(len(set(recent))),
        "distinct_items_ever": float(len({line.event.item_id for line in named})),
        "distinct_categories_84d": float(len(categories)),
        "distinct_locations_84d": float(len(places)),
        "repeat_share_84d": _ratio(len(recent) - len(set(recent)), len(recent)),
    }


def _category_of(path: Sequence[str]) -> str:
    return path[1] if len(path) > 1 else path[0]


def _basket(orders: Sequence[Order]) -> Row:
    recent = _begun_within(orders, 84)
    amounts = [order.amount for order in recent]
    n_lines = sum(len(order.lines) for order in recent)
    return {
        "basket_spend_mean_84d": _ratio(sum(amounts, Fraction(0)), len(recent)),
        "basket_spend_max_84d": float(max(amounts)) if amounts else MISSING,
        "basket_spend_std_84d": _spread(amounts),
        "basket_lines_mean_84d": _ratio(n_lines, len(recent)),
        "single_line_share_84d": _ratio(sum(len(order.lines) == 1 for order in recent), len(recent)),
        "line_amount_mean_84d": _ratio(sum(amounts, Fraction(0)), n_lines),
    }


def _discount(seen: Sequence[Seen], lines: Sequence[Seen]) -> Row:
    recent = _within(lines, 84)
    off = sum((line.discount for line in recent), Fraction(0))
    redeemed = [one for one in seen if one.role is Role.REDEMPTION]
    return {
        "discount_84d": float(off),
        "discount_share_84d": _ratio(off, off + _spend(recent)),
        "discounted_share_84d": _ratio(sum(line.discount > 0 for line in recent), len(recent)),
        "redemptions_28d": float(len(_within(redeemed, 28))),
        "redemptions_84d": float(len(_within(redeemed, 84))),
        "redemptions_ever": float(len(redeemed)),
        "days_since_last_redemption": _last_age(redeemed),
    }


def _channel(orders: Sequence[Order], spec: FeatureSpec) -> Row:
    recent = _begun_within(orders, 84)
    channels = [order.first.event.channel for order in recent]
    places = [order.first.event.location_id for order in recent if order.first.event.location_id]
    most = max((places.count(place) for place in places), default=0)
    mix = {f"channel_share_84d__{name}": _ratio(channels.count(name), len(recent)) for name in spec.channels}
    return {**mix, "favourite_location_share_84d": _ratio(most, len(recent))}


def _hours(orders: Sequence[Order]) -> Row:
    recent = _begun_within(orders, 84)
    hours = [order.first.hour for order in recent]
    weekdays = [order.first.day.weekday() for order in recent]
    found: Row = {}
    for name, (start, end) in HOURS.items():
        found[f"hour_share_84d__{name}"] = _ratio(sum(start <= hour < end for hour in hours), len(recent))
    for number, name in enumerate(WEEKDAYS):
        found[f"weekday_share_84d__{name}"] = _ratio(weekdays.count(number), len(recent))
    found["weekend_share_84d"] = _ratio(weekdays.count(5) + weekdays.count(6), len(recent))
    return found


def _campaign(seen: Sequence[Seen]) -> Row:
    exposed = [one for one in seen if one.role is Role.EXPOSURE]
    reached = {one.event.campaign_id for one in exposed if one.event.campaign_id}
    answered = {one.event.campaign_id for one in seen if one.role is Role.REDEMPTION} & reached
    return {
        "campaigns_28d": float(len(_within(exposed, 28))),
        "campaigns_84d": float(len(_within(exposed, 84))),
        "campaigns_ever": float(len(exposed)),
        "days_since_last_campaign": _last_age(exposed),
        "campaign_response_ever": _ratio(len(answered), len(reached)),
    }


def _engagement(seen: Sequence[Seen], spec: FeatureSpec) -> Row:
    found: Row = {}
    for role, name in KINDS.items():
        if role in spec.roles.values():
            events = [one for one in seen if one.role is role]
            found[f"{name}s_28d"] = float(len(_within(events, 28)))
            found[f"{name}s_84d"] = float(len(_within(events, 84)))
            found[f"days_since_last_{name}"] = _last_age(events)
    return found


def _profile(facts: Iterable[AttributeFact], as_of: datetime, spec: FeatureSpec) -> Row:
    told: dict[str, str] = {}
    beginning = datetime.min.replace(tzinfo=UTC)
    for fact in sorted(facts, key=lambda fact: (fact.observed_at or beginning, fact.value)):
        if fact.observed_at is None or fact.observed_at < as_of:
            told[fact.key] = fact.value
    found: Row = {}
    for definition in spec.attributes:
        found.update(_numbers(definition, told.get(definition.key)))
    return found


def _numbers(definition: AttributeDefinition, value: str | None) -> Row:
    name = f"profile_{definition.key}"
    if definition.kind == "nominal":
        known = value in definition.levels
        return {
            f"{name}__{level}": float(level == value) if known else MISSING for level in definition.levels
        }
    if definition.kind == "ordinal":
        return {name: float(definition.levels.index(value)) if value in definition.levels else MISSING}
    return {name: _finite(value)}


def _finite(value: str | None) -> float:
    try:
        number = float(value or "")
    except ValueError:
        return MISSING
    return number if math.isfinite(number) else MISSING


def _belongs(item_id: str | None, group: CategoryGroup, paths: Paths) -> bool:
    own = paths.get(item_id or "", ())
    return any(len(path) > group.level and path[group.level] in group.labels for path in own)


def _category(lines: Sequence[Seen], orders: Sequence[Order], paths: Paths, spec: FeatureSpec) -> Row:
    found: Row = {}
    for group in spec.groups:
        found.update(_of_group(group, lines, orders, paths))
    return found


def _of_group(group: CategoryGroup, lines: Sequence[Seen], orders: Sequence[Order], paths: Paths) -> Row:
    own = [line for line in lines if _belongs(line.event.item_id, group, paths)]
    having = [order for order in orders if any(_belongs(x.event.item_id, group, paths) for x in order.lines)]
    recent, recent_orders = _within(own, 84), _begun_within(having, 84)
    known_days = orders[0].first.age + 1 if orders else 0
    return {
        f"purchases_28d__{group.name}": float(len(_within(own, 28))),
        f"purchases_84d__{group.name}": float(len(recent)),
        f"purchases_ever__{group.name}": float(len(own)),
        f"spend_84d__{group.name}": float(_spend(recent)),
        f"spend_share_84d__{group.name}": _ratio(_spend(recent), _spend(_within(lines, 84))),
        f"baskets_28d__{group.name}": float(len(_begun_within(having, 28))),
        f"baskets_84d__{group.name}": float(len(recent_orders)),
        f"baskets_per_84d_ever__{group.name}": _ratio(84 * len(having), max(known_days, 84)),
        f"basket_rate_84d__{group.name}": _ratio(len(recent_orders), len(_begun_within(orders, 84))),
        f"basket_rate_ever__{group.name}": _ratio(len(having), len(orders)),
        f"days_since_last_purchase__{group.name}": _last_age(own),
    }


def _attention(seen: Sequence[Seen], paths: Paths, spec: FeatureSpec) -> Row:
    found: Row = {}
    for group in spec.groups:
        of_group = [one for one in seen if _belongs(one.event.item_id, group, paths)]
        if Role.INTEREST in spec.attention:
            own = [one for one in of_group if one.role is Role.INTEREST]
            found[f"interests_28d__{group.name}"] = float(len(_within(own, 28)))
            found[f"interests_84d__{group.name}"] = float(len(_within(own, 84)))
            found[f"days_since_last_interest__{group.name}"] = _last_age(own)
        if Role.OPINION in spec.attention:
            own = [one for one in of_group if one.role is Role.OPINION]
            found[f"opinions_84d__{group.name}"] = float(len(_within(own, 84)))
            found[f"opinions_ever__{group.name}"] = float(len(own))
            found[f"days_since_last_opinion__{group.name}"] = _last_age(own)
        if {Role.OPINION, Role.PURCHASE} & set(spec.attention):
            found[f"rating_mean_ever__{group.name}"] = _mean_rating(of_group)
    if {Role.OPINION, Role.PURCHASE} & set(spec.attention):
        found["rating_mean_ever"] = _mean_rating(seen)
    return found


def _mean_rating(seen: Sequence[Seen]) -> float:
    """Of opinions and purchases that carry a rating."""
    rated = [one for one in seen if one.role in {Role.OPINION, Role.PURCHASE}]
    ratings = [Fraction(one.event.rating) for one in rated if one.event.rating is not None]
    return _ratio(sum(ratings, Fraction(0)), len(ratings))
