from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInputError
from features.sources import EventBatch, Mapping
from features.sources.file_spec import Files
from features.sources.readers.encoding import encoding_of, utf8_blocks
from features.sources.readers.tables import SourceFile, open_files

CHINESE = "会员,城市\n王小明,北京\n欧阳娜娜,上海浦东\n"
LATIN = "name,city\nAndré Müller,Zürich\nZoë,Köln\nRené,Besançon\n"
Load = Callable[[str], Mapping]


def opened(path: Path, content: bytes, **keys: Any) -> SourceFile:
    path.write_bytes(content)
    return open_files(Files(files=(str(path),), **keys), "x")[0]


def cells(file: SourceFile) -> list[str]:
    names = file.schema().names
    return names + [
        cell for some in file.chunks() for row in some.columns.to_pylist() for cell in row.values()
    ]


def words(text: str) -> list[str]:
    return text.replace("\n", ",").strip(",").split(",")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_utf_8_and_marked_files_need_no_declaration(tmp_path: Path, encoding: str) -> None:
    file = opened(tmp_path / "t.csv", CHINESE.encode(encoding))
    assert cells(file) == words(CHINESE)
    assert file.warnings() == ()


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "gb18030"),
        (CHINESE, "gbk"),
        (CHINESE.replace("浦东", "𠮷"), "gb18030"),
        (CHINESE, "utf-16-le"),
        (LATIN, "latin-1"),
        ("會員,城市\n王小明,臺北\n", "big5"),
    ],
)
def test_declared_encodings_are_read_without_a_warning(tmp_path: Path, text: str, encoding: str) -> None:
    file = opened(tmp_path / "t.csv", text.encode(encoding), encoding=encoding)
    assert cells(file) == words(text)
    assert file.warnings() == ()


def test_gb18030_is_detected_with_a_warning_that_tells_how_to_declare_it(tmp_path: Path) -> None:
    file = opened(tmp_path / "t.csv", CHINESE.encode("gb18030"))
    assert cells(file) == words(CHINESE)
    (warning,) = file.warnings()
    assert "t.csv is not UTF-8" in str(warning)
    assert "encoding: gb18030" in str(warning)
    assert "encoding: gb18030" in warning.render("zh") != str(warning)


def test_western_text_is_not_taken_for_chinese(tmp_path: Path) -> None:
    file = opened(tmp_path / "t.csv", (LATIN * 20).encode("latin-1"))
    assert cells(file) == words(LATIN)[:2] + words(LATIN.partition("\n")[2]) + words(LATIN * 19)
    assert len(file.warnings()) == 1


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        ("Cité des enfants perdus, La\nMisérables, Les\nSeñorita\nCrème brûlée\n", "latin-1", "cp1252"),
        ("À bout de souffle\nLe Fabuleux Destin d'Amélie Poulain\nLes Misérables\n", "cp1252", "cp1252"),
        ("Müller Straße\nGrüße\nÄpfel, Käse, Brötchen\n", "latin-1", "cp1252"),
        ("Smörgåsbord\nKöttbullar på tallrik\n", "latin-1", "cp1252"),
        ("Zażółć gęślą jaźń\nKraków, Łódź, Wrocław\nŚwięta Wielkanocne\n", "cp1250", "cp1250"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy\nČeské Budějovice\n", "cp1250", "cp1250"),
        ("寿司とビール\nこんにちは世界\nコーヒー豆\n", "shift_jis", "cp932"),
    ],
)
def test_western_letters_are_told_from_those_of_the_east(
    tmp_path: Path, text: str, encoding: str, told: str
) -> None:
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    assert encoding_of(tmp_path / "t.csv", None).name == told


def test_big5_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    text = "會員,城市\n" + "王小明,臺北市中正區重慶南路\n陳美麗,高雄市前鎮區成功路\n" * 20
    file = opened(tmp_path / "t.csv", text.encode("big5"))
    assert cells(file) == words(text)


def test_one_damaged_row_does_not_turn_utf_8_into_something_else(tmp_path: Path) -> None:
    file = opened(tmp_path / "t.csv", CHINESE.encode() * 5 + b"\xd6\xd0,x\n")
    (warning,) = file.warnings()
    assert "are not utf-8" in str(warning)
    assert cells(file)[2] == "王小明"


def test_bytes_that_are_no_letter_send_only_the_rows_that_need_them_to_the_rejects(
    load: Load, read: Callable[[Mapping], list[EventBatch]], tmp_path: Path
) -> None:
    rows = ["王,2024-01-01,好", "李,2024-01-02,好", "陈,2024-01-03,好"]
    lines = [row.encode("gb18030") for row in rows]
    lines[0] = lines[0].replace("王".encode("gb18030"), b"\xff")
    lines[1] = lines[1].replace("好".encode("gb18030"), b"\xff")  # in a column that nobody reads
    (tmp_path / "t.csv").write_bytes(b"\n".join([b"who,when,note", *lines, b""]))
    batches = read(
        load(
            """
            source: shop
            currency: CNY
            events:
              t:
                files: t.csv
                encoding: gb18030
                columns: {customer_id: who, occurred_at: when, type: {constant: visit}}
            """
        )
    )
    assert [name for batch in batches for name in batch.table["customer_id"].to_pylist()] == ["李", "陈"]
    (reject,) = [reject for batch in batches for reject in batch.rejects]
    assert (reject.line, reject.reason) == (1, "undecodable")


def test_files_of_one_table_may_differ_in_encoding(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_bytes(CHINESE.encode("gb18030"))
    (tmp_path / "2.csv").write_bytes(CHINESE.encode())
    files = open_files(Files(files=(str(tmp_path / "*.csv"),)), "x")
    assert [cells(file) for file in files] == [words(CHINESE)] * 2
    assert [len(file.warnings()) for file in files] == [1, 0]


def test_text_behind_a_long_plain_beginning_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("features.sources.readers.encoding.BLOCK_BYTES", 16)
    text = "会员,城市\n" + "a,b\n" * 100 + "王小明,北京\n"
    file = opened(tmp_path / "t.csv", text.encode("gb18030"))
    assert cells(file)[-2:] == ["王小明", "北京"]


def test_content_that_tells_nothing_asks_for_a_declaration(tmp_path: Path) -> None:
    noise = bytes(range(128, 256)) * 3 + bytes(range(32)) * 5
    with pytest.raises(InvalidInputError, match=r"t\.csv is not UTF-8.*encoding: gb18030"):
        opened(tmp_path / "t.csv", noise).schema()


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufdd0\ufeff"), max_size=40))
def test_utf_8_comes_through_unchanged(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("t") / "t.txt"
    path.write_bytes(text.encode())
    encoding = encoding_of(path, None)
    assert encoding.is_plain or text.startswith("\x00")
    assert b"".join(utf8_blocks(path, encoding)) == text.encode()
