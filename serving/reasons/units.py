"""How a feature's number is written for people, in both languages.

A unit is a pair of functions, English and Chinese, of a number and the shop's currency.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from core.language import Language

Write = Callable[[float, str], str]

DAYS_OF_RATES = 84.0  # rates are of so many days
WHOLE_FROM = 100.0  # numbers and amounts from here on are written without decimals
SYMBOLS = MappingProxyType({"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥"})
CHINESE = MappingProxyType(
    {
        "CNY": "元",
        "USD": "美元",
        "EUR": "欧元",
        "GBP": "英镑",
        "JPY": "日元",
        "HKD": "港元",
        "TWD": "新台币",
    }
)
WITHOUT_CENTS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK"})


@dataclass(frozen=True)
class Unit:
    """Writes numbers of one unit."""

    en: Write
    zh: Write

    def write(self, value: float, currency: str, language: Language) -> str:
        """The number with its unit."""
        return (self.zh if language == "zh" else self.en)(value, currency)


def number(value: float) -> str:
    """A plain number: whole ones as they are, others to one decimal.

    >>> number(5.0), number(4.25), number(1234.5), number(-0.04)
    ('5', '4.2', '1,234', '0')
    """
    if abs(value) >= WHOLE_FROM or value == round(value):
        return f"{value:,.0f}"
    short = f"{value:.1f}".removesuffix(".0")
    return "0" if short == "-0" else short


def counted(one: str, many: str, zh: str) -> Unit:
    """Things that are counted: `1 order`, `5 orders`, `5 单`.

    >>> unit = counted("order", "orders", "单")
    >>> unit.write(1, "", "en"), unit.write(1.5, "", "en"), unit.write(0, "", "en"), unit.write(5, "", "zh")
    ('1 order', '1.5 orders', 'none', '5 单')
    """

    def in_english(value: float, _currency: str) -> str:
        written = number(value)
        return "none" if written == "0" else f"{written} {one if written == '1' else many}"

    def in_chinese(value: float, _currency: str) -> str:
        written = number(value)
        return "无" if written == "0" else f"{written} {zh}"

    return Unit(in_english, in_chinese)


def changed(unit: Unit, one: str = "", many: str = "", zh: str = "") -> Unit:
    """A difference in a unit: `2 more orders`, `1 fewer order`, `多 2 单`.

    >>> unit = changed(PLAIN, "order", "orders", " 单")
    >>> unit.write(-1, "", "en"), unit.write(2, "", "en"), unit.write(0, "", "en"), unit.write(2, "", "zh")
    ('1 fewer order', '2 more orders', 'no change', '多 2 单')
    """

    def in_english(value: float, currency: str) -> str:
        if number(value) == "0":
            return "no change"
        amount = unit.en(abs(value), currency)
        less = "fewer" if one else "less"
        return f"{amount} {'more' if value > 0 else less} {one if amount == '1' else many}".rstrip()

    def in_chinese(value: float, currency: str) -> str:
        if number(value) == "0":
            return "持平"
        return f"{'多' if value > 0 else '少'} {unit.zh(abs(value), currency)}{zh}"

    return Unit(in_english, in_chinese)


def _times(value: float, _currency: str) -> str:
    written = number(value)
    return {"0": "none", "1": "once", "2": "twice"}.get(written, f"{written} times")


def _ago(value: float, _currency: str) -> str:
    days = round(value)
    return {0: "today", 1: "yesterday"}.get(days, f"{days:,} days ago")


def _ago_in_chinese(value: float, _currency: str) -> str:
    days = round(value)
    return {0: "今天", 1: "昨天"}.get(days, f"{days:,} 天前")


def _every(value: float, _currency: str) -> str:
    days = _days_between(value)
    return {"never": "never", "1": "about every day"}.get(days, f"about every {days} days")


def _every_in_chinese(value: float, _currency: str) -> str:
    days = _days_between(value)
    return {"never": "从未", "1": "几乎每天一次"}.get(days, f"约每 {days} 天一次")


def _days_between(times: float) -> str:
    return f"{max(round(DAYS_OF_RATES / times), 1):,}" if times > 0 else "never"


def _money(value: float, currency: str) -> str:
    return f"{'-' if value < 0 else ''}{SYMBOLS.get(currency, currency + ' ')}{_amount(value, currency)}"


def _money_in_chinese(value: float, currency: str) -> str:
    return f"{'-' if value < 0 else ''}{_amount(value, currency)} {CHINESE.get(currency, currency)}"


def _amount(value: float, currency: str) -> str:
    is_whole = abs(value) >= WHOLE_FROM or value == round(value) or currency in WITHOUT_CENTS
    decimals = 0 if is_whole else 2
    return f"{abs(value):,.{decimals}f}"


def _share(value: float, under: str, over: str) -> str:
    percent = round(100 * value)
    if percent == 0 and value > 0:
        return f"{under} 1%"
    if percent == 100 and value < 1:  # noqa: PLR2004 (percent)
        return f"{over} 99%"
    return f"{percent}%"


PLAIN = Unit(lambda value, _: number(value), lambda value, _: number(value))
TIMES = Unit(_times, counted("", "", "次").zh)
AGO = Unit(_ago, _ago_in_chinese)
EVERY = Unit(_every, _every_in_chinese)
MONEY = Unit(_money, _money_in_chinese)
SHARE = Unit(lambda value, _: _share(value, "under", "over"), lambda value, _: _share(value, "不到", "超过"))
RATIO = Unit(lambda value, _: f"{value:,.1f} times", lambda value, _: f"{value:,.1f} 倍")
DAYS = counted("day", "days", "天")
ORDERS = counted("order", "orders", "单")
PURCHASES = counted("purchase", "purchases", "条购买记录")
PRODUCTS = counted("product", "products", "行商品")
ITEMS = counted("different item", "different items", "种不同商品")
CATEGORIES = counted("category", "categories", "个品类")
PLACES = counted("place", "places", "个地点")
COUPONS = counted("coupon", "coupons", "张优惠券")
MORE_ORDERS = changed(PLAIN, "order", "orders", " 单")
MORE_MONEY = changed(MONEY)
