"""The same features as somebody who knows the database would write them.

The lake is read once; lines are summed to orders, orders to customers; lines with a category group are summed by
customer, group and order, then by customer and group, and pivoted. Windows are instants, so local days are worked
out for orders and not for lines, and nothing counts distinct values.
"""

from benchmarks.sql import HOURS, WEEKDAYS, Shop, select, share
from features.contract import Role
from features.view import WINDOWS

_MEASURES = (
    *["purchases_28d", "purchases_84d", "purchases_ever", "spend_84d", "spend_share_84d"],
    *["baskets_28d", "baskets_84d", "baskets_per_84d_ever", "basket_rate_84d", "basket_rate_ever"],
    "days_since_last_purchase",
)


def queries(shop: Shop) -> list[str]:
    """The one statement."""
    places = ", ".join(str(number) for number in range(len(shop.spec.groups)))
    pivoted = ", ".join(f"first({name}) AS {name}" for name in _MEASURES)
    statement = f"""
WITH known AS MATERIALIZED (
  SELECT customer_id, occurred_at, type, order_key, item_key, location_key, channel,
    amount::DOUBLE AS amount, discount::DOUBLE AS discount FROM {shop.known}
), lines AS (SELECT * FROM known WHERE {shop.types(Role.PURCHASE)}),
orders AS MATERIALIZED (
  SELECT *, {_age(shop, "t")} AS age, hour(t) AS hour, isodow(t) AS weekday FROM (
    SELECT customer_id, order_key, min(occurred_at) AS t, count(*) AS n, sum(amount) AS amount,
      sum(discount) AS discount, count(*) FILTER (WHERE discount > 0) AS discounted,
      any_value(location_key) AS location_key, any_value(channel) AS channel
    FROM lines GROUP BY customer_id, order_key)
), everybody AS MATERIALIZED (
  SELECT customer_id, {_age(shop, "max(occurred_at)")} AS days_since_last_event,
  {select(_other_events(shop))}
  FROM known GROUP BY customer_id
), buyers AS MATERIALIZED (
  SELECT customer_id, {select(_buyers(shop))} FROM everybody LEFT JOIN orders USING (customer_id)
  GROUP BY customer_id
), days AS (
  SELECT customer_id, {select(_days())}
  FROM everybody LEFT JOIN (SELECT DISTINCT customer_id, age FROM orders) USING (customer_id) GROUP BY customer_id
), places AS (
  SELECT customer_id, count(*) AS distinct_locations_84d
  FROM (SELECT DISTINCT customer_id, location_key FROM orders WHERE age < 84 AND location_key <> 0)
  GROUP BY customer_id
), items AS MATERIALIZED (
  SELECT customer_id, item_key, count(*) FILTER (WHERE occurred_at >= {shop.start(84)}) AS n
  FROM lines WHERE item_key <> 0 GROUP BY customer_id, item_key
), breadth AS (
  SELECT customer_id, count(*) FILTER (WHERE n > 0) AS distinct_items_84d, count(item_key) AS distinct_items_ever,
    1 - {share("count(*) FILTER (WHERE n > 0)", "sum(n)")} AS repeat_share_84d
  FROM everybody LEFT JOIN items USING (customer_id) GROUP BY customer_id
), categories AS (
  SELECT customer_id, count(*) AS distinct_categories_84d FROM (
    SELECT DISTINCT customer_id, category FROM items JOIN item_category USING (item_key) WHERE n > 0)
  GROUP BY customer_id
), cells AS (
  SELECT customer_id, grp, sum(n) FILTER (WHERE t >= {shop.start(28)}) AS purchases_28d,
    sum(n) FILTER (WHERE t >= {shop.start(84)}) AS purchases_84d, sum(n) AS purchases_ever,
    sum(amount) FILTER (WHERE t >= {shop.start(84)}) AS spend_84d,
    count(*) FILTER (WHERE t >= {shop.start(28)}) AS baskets_28d,
    count(*) FILTER (WHERE t >= {shop.start(84)}) AS baskets_84d,
    count(*) AS baskets_ever, {_age(shop, "max(t)")} AS days_since_last_purchase
  FROM (
    SELECT customer_id, grp, order_key, min(occurred_at) AS t, count(*) AS n, sum(amount) AS amount
    FROM lines JOIN item_group USING (item_key) GROUP BY customer_id, grp, order_key)
  GROUP BY customer_id, grp
), rated AS (
  SELECT c.customer_id, c.grp, c.purchases_28d, c.purchases_84d, c.purchases_ever, c.spend_84d,
    {share("c.spend_84d", "b.spend_84d")} AS spend_share_84d, c.baskets_28d, c.baskets_84d,
    84 * c.baskets_ever / greatest(b.days_since_first_purchase + 1, 84) AS baskets_per_84d_ever,
    {share("c.baskets_84d", "b.baskets_84d")} AS basket_rate_84d, c.baskets_ever / b.baskets_ever AS basket_rate_ever,
    c.days_since_last_purchase
  FROM cells c JOIN buyers b USING (customer_id)
), pivoted AS (FROM (PIVOT rated ON grp IN ({places}) USING {pivoted} GROUP BY customer_id))
SELECT e.*, b.* EXCLUDE (customer_id), d.* EXCLUDE (customer_id), r.* EXCLUDE (customer_id),
  coalesce(distinct_locations_84d, 0) AS distinct_locations_84d,
  coalesce(distinct_categories_84d, 0) AS distinct_categories_84d,
  {select(_cells(shop))}
FROM everybody e LEFT JOIN buyers b USING (customer_id) LEFT JOIN days d USING (customer_id)
  LEFT JOIN breadth r USING (customer_id) LEFT JOIN places USING (customer_id)
  LEFT JOIN categories USING (customer_id) LEFT JOIN pivoted p USING (customer_id)
"""
    return [statement]


