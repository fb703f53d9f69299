"""A second made-up shop, all Chinese, as several systems would export it. No real data, no real people.

`python -m tests.docs.made_up_shop FOLDER` writes its files.

A till writes orders (GB18030, purchases and refunds, some cancelled), the app logs what its users look at, put into
the cart and mark (tabs, a phone number and epoch seconds), a help desk keeps messages (JSON lines, a phone number),
goods are in a workbook, and the list of members joins card and phone. 800 members, 10 months; each likes a few of
eight kinds of goods, looks at them before buying, and some stop coming.
"""

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from openpyxl import Workbook  # type: ignore[import-untyped]  # it publishes no types

MEMBERS = 800
ZONE = ZoneInfo("Asia/Shanghai")
FIRST_DAY = datetime(2024, 1, 1, tzinfo=ZONE)
DAYS = 305  # to the end of October
CITIES = ("杭州", "苏州", "成都", "武汉")
AGES = ("18-24", "25-34", "35-49", "50+")

LIKED = {
    "茶叶": "食品",
    "咖啡": "食品",
    "葡萄酒": "食品",
    "猫粮": "宠物",
    "狗粮": "宠物",
    "奶粉": "母婴",
    "纸尿裤": "母婴",
    "跑鞋": "运动",
}
STAPLES = {"大米": "食品", "食用油": "食品", "牙膏": "日用", "抽纸": "日用", "洗衣液": "日用"}
_MESSAGES = (
    "请问{goods}什么时候到货",
    "{goods}可以退吗",
    "想问一下{goods}有没有优惠",
    "收到的{goods}包装破了",
)


@dataclass(frozen=True)
class Member:
    """One member: card and phone, how often and until when they come, and how much they like each kind."""

    number: int
    gap_days: float
    last_day: int
    likes: dict[str, float]

    @property
    def card(self) -> str:
        """The number on the card."""
        return f"VIP{self.number:05}"

    @property
    def phone(self) -> str:
        """A number that no operator gives out."""
        return f"1000000{self.number:04}"


@dataclass(frozen=True)
class Line:
    """One line of an order."""

    member: Member
    at: datetime
    order: str
    item: str
    quantity: int
    price: float
    kind: str = "购买"
    state: str = "已完成"


