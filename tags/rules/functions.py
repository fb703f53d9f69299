"""The functions of the language, each with its meaning and what it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.language import Text
from tags.rules.kinds import From, Kind
from tags.rules.steps import Op


@dataclass(frozen=True)
class Function:
    """One function: how it is written, what it gives, and which step it is where it is just one."""

    written: str
    gives: Kind
    meaning: Text
    takes: tuple[Kind, ...] = ()
    op: Op | None = None
    counts: From | None = None


_NUMBER, _DAY = (Kind.NUMBER,), (Kind.DAY,)

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "count_of": Function(
            "count_of('view', 28)",
            Kind.NUMBER,
            Text(
                "events of that type or role in the last so many days; in all known history without a number"
            ),
            counts=From.COUNT,
        ),
        "sum_of": Function(
            "sum_of('purchase', 84)",
            Kind.NUMBER,
            Text("the amounts of these events, in the shop's currency"),
            counts=From.SUM,
        ),
        "days_since": Function(
            "days_since('coupon_redeem')",
            Kind.NUMBER,
            Text("local days since the last such event; unknown where there was none"),
            counts=From.SINCE,
        ),
        "share_of_channel": Function(
            "share_of_channel('app', 84)",
            Kind.NUMBER,
            Text(
                "of the purchase lines of the last so many days the share in that channel; unknown without any"
            ),
            counts=From.CHANNEL_SHARE,
        ),
        "quantile": Function(
            "quantile(spend_84d, 0.8)",
            Kind.NUMBER,
            Text(
                "the value that this share of the shop's customers reach at most; a third part says whose values "
                "count: quantile(spend_84d, 0.8, spend_84d > 0)"
            ),
        ),
        "coalesce": Function(
            "coalesce(gap_mean_days, 30)", Kind.NUMBER, Text("the first of the values that is known")
        ),
        "least": Function("least(a, b)", Kind.NUMBER, Text("the least of the known values")),
        "greatest": Function("greatest(a, b)", Kind.NUMBER, Text("the greatest of the known values")),
        "abs": Function("abs(a)", Kind.NUMBER, Text("the number without its sign"), _NUMBER, Op.ABSOLUTE),
        "floor": Function("floor(a)", Kind.NUMBER, Text("the next whole number below"), _NUMBER, Op.FLOOR),
        "round": Function(
            "round(a, 1)",
            Kind.NUMBER,
            Text("the number with so many digits after the point, halves away from 0"),
        ),
        "year": Function("year(today)", Kind.NUMBER, Text("the year of a day"), _DAY, Op.YEAR),
        "month": Function("month(today)", Kind.NUMBER, Text("the month of a day, 1 to 12"), _DAY, Op.MONTH),
        "day": Function(
            "day(today)", Kind.NUMBER, Text("the day of the month, 1 to 31"), _DAY, Op.DAY_OF_MONTH
        ),
        "weekday": Function(
            "weekday(today)", Kind.NUMBER, Text("the day of the week, 1 for Monday to 7"), _DAY, Op.WEEKDAY
        ),
        "date": Function("date '2026-01-31'", Kind.DAY, Text("a day; two days apart give a number of days")),
    }
)

EVENT_FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "event.property": Function(
            "event.property('method')", Kind.TEXT, Text("one of the event's properties, as text")
        ),
    }
)
