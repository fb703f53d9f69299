"""Every feature as one filtered aggregate: what follows from the features' definitions, word by word."""

from dataclasses import dataclass

from benchmarks.sql import HOURS, WEEKDAYS, Shop, select, share, windows
from features.contract import Role


def queries(shop: Shop) -> list[str]:
    """One statement for the customer's own features and one for each measure by category group.

    All in one statement would be slower still: DuckDB takes half a minute to plan it.
    """
    own = f"""{_events(shop)}
SELECT customer_id,
  {select(_own(shop))}
FROM events LEFT JOIN item_category USING (item_key) GROUP BY customer_id"""
    return [own, *(_grouped(shop, measure) for measure in _measures(shop))]


def _events(shop: Shop) -> str:
    return f"""WITH events AS (
  SELECT *, date_diff('day', occurred_at::DATE, DATE '{shop.last_day.date()}') AS age, occurred_at::DATE AS day,
    hour(occurred_at) AS hour, isodow(occurred_at) AS weekday, amount::DOUBLE AS paid, discount::DOUBLE AS off
  FROM {shop.known}
)"""


@dataclass(frozen=True)
class Measure:
    """What is counted of each category group: the aggregate (of the events at {here}), and what becomes of it.

    `value` may divide by the aggregate `whole` over all of the customer's events.
    """

    name: str
    aggregate: str
    value: str = "coalesce({cell}, 0)"
    whole: str = "NULL"


def _measures(shop: Shop) -> list[Measure]:
    bought = shop.types(Role.PURCHASE)
    recent, rate = f"{bought} AND age < 84", share("coalesce({cell}, 0)", "whole")
    orders, spent = _distinct("order_key", "{here}"), _sum("paid", "{here} AND age < 84")
    recent_orders = _distinct("order_key", "{here} AND age < 84")
    return [
        Measure("purchases_28d", _count("{here} AND age < 28")),
        Measure("purchases_84d", _count("{here} AND age < 84")),
        Measure("purchases_ever", _count("{here}")),
        Measure("spend_84d", spent),
        Measure("spend_share_84d", spent, rate, _sum("paid", recent)),
        Measure("baskets_28d", _distinct("order_key", "{here} AND age < 28")),
        Measure("baskets_84d", recent_orders),
        Measure(
            "baskets_per_84d_ever",
            orders,
            "84 * coalesce({cell}, 0) / whole",
            f"greatest(max(age) FILTER (WHERE {bought}) + 1, 84)",
        ),
        Measure("basket_rate_84d", recent_orders, rate, _distinct("order_key", recent)),
        Measure("basket_rate_ever", orders, rate, _distinct("order_key", bought)),
        Measure("days_since_last_purchase", _least("{here}"), "{cell}"),
    ]


def _grouped(shop: Shop, measure: Measure) -> str:
    cells = {
        f"cell_{number}": measure.aggregate.format(here=f"grp = {number}")
        for number in range(len(shop.spec.groups))
    }
    values = {
        f"{measure.name}__{group.name}": measure.value.format(cell=f"cell_{number}")
        for number, group in enumerate(shop.spec.groups)
    }
    return f"""{_events(shop)}, grouped AS (
  SELECT customer_id,
  {select(cells)}
  FROM events JOIN item_group USING (item_key) WHERE {shop.types(Role.PURCHASE)} GROUP BY customer_id
), customers AS (SELECT customer_id, {measure.whole} AS whole FROM events GROUP BY customer_id)
SELECT customer_id,
  {select(values)}
FROM customers LEFT JOIN grouped USING (customer_id)"""


def _own(shop: Shop) -> dict[str, str]:
    bought = shop.types(Role.PURCHASE)
    recent = f"{bought} AND age < 84"
    orders = _distinct("order_key", recent)
    spent, off = _sum("paid", recent), _sum("off", recent)
    items, lines = _distinct("item_key", f"{recent} AND item_key <> 0"), _count(recent)
    return {
        "days_since_last_purchase": _least(bought),
        "days_since_first_purchase": f"max(age) FILTER (WHERE {bought})",
        "days_since_last_event": "min(age)",
        **windows("baskets", _distinct("order_key", f"{bought} AND age < {{days}}")),
        **windows("purchases", _count(f"{bought} AND age < {{days}}")),
        **windows("spend", _sum("paid", f"{bought} AND age < {{days}}")),
        **windows("purchase_days", _distinct("day", f"{bought} AND age < {{days}}")),
        "baskets_ever": _distinct("order_key", bought),
        "baskets_trend_28d": "2 * baskets_28d - baskets_56d",
        "spend_trend_28d": "2 * spend_28d - spend_56d",
        "baskets_share_28d_of_84d": share("baskets_28d", orders),
        "refunds_84d": _count(f"{shop.types(Role.REFUND)} AND age < 84"),
        "refunded_84d": _sum("abs(paid)", f"{shop.types(Role.REFUND)} AND age < 84"),
        "purchase_days_ever": _distinct("day", bought),
        "distinct_items_84d": items,
        "distinct_items_ever": _distinct("item_key", f"{bought} AND item_key <> 0"),
        "distinct_categories_84d": _distinct("category", recent),
        "distinct_locations_84d": _distinct("location_key", f"{recent} AND location_key <> 0"),
        "repeat_share_84d": f"1 - {share(items, _count(f'{recent} AND item_key <> 0'))}",
        "basket_spend_mean_84d": share(spent, orders),
        "basket_lines_mean_84d": share(lines, orders),
        "line_amount_mean_84d": share(spent, lines),
        "discount_84d": off,
        "discount_share_84d": share(off, f"({off} + {spent})"),
        "discounted_share_84d": share(_count(f"{recent} AND off > 0"), lines),
        **_since("redemptions", "days_since_last_redemption", shop.types(Role.REDEMPTION)),
        **_mix(shop, recent, orders),
        **_since("campaigns", "days_since_last_campaign", shop.types(Role.EXPOSURE)),
        **{
            name: value
            for kind, here in shop.kinds()
            for name, value in _since(f"{kind}s", f"days_since_last_{kind}", here, ever=False).items()
        },
    }


def _mix(shop: Shop, recent: str, orders: str) -> dict[str, str]:
    """Shares of the recent orders by channel, hour and weekday."""
    kinds = {
        **{f"channel_share_84d__{name}": f"channel = '{name}'" for name in shop.spec.channels},
        **{
            f"hour_share_84d__{name}": f"hour >= {start} AND hour < {end}"
            for name, (start, end) in HOURS.items()
        },
        **{
            f"weekday_share_84d__{name}": f"weekday = {number}"
            for number, name in enumerate(WEEKDAYS, start=1)
        },
        "weekend_share_84d": "weekday >= 6",
    }
    return {
        name: share(_distinct("order_key", f"{recent} AND {kind}"), orders) for name, kind in kinds.items()
    }


def _since(counted: str, recency: str, where: str, *, ever: bool = True) -> dict[str, str]:
    columns = {f"{counted}_{days}d": _count(f"{where} AND age < {days}") for days in (28, 84)}
    return columns | ({f"{counted}_ever": _count(where)} if ever else {}) | {recency: _least(where)}


def _count(where: str) -> str:
    return f"count(*) FILTER (WHERE {where})"


def _sum(column: str, where: str) -> str:
    return f"coalesce(sum({column}) FILTER (WHERE {where}), 0)"


def _distinct(column: str, where: str) -> str:
    return f"count(DISTINCT {column}) FILTER (WHERE {where})"


def _least(where: str) -> str:
    return f"min(age) FILTER (WHERE {where})"
