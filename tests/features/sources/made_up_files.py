"""Small made-up files of many shapes, as shops and public data sets have them. No real data."""

import gzip
import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from openpyxl import Workbook  # type: ignore[import-untyped]  # it publishes no types

START = datetime(2024, 1, 1, tzinfo=UTC)
GENRES = ("Action", "Comedy", "Drama", "Horror", "Romance", "Thriller")


def cdnow(folder: Path) -> list[Path]:
    """Whitespace, no header: customer, YYYYMMDD, count, amount."""
    rows = [
        f" {c:05} {m:%Y%m%d} {dice.randint(1, 5):2} {dice.uniform(5, 90):7.2f}" for dice, c, m in _visits(400)
    ]
    return [_write(folder / "purchases.txt", rows)]


def movies(folder: Path) -> list[Path]:
    """`::` and no header: ratings with epoch seconds, films with several genres, users."""
    ratings = [
        f"{c}::{dice.randint(1, 60)}::{dice.randint(1, 5)}::{int(m.timestamp())}"
        for dice, c, m in _visits(600)
    ]
    films = [f"{n}::Film {n} (1999)::{'|'.join(_pick(n, GENRES, 1 + n % 3))}" for n in range(1, 61)]
    users = [f"{n}::{'FM'[n % 2]}::{(1, 18, 25, 35)[n % 4]}::{n % 9}::{48000 + n}" for n in range(50)]
    files = {"ratings.dat": ratings, "movies.dat": films, "users.dat": users}
    return [_write(folder / name, rows) for name, rows in files.items()]


def one_hot(folder: Path) -> list[Path]:
    """Tabs without a header; films with a column of 0 and 1 for each genre."""
    ratings = [
        f"{c}\t{dice.randint(1, 60)}\t{dice.randint(1, 5)}\t{int(m.timestamp())}"
        for dice, c, m in _visits(600)
    ]
    films = ["item_id|title|" + "|".join(GENRES)]
    for n in range(1, 61):
        mine = _pick(n, GENRES, 1 + n % 3)
        films.append(f"{n}|Film {n} (1999)|" + "|".join(str(int(genre in mine)) for genre in GENRES))
    return [_write(folder / "u.data", ratings), _write(folder / "u.item", films)]


def behaviour(folder: Path) -> list[Path]:
    """A behaviour log: user_id,item_id,category_id,behavior,timestamp."""
    rows = ["user_id,item_id,category_id,behavior,timestamp"]
    for dice, c, m in _visits(800):
        item = dice.randint(1, 80)
        kind = dice.choice(("pv", "pv", "pv", "cart", "fav", "buy"))
        rows.append(f"{c},{item},{item % 7 + 900},{kind},{int(m.timestamp())}")
    return [_write(folder / "UserBehavior.csv", rows)]


def chinese(folder: Path) -> list[Path]:
    """Chinese headers in GB18030: lines of orders, goods, members."""
    orders = ["订单号,会员号,下单时间,商品编号,数量,实付金额,订单状态"]
    for n, (dice, c, m) in enumerate(_visits(500)):
        state = "已取消" if n % 20 == 0 else "已完成"
        orders.append(
            f"D{n // 2},V{c:04},{m:%Y-%m-%d %H:%M:%S},S{dice.randint(1, 30)},{dice.randint(1, 3)},"
            f"{dice.uniform(9, 99):.2f},{state}"
        )
    goods = ["商品编号,商品名称,一级类目,二级类目,品牌"]
    goods += [
        f"S{n},商品{n}号,{'食品' if n % 2 else '日用'},{'茶酒粮油纸'[n % 5]}类,自有" for n in range(1, 31)
    ]
    members = ["会员号,姓名,性别,城市,积分"]
    members += [f"V{n:04},某{n},{'男女'[n % 2]},{('杭州', '苏州')[n % 2]},{n * 37}" for n in range(50)]
    files = {"订单.csv": orders, "商品.csv": goods, "会员.csv": members}
    return [_write(folder / name, rows, encoding="gb18030") for name, rows in files.items()]


def excel(folder: Path) -> list[Path]:
    """A workbook of sales lines with typed dates, and the category beside the product."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(
        [
            "CustomerID",
            "InvoiceDate",
            "InvoiceNo",
            "StockCode",
            "Description",
            "Category",
            "Quantity",
            "UnitPrice",
        ]
    )
    for n, (dice, c, m) in enumerate(_visits(300)):
        item = dice.randint(1, 25)
        day = m.replace(tzinfo=None, microsecond=0)
        row = [c, day, 5000 + n // 3, f"P{item}", f"Product {item}", f"Aisle {item % 5}", dice.randint(1, 6)]
        sheet.append([*row, round(dice.uniform(1, 20), 2)])
    folder.mkdir(parents=True, exist_ok=True)
    book.save(folder / "sales.xlsx")
    return [folder / "sales.xlsx"]


def json_lines(folder: Path) -> list[Path]:
    """Reviews as JSON lines, gzipped."""
    rows = [
        json.dumps({
            "reviewerID": f"A{c}", "asin": f"B{dice.randint(1, 40)}", "overall": float(dice.randint(1, 5)),
            "unixReviewTime": int(m.timestamp()), "reviewText": "Works well. " * dice.randint(1, 4),
        })
        for dice, c, m in _visits(400)
    ]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "reviews.json.gz"
    file.write_bytes(gzip.compress(("\n".join(rows) + "\n").encode()))
    return [file]


def german(folder: Path) -> list[Path]:
    """Semicolons, day-first dates, decimal commas."""
    rows = ["Kunde;customer_id;Datum;date;order_no;amount"]
    for n, (dice, c, m) in enumerate(_visits(300)):
        euros = f"{dice.uniform(5, 2000):,.2f}".translate(str.maketrans(",.", ".,"))
        rows.append(f"Nr. {c};{c};x;{m:%d.%m.%Y %H:%M};R{n};{euros}")
    return [_write(folder / "umsatz.csv", rows)]


def months(folder: Path) -> list[Path]:
    """The same columns in a file a month, tabs."""
    lines: dict[str, list[str]] = {}
    for n, (dice, c, m) in enumerate(_visits(400)):
        head = lines.setdefault(f"orders-{m:%Y-%m}.tsv", ["order_id\tuser_id\tcreated_at\tsku\tqty\tprice"])
        head.append(
            f"{n // 2}\tu{c}\t{m:%Y-%m-%dT%H:%M:%S}Z\tk{dice.randint(1, 30)}"
            f"\t{dice.randint(1, 3)}\t{dice.uniform(1, 9):.2f}"
        )
    return [_write(folder / name, rows) for name, rows in sorted(lines.items())]


SHAPES = (cdnow, movies, one_hot, behaviour, chinese, excel, json_lines, german, months)


def _visits(count: int) -> Iterable[tuple[random.Random, int, datetime]]:
    """Customers 1 to 49 at instants over ten months, in order of time."""
    dice = random.Random("made up")  # noqa: S311 (no secret)
    instants = sorted(dice.uniform(0, 300 * 86_400) for _ in range(count))
    for seconds in instants:
        yield dice, dice.randint(1, 49), START + timedelta(seconds=int(seconds))


def _pick(number: int, names: tuple[str, ...], count: int) -> list[str]:
    return random.Random(number).sample(names, count)  # noqa: S311 (no secret)


def _write(file: Path, rows: list[str], *, encoding: str = "utf-8") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(("\n".join(rows) + "\n").encode(encoding))
    return file
