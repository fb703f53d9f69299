"""How one measure is told: both languages, with what is typical beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.language import Language
from serving.reasons.units import AGO, SHARE, Unit

Pair = tuple[str, str]  # English, Chinese

TYPICAL: Mapping[Language, str] = {"en": "{said} (typical: {typical})", "zh": "{said}（一般：{typical}）"}
ALIKE: Mapping[Language, str] = {"en": "{said}, as is typical", "zh": "{said}，与一般客户一样"}
SHARED: Mapping[Language, str] = {
    "en": "{said} ({typical} of customers are)",
    "zh": "{said}（{typical} 的客户如此）",
}
NOTHING: Mapping[Language, str] = {"en": "none", "zh": "无"}
NEVER: Mapping[Language, str] = {"en": "never", "zh": "从未"}


@dataclass(frozen=True)
class Measure:
    """How one measure is told.

    A measure is a feature's name without its suffix `__...`. In the texts `{d}` stands for the days of its window,
    `{n}` for the value with its unit, `{of}` for what the suffix names: goods, a channel, a time.

    Attributes:
        unit: Of its number.
        said: Where there is a number.
        none: Where it is 0; as any other number if left out.
        missing: Where there is none; a measure that always has one needs no words for it.
        is_flag: Whether it is 1 or 0; what is typical is then the share of customers who have a 1.
    """

    unit: Unit
    said: Pair
    none: Pair | None = None
    missing: Pair | None = None
    is_flag: bool = False

    def within(self, days: int) -> "Measure":
        """The measure of one window."""
        said, none, missing = (_filled(pair, days) for pair in (self.said, self.none, self.missing))
        return replace(self, said=said or self.said, none=none, missing=missing)

    def told(self, value: float | None, of: Pair, currency: str, language: Language) -> str:
        """What is said of a value, None where there is none."""
        pair = self.said
        if value is None:
            pair = self.missing or self.said
        elif value == 0 and self.none:
            pair = self.none
        written = NOTHING[language] if value is None else self.unit.write(value, currency, language)
        place = _PLACE[language]
        text = pair[place].replace("{n}", written).replace("{of}", of[place])
        return spaced(text) if language == "zh" else text

    def compared(
        self, value: float | None, typical: float | None, of: Pair, currency: str, language: Language
    ) -> str:
        """What is said of a value, and what is typical; None of either where there is none.

        >>> from serving.reasons.measures import measure_of
        >>> _, bought = measure_of("baskets_84d", of_goods=True)
        >>> bought.compared(5, 1, ("coffee", "咖啡"), "USD", "en")
        'bought coffee 5 times in the last 84 days (typical: once)'
        >>> bought.compared(0, 0, ("coffee", "咖啡"), "USD", "zh")
        '最近 84 天没有买咖啡，与一般客户一样'
        """
        said = self.told(value, of, currency, language)
        if self.is_flag:
            share = 0.0 if typical is None else typical
            return SHARED[language].format(said=said, typical=SHARE.write(share, currency, language))
        mine, theirs = (self._written(number, currency, language) for number in (value, typical))
        if mine == theirs:
            return ALIKE[language].format(said=said)
        return TYPICAL[language].format(said=said, typical=theirs)

    def _written(self, value: float | None, currency: str, language: Language) -> str:
        if value is None:
            return (NEVER if self.unit is AGO else NOTHING)[language]
        return self.unit.write(value, currency, language)


@dataclass(frozen=True)
class Group:
    """Measures that are one reason together.

    Attributes:
        names: What the reason is called; with `{of}` each suffix is a reason of its own.
        measures: By the stem of the feature's name.
    """

    names: Pair
    measures: Mapping[str, Measure]


_WITHIN_CHINESE = re.compile(r"([\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])")
_AFTER_CHINESE = re.compile(r"([\u4e00-\u9fff])(?=[A-Za-z0-9$€£¥-])")
_BEFORE_CHINESE = re.compile(r"([A-Za-z0-9%])(?=[\u4e00-\u9fff])")
_PLACE: Mapping[Language, int] = {"en": 0, "zh": 1}


def spaced(text: str) -> str:
    """Chinese with a space on either side of Latin letters and digits, and nowhere else.

    >>> spaced("上次下单是28 天前"), spaced("上次下单是 昨天"), spaced("占12%的订单")
    ('上次下单是 28 天前', '上次下单是昨天', '占 12% 的订单')
    """
    text = _WITHIN_CHINESE.sub(r"\1", text)
    return _BEFORE_CHINESE.sub(r"\1 ", _AFTER_CHINESE.sub(r"\1 ", text))


def _filled(pair: Pair | None, days: int) -> Pair | None:
    return (pair[0].replace("{d}", str(days)), pair[1].replace("{d}", str(days))) if pair else None
