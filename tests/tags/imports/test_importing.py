from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]  # it publishes no types

from core.errors import ConflictError, InvalidInputError, NotFoundError
from core.storage import Store
from tags.imports.held import apply_all_held, apply_held
from tags.imports.record import import_of, imports, still_held
from tags.imports.shape import Shape, read_shape
from tags.imports.undoing import undo
from tags.profile.reading import profile_at
from tags.taxonomy import Taxonomy
from tests.tags.imports.conftest import NOW, ZONE, Run, carried, know, told, written


def test_a_long_file_is_applied_with_values_confidence_and_end(store: Store, run: Run) -> None:
    done, outcomes = run(
        "customer_id,tag,value,confidence,until\nc1,coffee,,0.9,2018-02-01\nc2,tier,Gold,,\nc3,茶,yes,,\n"
    )
    assert told(outcomes) == [(1, "applied", None), (2, "applied", None), (3, "applied", None)]
    assert carried(store, ["c1", "c2", "c3"]) == {
        "c1": {"coffee": None},
        "c2": {"tier": "Gold"},
        "c3": {"tea": None},
    }
    with store.read() as connection:
        (coffee,) = profile_at(connection, ["c1"], NOW)["c1"]
    assert (coffee.confidence, coffee.source, coffee.source_version) == (0.9, "import", done.report.import_id)
    assert coffee.evidence == {"file": "tags.csv", "line": 1}
    assert coffee.ends_at is not None
    assert coffee.ends_at.astimezone(ZONE).isoformat() == "2018-02-01T00:00:00+08:00"
    assert carried(store, ["c1"], NOW + timedelta(days=40)) == {}


def test_a_wide_file_has_a_column_a_tag_and_empty_cells_say_nothing(store: Store, run: Run) -> None:
    done, outcomes = run("会员号;姓名;咖啡爱好者;tier;Tea\nc1;李;是;gold;\nc2;王;;;1\nc3;张;maybe;Bronze;0\n")
    assert done.shape.tags == {"咖啡爱好者": "咖啡爱好者", "tier": "tier", "Tea": "Tea"}
    assert sorted(told(outcomes)) == [
        (1, "applied", None),
        (1, "applied", None),
        (2, "applied", None),
        (3, "applied", None),  # does not drink tea
        (3, "refused", "bad_flag"),
        (3, "refused", "unknown_value"),
    ]
    assert carried(store, ["c1", "c2", "c3"]) == {"c1": {"coffee": None, "tier": "Gold"}, "c2": {"tea": None}}


def test_a_no_takes_a_tag_away_unless_the_mapping_says_that_it_means_nothing(store: Store, run: Run) -> None:
    run("customer,coffee\nc1,yes\nc2,yes\n")
    _, outcomes = run("customer,coffee\nc1,no\n", Shape(no_means="nothing"))
    assert outcomes == []
    assert carried(store, ["c1"]) == {"c1": {"coffee": None}}
    run("customer,coffee\nc1,no\n", now=NOW + timedelta(hours=1))
    assert carried(store, ["c1", "c2"], NOW + timedelta(hours=1)) == {"c2": {"coffee": None}}


def test_several_tags_in_a_cell_and_a_list_of_customers_of_one_tag(store: Store, run: Run) -> None:
    run("customer,tags\nc1,coffee|Tea\n", Shape(split="|"))
    run("customer\nc2\nc3\n", Shape(always="coffee"))
    assert carried(store, ["c1", "c2", "c3"]) == {
        "c1": {"coffee": None, "tea": None},
        "c2": {"coffee": None},
        "c3": {"coffee": None},
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tags.jsonl", '{"customer_id": "c1", "tag": "coffee"}\n{"customer_id": "c2", "tag": "tea"}\n'),
        ("tags.json", '[{"customer_id": "c1", "tag": "coffee"}, {"customer_id": "c2", "tag": "tea"}]'),
        ("tags.tsv", "customer_id\ttag\nc1\tcoffee\nc2\ttea\n"),
        ("tags.txt", "customer_id|tag\nc1|coffee\nc2|tea\n"),
    ],
)
def test_formats_are_told_from_the_file(store: Store, run: Run, name: str, text: str) -> None:
    run(text, name=name)
    assert carried(store, ["c1", "c2"]) == {"c1": {"coffee": None}, "c2": {"tea": None}}


def test_an_excel_sheet_with_numbers_as_ids_and_dates_is_read(store: Store, run: Run, tmp_path: Path) -> None:
    with store.write() as connection:
        know(connection, "1001")
    book = Workbook()
    sheet = book.active
    for row in [
        ("顾客", "标签", "有效期"),
        (1001, "咖啡爱好者", (NOW + timedelta(days=9)).replace(tzinfo=None)),
    ]:
        sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    run(tmp_path / "book.xlsx")
    assert carried(store, ["1001"]) == {"1001": {"coffee": None}}


