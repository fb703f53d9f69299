"""A made-up shop with planted habits: 300 customers, 14 months, Chinese category names. No real data.

Each customer likes a few of the five tags, buys from those often and from the others hardly ever; likings change,
some customers stop coming, every third buys what is cheap, and whoever lives by the lake (attribute `city`) gives
flowers as presents.
"""

import csv
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import dedent

CUSTOMERS = 300
FIRST_DAY = datetime(2023, 1, 2)  # noqa: DTZ001 (the files' times are the shop's local ones)
DAYS = 424  # 14 months: to the end of February 2024
CLOCK = datetime(2024, 3, 1)  # noqa: DTZ001 (as above)
ZONE = "Asia/Shanghai"
CITIES = ("杭州", "苏州", "北京")
TAGGED = {
    "coffee": ("咖啡豆", "速溶咖啡"),
    "tea": ("茶叶",),
    "cat": ("猫粮", "猫砂"),
    "wine": ("葡萄酒",),
    "baby": ("奶粉", "纸尿裤"),
}
STAPLES = ("蔬菜", "面包", "牛奶", "零食")

MAPPING = """
    source: small_shop
    timezone: Asia/Shanghai
    currency: CNY
    identity: member
    events:
      sales:
        files: sales.csv
        columns:
          event_id: 单号
          customer_id: 会员
          occurred_at: 时间
          type: {constant: purchase}
          channel: 渠道
          order_id: 订单
          item_id: 商品
          quantity: 数量
          amount: 金额
          discount: 优惠
      visits:
        files: visits.csv
        columns:
          customer_id: member
          occurred_at: at
          type: {constant: visit}
    items:
      products:
        files: items.csv
        columns: {item_id: item, name: name, category: [department, category], brand: brand}
    customers:
      members:
        files: members.csv
        columns: {customer_id: member}
        attributes:
          city: {kind: nominal, levels: [杭州, 苏州, 北京], name: {en: City, zh: 城市}}
          age: {kind: ordinal, levels: [青年, 中年, 老年], name: {en: Age, zh: 年龄段}}
    """

TAXONOMY = """
    tags:
      - key: coffee
        name: {en: Coffee, zh: 咖啡}
        definition: {en: Buys coffee within 30 days, zh: 30 天内购买咖啡}
        outcome: {type: purchase, categories: [咖啡豆, 速溶咖啡]}
      - key: tea
        name: {en: Tea, zh: 茶}
        definition: {en: Buys tea within 30 days, zh: 30 天内购买茶叶}
        outcome: {type: purchase, categories: [茶叶]}
      - key: cat
        name: {en: Cat owner, zh: 养猫}
        definition: {en: Buys for a cat within 30 days, zh: 30 天内购买猫用品}
        outcome: {type: purchase, categories: [猫粮, 猫砂]}
      - key: wine
        name: {en: Wine, zh: 葡萄酒}
        definition: {en: Buys wine within 30 days, zh: 30 天内购买葡萄酒}
        outcome: {type: purchase, categories: [葡萄酒]}
      - key: baby
        name: {en: Baby at home, zh: 家有婴儿}
        definition: {en: Buys for a baby within 30 days, zh: 30 天内购买母婴用品}
        outcome: {type: purchase, categories: [奶粉, 纸尿裤]}
      - key: gourmet
        name: {en: Gourmet, zh: 美食家}
        definition: {en: A reviewer confirms it, zh: 由审核人确认}
        outcome: {type: reviewed}
      - key: lakeside
        name: {en: Lives by the lake, zh: 湖边人家}
        definition: {en: A reviewer confirms it, zh: 由审核人确认}
        outcome: {type: reviewed, defined_by: [city]}
    """

CONFIG = """
    timezone = "Asia/Shanghai"
    currency = "CNY"
    clock = "fixed"
    clock_instant = 2024-03-01T00:00:00+08:00
    catalogue_groups = 4
    lake_buckets = 3
    workers = 1
    taxonomy = "{taxonomy}"
    """


@dataclass
class Person:
    """One customer: how many days between visits, what they like, until which day they come."""

    name: str
    gap_days: float
    likes: dict[str, float]
    changes_on: int
    likes_later: dict[str, float]
    last_day: int

    def chance(self, tag: str, day: int) -> float:
        """How likely an order of that day has something of the tag."""
        return (self.likes if day < self.changes_on else self.likes_later)[tag]