def _age(shop: Shop, instant: str) -> str:
    return f"date_diff('day', ({instant})::DATE, DATE '{shop.last_day.date()}')"


def _buyers(shop: Shop) -> dict[str, str]:
    count, spent, lines = "count(*) FILTER (WHERE age < 84)", _sum("amount", 84), _sum("n", 84)
    return {
        "days_since_last_purchase": "min(age)",
        "days_since_first_purchase": "max(age)",
        **{f"baskets_{days}d": f"count(*) FILTER (WHERE age < {days})" for days in WINDOWS},
        **{f"purchases_{days}d": _sum("n", days) for days in WINDOWS},
        **{f"spend_{days}d": _sum("amount", days) for days in WINDOWS},
        "baskets_ever": "count(order_key)",
        "baskets_trend_28d": "2 * count(*) FILTER (WHERE age < 28) - count(*) FILTER (WHERE age < 56)",
        "spend_trend_28d": f"2 * {_sum('amount', 28)} - {_sum('amount', 56)}",
        "baskets_share_28d_of_84d": share("count(*) FILTER (WHERE age < 28)", count),
        "basket_spend_mean_84d": share(spent, count),
        "basket_lines_mean_84d": share(lines, count),
        "line_amount_mean_84d": share(spent, lines),
        "discount_84d": _sum("discount", 84),
        "discount_share_84d": share(_sum("discount", 84), f"{_sum('discount', 84)} + {spent}"),
        "discounted_share_84d": share(_sum("discounted", 84), lines),
        **{
            f"channel_share_84d__{name}": share(
                f"count(*) FILTER (WHERE age < 84 AND channel = '{name}')", count
            )
            for name in shop.spec.channels
        },
        **{
            f"hour_share_84d__{name}": share(
                f"count(*) FILTER (WHERE age < 84 AND hour >= {start} AND hour < {end})", count
            )
            for name, (start, end) in HOURS.items()
        },
        **{
            f"weekday_share_84d__{name}": share(
                f"count(*) FILTER (WHERE age < 84 AND weekday = {number})", count
            )
            for number, name in enumerate(WEEKDAYS, start=1)
        },
        "weekend_share_84d": share("count(*) FILTER (WHERE age < 84 AND weekday >= 6)", count),
    }


def _days() -> dict[str, str]:
    windows = {f"purchase_days_{days}d": f"count(*) FILTER (WHERE age < {days})" for days in WINDOWS}
    return windows | {"purchase_days_ever": "count(age)"}


def _other_events(shop: Shop) -> dict[str, str]:
    refund = shop.types(Role.REFUND)
    recent_refund = f"{refund} AND occurred_at >= {shop.start(84)}"
    counted = {
        ("redemptions", "days_since_last_redemption"): shop.types(Role.REDEMPTION),
        ("campaigns", "days_since_last_campaign"): shop.types(Role.EXPOSURE),
        **{(f"{kind}s", f"days_since_last_{kind}"): where for kind, where in shop.kinds()},
    }
    columns = {
        "refunds_84d": f"count(*) FILTER (WHERE {recent_refund})",
        "refunded_84d": f"coalesce(sum(abs(amount)) FILTER (WHERE {recent_refund}), 0)",
    }
    for (name, recency), where in counted.items():
        columns |= {
            f"{name}_{days}d": f"count(*) FILTER (WHERE {where} AND occurred_at >= {shop.start(days)})"
            for days in (28, 84)
        }
        columns |= {
            f"{name}_ever": f"count(*) FILTER (WHERE {where})",
            recency: _age(shop, f"max(occurred_at) FILTER (WHERE {where})"),
        }
    return columns


def _cells(shop: Shop) -> dict[str, str]:
    columns = {}
    for name in _MEASURES:
        for number, group in enumerate(shop.spec.groups):
            cell = f'p."{number}_{name}"'
            columns[f"{name}__{group.name}"] = _empty(name, cell)
    return columns


def _empty(measure: str, cell: str) -> str:
    """A group that was never bought has counts of zero, rates of zero where they exist, and no recency."""
    wholes = {
        "spend_share_84d": "b.spend_84d",
        "basket_rate_84d": "b.baskets_84d",
        "basket_rate_ever": "b.baskets_ever",
    }
    if measure == "days_since_last_purchase":
        return cell
    if measure in wholes:
        return f"coalesce({cell}, 0 / nullif({wholes[measure]}, 0))"
    return f"coalesce({cell}, 0)"


def _sum(column: str, days: int) -> str:
    return f"coalesce(sum({column}) FILTER (WHERE age < {days}), 0)"