def test_a_mapping_says_what_the_file_does_not(store: Store, run: Run, tmp_path: Path) -> None:
    mapping = written(
        tmp_path, "customer: 客户\ntag: 名\nskip_rows: 1\nencoding: gb18030\nno_means: nothing\n", "m.yaml"
    )
    file = tmp_path / "tags.csv"
    file.write_bytes("会员标签导出\n客户,名\nc1,茶\n".encode("gb18030"))
    done, _ = run(file, read_shape(mapping))
    assert (done.shape.no_means, done.shape.tag) == ("nothing", "名")
    assert carried(store, ["c1"]) == {"c1": {"tea": None}}


@pytest.mark.parametrize(
    ("text", "shape", "message"),
    [
        ("customer_id,tag\n", {"customer": "kunde"}, "customer: the file has no column 'kunde'"),
        ("a,b\nc1,coffee\n", {}, "no column tells the customer; the file has a, b"),
        ("customer_id,notes\nc1,coffee\n", {}, "no column tells the tag"),
    ],
)
def test_a_file_whose_columns_do_not_tell_is_refused_with_the_way_to_say_it(
    run: Run, text: str, shape: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidInputError) as error:
        run(text, Shape(**shape))
    assert message in " ".join([str(error.value), *(f"{f.field}: {f.message}" for f in error.value.fields)])


def test_a_mapping_with_two_ways_to_name_tags_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError) as error:
        read_shape(written(tmp_path, "customer: a\ntag: b\nalways: coffee\n", "m.yaml"))
    assert "give one of tag, always and tags" in str(error.value.fields[0].message)


def test_every_row_that_cannot_be_applied_is_refused_with_its_line_and_reason(store: Store, run: Run) -> None:
    rows = [
        ",coffee,,,",
        "c1,,,,",
        "c1,cofee,,,",
        "c1,old,,,",
        "c1,coffee,perhaps,,",
        "c1,tier,,,",
        "c1,tier,Bronze,,",
        "c1,tea,,1.5,",
        "c1,tea,,high,",
        "c1,tea,,,tomorrow",
        "c1,tea,,,2017-12-01",
        "c1,coffee,,,extra,cell",
        f"{'x' * 201},coffee,,,",
        "c2,coffee,,,",
    ]
    done, outcomes = run("customer_id,tag,value,confidence,until\n" + "\n".join(rows) + "\n")
    assert [(line, reason) for line, outcome, reason in told(outcomes) if outcome == "refused"] == [
        (1, "missing_customer"),
        (2, "missing_tag"),
        (3, "unknown_tag"),
        (4, "retired_tag"),
        (5, "bad_flag"),
        (6, "missing_value"),
        (7, "unknown_value"),
        (8, "bad_confidence"),
        (9, "bad_number"),
        (10, "bad_until"),
        (11, "already_past"),
        (12, "unreadable"),
        (13, "text_too_long"),
    ]
    assert "nearest: coffee" in str(outcomes[2].why)
    assert carried(store, [f"c{number}" for number in range(10)]) == {"c2": {"coffee": None}}
    assert done.report.tally.counts == {"refused": 13, "applied": 1}
    with store.read() as connection:
        kept = import_of(connection, done.report.import_id)
    assert [one["line"] for one in kept.tally.refused] == list(range(1, 14))


def test_the_same_row_twice_counts_once_and_another_word_of_the_same_file_is_refused(
    store: Store, run: Run
) -> None:
    text = "customer_id,tag,value\nc1,tier,Gold\nc1,tier,Gold\nc1,tier,Silver\nnew,coffee,\nnew,coffee,\n"
    _, dry = run(text, dry=True)
    _, outcomes = run(text)
    assert told(outcomes) == [
        (1, "applied", None),
        (2, "repeated", "same_as_line"),
        (3, "refused", "contradicts"),
        (4, "held", "unknown_customer"),
        (5, "repeated", "same_as_line"),
    ]
    assert told(dry) == told(outcomes)
    assert carried(store, ["c1"]) == {"c1": {"tier": "Gold"}}


def test_the_same_file_again_changes_nothing_and_says_so(store: Store, run: Run) -> None:
    text = "customer_id,tag\nc1,coffee\nnew,tea\n"
    first, _ = run(text)
    again, outcomes = run(text, now=NOW + timedelta(hours=1))
    assert told(outcomes) == [(1, "repeated", "stands_already"), (2, "repeated", "stands_already")]
    assert again.same_as is not None
    assert again.same_as.import_id == first.report.import_id
    with store.read() as connection:
        assert still_held(connection, first.report.import_id) == 1
        assert still_held(connection, again.report.import_id) == 0


def test_a_dry_run_changes_nothing(store: Store, run: Run) -> None:
    done, outcomes = run("customer_id,tag\nc1,coffee\nnew,tea\nc2,nope\n", dry=True)
    assert [outcome for _, outcome, _ in told(outcomes)] == ["applied", "held", "refused"]
    assert done.report.is_dry_run
    assert carried(store, ["c1"]) == {}
    with store.read() as connection:
        assert imports(connection) == []