def write_shop(folder: Path, *, until_day: int = DAYS, customers: int = CUSTOMERS) -> Path:
    """The mapping file of the shop, written to the folder with its tables; sales and visits before `until_day`."""
    folder.mkdir(parents=True, exist_ok=True)
    people = [_person(number) for number in range(customers)]
    sales = (row for person in people for row in _sales(person) if int(str(row["day"])) < until_day)
    columns = ("单号", "会员", "时间", "渠道", "订单", "商品", "数量", "金额", "优惠")
    _write(folder / "sales.csv", columns, sales)
    visits = [
        {"member": p.name, "at": _at(day, 8), "day": day} for p in people[:40] for day in range(5, DAYS, 45)
    ]
    _write(
        folder / "visits.csv", ("member", "at"), (row for row in visits if int(str(row["day"])) < until_day)
    )
    _write(folder / "items.csv", ("item", "name", "department", "category", "brand"), _items())
    _write(folder / "members.csv", ("member", "city", "age"), _members(people))
    for name, text in {"mapping.yaml": MAPPING, "taxonomy.yaml": TAXONOMY}.items():
        (folder / name).write_text(dedent(text).lstrip(), encoding="utf-8")
    return folder / "mapping.yaml"


def write_config(home: Path, taxonomy: Path) -> None:
    """The settings of a home that holds the shop."""
    home.mkdir(parents=True, exist_ok=True)
    text = dedent(CONFIG).lstrip().format(taxonomy=taxonomy)
    (home / "tagloop.toml").write_text(text, encoding="utf-8")


def city_of(name: str) -> str:
    """Where a customer lives."""
    return CITIES[int(name[1:]) % len(CITIES)]


def _person(number: int) -> Person:
    dice = random.Random(f"person {number}")  # noqa: S311 (no secret)
    last_day = dice.randrange(150, DAYS) if dice.random() < 0.3 else DAYS
    first, later = _likes(dice), _likes(dice)
    changes_on = dice.randrange(60, DAYS) if dice.random() < 0.5 else DAYS
    return Person(f"m{number:03}", dice.gammavariate(3.0, 4.0) + 1.5, first, changes_on, later, last_day)


def _likes(dice: random.Random) -> dict[str, float]:
    return {tag: dice.uniform(0.2, 0.7) if dice.random() < 0.3 else 0.015 for tag in TAGGED}


def _sales(person: Person) -> Iterator[dict[str, object]]:
    dice = random.Random(f"sales {person.name}")  # noqa: S311 (no secret)
    day = dice.uniform(0, 40)
    while day < person.last_day:
        yield from _order(person, int(day), dice)
        day += dice.expovariate(1 / person.gap_days) + 1


def _order(person: Person, day: int, dice: random.Random) -> Iterator[dict[str, object]]:
    liked = [tag for tag in TAGGED if dice.random() < person.chance(tag, day)]
    categories = [dice.choice(TAGGED[tag]) for tag in liked] + dice.sample(STAPLES, dice.randint(1, 3))
    hour = dice.choice((9, 11, 18, 20, 23))
    channel = "门店" if int(person.name[1:]) % 4 else "小程序"
    for line, category in enumerate(categories):
        price = _price(person, dice)
        yield {
            "单号": f"{person.name}-{day}-{line}",
            "会员": person.name,
            "时间": _at(day, hour),
            "渠道": channel,
            "订单": f"{person.name}-{day}",
            "商品": f"{category}{dice.randint(1, 4)}",
            "数量": dice.randint(1, 3),
            "金额": price,
            "优惠": _discount(person, price, dice),
            "day": day,
        }


def _is_thrifty(person: Person) -> bool:
    """A third of the customers, wherever they live, buys what is cheap, and at a discount."""
    return int(person.name[1:]) // 3 % 3 == 0


def _price(person: Person, dice: random.Random) -> float:
    price = dice.uniform(5, 90)
    return round(price / 4 if _is_thrifty(person) else price, 2)


def _discount(person: Person, price: float, dice: random.Random) -> float:
    is_lucky = dice.choice((False, False, False, True))
    if _is_thrifty(person):
        return round(price * 0.4, 2)
    return round(price / 10, 2) if is_lucky else 0.0


def _items() -> Iterator[dict[str, object]]:
    departments = {category: tag for tag, categories in TAGGED.items() for category in categories}
    for category in (*departments, *STAPLES):
        for number in range(1, 5):
            department = "嗜好" if category in departments else "日常"
            yield {
                "item": f"{category}{number}",
                "name": f"{category} {number} 号",
                "department": department,
                "category": category,
                "brand": "自有",
            }


def _members(people: Iterable[Person]) -> Iterator[dict[str, object]]:
    for number, person in enumerate(people):
        age = ("青年", "中年", "老年", "")[number % 4]
        yield {"member": person.name, "city": city_of(person.name), "age": age}


def _at(day: int, hour: int) -> str:
    return (FIRST_DAY + timedelta(days=day, hours=hour)).isoformat()


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[Mapping[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