def write_files(folder: Path) -> list[Path]:
    """The shop's files, written to the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    members = [_member(number) for number in range(1, MEMBERS + 1)]
    lines = [line for member in members for line in _lines(member)]
    return [
        _orders(folder / "订单.csv", lines),
        _behaviour(folder / "行为日志.tsv", lines),
        _messages(folder / "客服消息.jsonl", lines),
        _goods(folder / "商品.xlsx"),
        _members(folder / "会员.csv", members),
    ]


def goods_of(kind: str) -> list[str]:
    """The ids of the goods of a kind."""
    place = [*LIKED, *STAPLES].index(kind)
    return [f"S{place:02}{number}" for number in range(1, 6)]


def _member(number: int) -> Member:
    dice = random.Random(f"member {number}")  # noqa: S311 (no secret)
    last_day = dice.randrange(100, DAYS) if dice.random() < 0.3 else DAYS
    likes = {kind: dice.uniform(0.25, 0.7) if dice.random() < 0.25 else 0.02 for kind in LIKED}
    return Member(number, dice.gammavariate(3.0, 7.0) + 4, last_day, likes)


def _lines(member: Member) -> Iterator[Line]:
    dice = random.Random(f"orders {member.number}")  # noqa: S311 (no secret)
    day, count = dice.uniform(0, 30), 0
    while day < member.last_day:
        at = FIRST_DAY + timedelta(
            days=int(day), hours=dice.choice((9, 12, 18, 20, 21)), minutes=dice.randrange(60)
        )
        order = f"D{member.number:05}{count:03}"
        state = "已取消" if dice.random() < 0.03 else "已完成"
        kinds = [kind for kind, share in member.likes.items() if dice.random() < share]
        kinds += dice.sample(list(STAPLES), dice.randint(1, 2))
        for kind in kinds:
            line = Line(
                member, at, order, dice.choice(goods_of(kind)), dice.randint(1, 3), _price(dice), state=state
            )
            yield line
            if state == "已完成" and dice.random() < 0.02:
                yield _returned(line, dice)
        day, count = day + dice.expovariate(1 / member.gap_days) + 1, count + 1


def _price(dice: random.Random) -> float:
    return round(dice.uniform(8, 160), 2)


def _returned(line: Line, dice: random.Random) -> Line:
    at = line.at + timedelta(days=dice.randint(1, 6))
    return Line(line.member, at, line.order, line.item, line.quantity, line.price, kind="退款")


def _orders(file: Path, lines: list[Line]) -> Path:
    rows = ["订单号,会员卡号,下单时间,业务类型,商品编号,数量,单价,订单状态"]
    last = FIRST_DAY + timedelta(days=DAYS)
    rows += [
        f"{x.order},{x.member.card},{x.at:%Y-%m-%d %H:%M:%S},{x.kind},{x.item},{x.quantity},{x.price:.2f},{x.state}"
        for x in sorted(lines, key=lambda line: line.at)
        if x.at < last
    ]
    file.write_bytes(("\r\n".join(rows) + "\r\n").encode("gb18030"))
    return file


def _behaviour(file: Path, lines: list[Line]) -> Path:
    """Before an order of something that a member likes, the app often saw it coming."""
    dice = random.Random("behaviour")  # noqa: S311 (no secret)
    rows = []
    for line in lines:
        if line.kind == "购买" and dice.random() < 0.5:
            for action, chance in (("浏览", 1.0), ("加购", 0.4), ("收藏", 0.15)):
                if dice.random() < chance:
                    seconds = int(line.at.timestamp()) - dice.randrange(600, 4 * 86_400)
                    rows.append(
                        (max(seconds, int(FIRST_DAY.timestamp())), line.member.phone, line.item, action)
                    )
    text = ["手机号\t商品编号\t行为\t时间戳", *(f"{p}\t{i}\t{a}\t{s}" for s, p, i, a in sorted(rows))]
    file.write_text("\n".join(text) + "\n", encoding="utf-8")
    return file


def _messages(file: Path, lines: list[Line]) -> Path:
    dice = random.Random("messages")  # noqa: S311 (no secret)
    rows = []
    for line in lines:
        if dice.random() < 0.03:
            at = min(
                line.at + timedelta(hours=dice.randint(1, 20)), FIRST_DAY + timedelta(days=DAYS, minutes=-1)
            )
            words = dice.choice(_MESSAGES).format(goods=_kind_of(line.item))
            rows.append({"手机号": line.member.phone, "时间": at.isoformat(), "内容": words, "渠道": "微信"})
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    file.write_text(text + "\n", encoding="utf-8")
    return file


def _kind_of(item: str) -> str:
    return [*LIKED, *STAPLES][int(item[1:3])]


def _goods(file: Path) -> Path:
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise AssertionError("a new workbook has a sheet")
    sheet.append(["商品编号", "商品名称", "类目", "品牌"])
    for kind, department in {**LIKED, **STAPLES}.items():
        for number, item in enumerate(goods_of(kind), start=1):
            sheet.append([item, f"{kind} {number} 号", f"{department} > {kind}", f"{'甲乙丙'[number % 3]}牌"])
    book.save(file)
    return file


def _members(file: Path, members: list[Member]) -> Path:
    rows = ["会员卡号,手机号,姓名,性别,年龄段,城市"]
    for member in members:
        dice = random.Random(f"facts {member.number}")  # noqa: S311 (no secret)
        facts = (f"化名{member.number}", dice.choice("男女"), dice.choice(AGES), dice.choice(CITIES))
        rows.append(",".join((member.card, member.phone, *facts)))
    file.write_bytes(("\r\n".join(rows) + "\r\n").encode("gb18030"))
    return file


if __name__ == "__main__":
    write_files(Path(sys.argv[1]))