def test_an_import_stands_above_rules_and_says_of_which_tags(run: Run) -> None:
    done, _ = run("customer_id,tag\nc1,spender\nc2,spender\nc3,coffee\n")
    assert done.report.outranks == {"spender": 2}


def test_a_tag_with_a_lifetime_lapses_by_itself(store: Store, run: Run) -> None:
    run("customer_id,tag\nc1,short\n")
    assert carried(store, ["c1"], NOW + timedelta(days=9)) == {"c1": {"short": None}}
    assert carried(store, ["c1"], NOW + timedelta(days=11)) == {}


def test_held_rows_are_applied_when_their_customer_appears(
    store: Store, run: Run, taxonomy: Taxonomy
) -> None:
    done, _ = run("customer_id,tag,value\nnew1,tier,Silver\nnew2,coffee,\nnew3,coffee,\nnew1,tea,no\n")
    later = NOW + timedelta(days=1)
    with store.write() as connection:
        know(connection, "new1")
        assert apply_held(connection, ["new1", "c1"], taxonomy=taxonomy, now=later) == 2
        assert apply_held(connection, ["new1"], taxonomy=taxonomy, now=later) == 0
    assert carried(store, ["new1", "new2"], later) == {"new1": {"tier": "Silver"}}
    with store.write() as connection:
        know(connection, "new3")
    assert apply_all_held(store, taxonomy=taxonomy, now=later) == 1
    with store.read() as connection:
        kept = import_of(connection, done.report.import_id)
        assert still_held(connection, kept.import_id) == 1
    assert (kept.tally.counts["applied"], kept.tally.counts["held"]) == (3, 1)


def test_of_two_imports_that_wait_the_later_counts(store: Store, run: Run, taxonomy: Taxonomy) -> None:
    run("customer_id,tag,value\nnew,tier,Silver\n")
    later = NOW + timedelta(hours=1)
    run("customer_id,tag,value\nnew,tier,Gold\n", now=later)
    with store.write() as connection:
        know(connection, "new")
        apply_held(connection, ["new"], taxonomy=taxonomy, now=later)
    assert carried(store, ["new"], later) == {"new": {"tier": "Gold"}}


def test_a_held_row_whose_time_has_passed_is_refused_and_said(
    store: Store, run: Run, taxonomy: Taxonomy
) -> None:
    done, _ = run("customer_id,tag\nnew,short\n")
    later = NOW + timedelta(days=30)
    with store.write() as connection:
        know(connection, "new")
        assert apply_held(connection, ["new"], taxonomy=taxonomy, now=later) == 0
        kept = import_of(connection, done.report.import_id)
    assert (kept.tally.counts["held"], kept.tally.counts["refused"]) == (0, 1)
    assert kept.tally.refused[0]["reason"] == "already_past"


def test_an_undone_import_is_taken_back_and_what_it_replaced_returns(
    store: Store, run: Run, taxonomy: Taxonomy
) -> None:
    run("customer_id,tag,value\nc1,tier,Silver\nc2,coffee,\n")
    hour = timedelta(hours=1)
    done, _ = run("customer_id,tag,value\nc1,tier,Gold\nc3,tea,\nnew,coffee,\n", now=NOW + hour)
    assert carried(store, ["c1", "c3"], NOW + hour) == {"c1": {"tier": "Gold"}, "c3": {"tea": None}}
    kept, ended = undo(store, done.report.import_id, by="wu", taxonomy=taxonomy, now=NOW + 2 * hour)
    assert (kept.state, kept.undone_by, ended) == ("undone", "wu", 2)
    assert carried(store, ["c1", "c2", "c3"], NOW + 2 * hour) == {
        "c1": {"tier": "Silver"},
        "c2": {"coffee": None},
    }
    assert carried(store, ["c1"], NOW + hour) == {"c1": {"tier": "Gold"}}  # what has passed stays
    with store.write() as connection:
        know(connection, "new")
        assert apply_held(connection, ["new"], taxonomy=taxonomy, now=NOW + 2 * hour) == 0
    with pytest.raises(ConflictError, match="was undone on"):
        undo(store, done.report.import_id, by="wu", taxonomy=taxonomy, now=NOW + 3 * hour)


def test_an_import_can_be_made_again_after_it_was_undone(store: Store, run: Run, taxonomy: Taxonomy) -> None:
    text = "customer_id,tag\nc1,coffee\n"
    first, _ = run(text)
    undo(store, first.report.import_id, by="wu", taxonomy=taxonomy, now=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    again, outcomes = run(text, now=later)
    assert told(outcomes) == [(1, "applied", None)]
    assert again.same_as is None
    assert carried(store, ["c1"], later) == {"c1": {"coffee": None}}


def test_there_is_no_import_of_another_id(store: Store, taxonomy: Taxonomy) -> None:
    with pytest.raises(NotFoundError, match="There is no import 'imp_1'"):
        undo(store, "imp_1", by="wu", taxonomy=taxonomy, now=NOW)
