"""Each command in a process of its own, on the small made-up shop."""

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pandas as pd
import pytest

from tests.command_line import answered, refused, succeeded, tagloop_here
from tests.conftest import Shop
from tests.small_shop import CUSTOMERS

CopyOf = Callable[[Shop], Shop]


def test_ingest_counts_rows_by_type_and_again_finds_nothing_new(small_shop: Shop, copy_of: CopyOf) -> None:
    shop = copy_of(small_shop)
    first = answered(shop.home, "ingest", shop.mapping, "--json")
    assert first["accepted"] == sum(first["accepted_by_type"].values())
    assert set(first["accepted_by_type"]) == {"purchase", "visit"}
    assert (first["customers"], first["items"], first["rejected"]) == (CUSTOMERS, 48, {})
    again = succeeded(shop.home, "ingest", shop.mapping, run=tagloop_here)
    rows = {
        line.rsplit(maxsplit=1)[0].strip(): line.split()[-1]
        for line in again.splitlines()
        if line[-1:].isdigit()
    }
    assert (rows["Events accepted"], rows["Duplicates"]) == ("0", f"{first['accepted']:,}")


def test_ingest_reports_rejected_rows_by_reason_in_chinese(small_shop: Shop, copy_of: CopyOf) -> None:
    shop = copy_of(small_shop)
    with (shop.mapping.parent / "visits.csv").open("a", encoding="utf-8") as file:
        file.write("m001,yesterday\n,2024-01-01T10:00:00\n")
    done = tagloop_here(shop.home, "ingest", shop.mapping, TAGLOOP_LANG="zh")
    assert done.returncode == 0
    assert "拒绝: bad_timestamp" in done.stdout
    assert "被拒绝的行连同原因和行号已保存：用 `tagloop rejects` 查看" in done.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("files: sales.csv", "files: sale.csv"), "no file matches"),
        (("occurred_at: 时间", "occurred_at: 日期"), "has no column '日期'; nearest"),
        (("type: {constant: visit}", "type: {constant: visiting}"), "visiting"),
        (("currency: CNY", "currency: yuan"), "currency"),
        (("events:", "evnets:"), "evnets"),
    ],
)
def test_mapping_that_does_not_fit_is_refused_with_the_culprit(
    small_shop: Shop, copy_of: CopyOf, change: tuple[str, str], said: str
) -> None:
    shop = copy_of(small_shop)
    shop.mapping.write_text(shop.mapping.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    assert said in refused(shop.home, "ingest", shop.mapping)


def test_missing_mapping_is_refused(tmp_path: Path) -> None:
    assert "there is no such file" in refused(tmp_path, "ingest", tmp_path / "nothing.yaml")


def test_features_and_outcomes_are_written_as_parquet_and_csv(loaded_shop: Shop, tmp_path: Path) -> None:
    parquet, csv = tmp_path / "features.parquet", tmp_path / "features.csv"
    said = succeeded(loaded_shop.home, "features", "--as-of", "2024-01-01", "--out", parquet, "--outcomes")
    frame = pd.read_parquet(parquet).set_index("customer_id")
    assert said.strip() == f"{len(frame)} customers, {frame.shape[1]} columns in {parquet}"
    assert frame.columns.is_unique
    outcomes = [name for name in frame.columns if name.startswith("outcome__")]
    assert outcomes[:2] == ["outcome__coffee", "outcome__tea"]
    assert set(frame["outcome__coffee"].unique()) == {0.0, 1.0}
    succeeded(loaded_shop.home, "features", "--as-of", "2024-01-01", "--out", csv, run=tagloop_here)
    again = pd.read_csv(csv, index_col="customer_id")
    pd.testing.assert_frame_equal(again, frame[again.columns], check_exact=False, rtol=1e-12)


def test_outcomes_that_are_not_known_yet_are_missing(loaded_shop: Shop, tmp_path: Path) -> None:
    out = tmp_path / "features.parquet"
    succeeded(
        loaded_shop.home, "features", "--as-of", "2024-02-15", "--out", out, "--outcomes", run=tagloop_here
    )
    assert pd.read_parquet(out)["outcome__coffee"].isna().all()


def test_page_of_features_defines_each_in_both_languages(tmp_path: Path) -> None:
    page = succeeded(tmp_path, "features", "--page", run=tagloop_here)
    assert "| `purchases_84d__GROUP` |" in page
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) > 80
    assert all(len([cell for cell in row.split("|") if cell.strip()]) == 3 for row in rows)


def test_training_is_told_to_programs_as_json(trained_shop: Shop) -> None:
    told = json.loads((trained_shop.folder / "train.json").read_text(encoding="utf-8"))
    assert told["until"] == "2024-03-01T00:00:00+08:00"
    assert told["versions"] == {"interest": 1, "churn": 1, "segments": 1}
    assert told["release"]
    assert [(one["tag"], one["code"]) for one in told["refused"]] == [
        ("gourmet", "too_few_decisions"),
        ("lakeside", "too_few_decisions"),
    ]
    rows = {row["model"]: row["mean"] for row in told["comparisons"]["interest"]["table"]}
    assert rows["popularity"] < rows["purchase_count"] < rows["logistic"]
    assert {gate["name"]: gate["passed"] for gate in told["gates"]}["online equals offline"]


def test_scores_have_tags_churn_and_segment_of_every_customer(trained_shop: Shop, tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    succeeded(trained_shop.home, "score", "--out", out)
    frame = pd.read_csv(out, index_col="customer_id")
    keys = ("coffee", "tea", "cat", "wine", "baby")
    tags, decisions = ([f"{what}__{tag}" for tag in keys] for what in ("tag", "decision"))
    assert list(frame.columns) == ["as_of", *tags, *decisions, "churn", "segment", "membership"]
    assert set(frame[decisions].to_numpy().ravel()) <= {"apply", "review", "withhold"}
    assert len(frame) == CUSTOMERS
    assert set(frame["as_of"]) == {"2024-02-29 16:00:00+00:00"}
    assert frame[tags].to_numpy().min() >= 0
    assert frame[tags].to_numpy().max() <= 1
    assert frame["membership"].between(0, 1).all()
    assert 0 < frame["churn"].isna().sum() < CUSTOMERS  # those without an order in 56 days


def test_population_narrows_the_scores(trained_shop: Shop, tmp_path: Path) -> None:
    sizes = {}
    for population in ("interest", "churn"):
        out = tmp_path / f"{population}.parquet"
        succeeded(trained_shop.home, "score", "--population", population, "--out", out, run=tagloop_here)
        frame = pd.read_parquet(out)
        sizes[population] = len(frame)
    assert 0 < sizes["churn"] < sizes["interest"] < CUSTOMERS
    assert frame["churn"].notna().all()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["score", "--out", "scores.xlsx"], "--out: scores.xlsx must end in .parquet or .csv"),
        (["features", "--out", "/nowhere/at/all.csv"], "--out: the folder /nowhere/at does not exist"),
        (["score", "--population", "most"], "--population: expected one of all, interest, churn, got 'most'"),
        (
            ["score", "--model-version", "tags=1"],
            "--model-version: expected PART=N with one of interest, reviewed, churn, segments",
        ),
        (["score", "--model-version", "interest=99"], "Model interest has no version 99; there is: 1"),
        (["score", "--as-of", "soon"], "--as-of: expected a date or time in ISO 8601"),
        (["features", "--as-of", "2024-03-02"], "lies after the clock"),
        (["keys", "revoke", "none"], "none"),
    ],
)
def test_wrong_option_is_refused_with_what_was_expected(
    trained_shop: Shop, arguments: list[str], said: str
) -> None:
    assert said in refused(trained_shop.home, *arguments)


def test_scoring_before_a_training_says_what_to_do(
    loaded_shop: Shop, copy_of: CopyOf, tmp_path: Path
) -> None:
    home = copy_of(loaded_shop).home
    said = refused(home, "score", "--out", tmp_path / "scores.csv", TAGLOOP_LANG="zh")
    assert "请运行 `tagloop train`" in said


def test_tags_are_listed_in_either_language_and_as_json(small_shop: Shop) -> None:
    assert "Buys tea within 30 days" in succeeded(small_shop.home, "tags", run=tagloop_here)
    assert "30 天内购买茶叶" in succeeded(small_shop.home, "tags", TAGLOOP_LANG="zh")
    told = answered(small_shop.home, "tags", "--json", run=tagloop_here)
    assert [tag["key"] for tag in told["tags"]][-1] == "lakeside"


def test_taxonomy_with_faults_is_refused_with_each(tmp_path: Path) -> None:
    file = tmp_path / "tags.yaml"
    file.write_text(
        dedent("""
            tags:
              - key: Tea!
                name: {en: Tea, zh: 茶}
                definition: {en: Buys tea}
                outcome: {type: guessed}
                floor: 2
            """),
        encoding="utf-8",
    )
    said = refused(tmp_path, "tags", TAGLOOP_TAXONOMY=str(file))
    for culprit in ("tags.0.key", "tags.0.definition.zh", "tags.0.outcome", "tags.0.floor"):
        assert f"  {culprit}: " in said
    assert "cannot read" in refused(tmp_path, "tags", TAGLOOP_TAXONOMY=str(tmp_path / "none.yaml"))


def test_keys_are_made_listed_and_revoked(tmp_path: Path) -> None:
    token = succeeded(tmp_path, "keys", "create", "crm", "--scope", "predict", "--scope", "read").strip()
    assert token.startswith("tl_")
    listed = succeeded(tmp_path, "keys", "list", run=tagloop_here)
    (line,) = (line for line in listed.splitlines() if "crm" in line)
    assert "predict read" in line
    assert token not in listed
    succeeded(tmp_path, "keys", "revoke", line.split()[0], run=tagloop_here)
    assert "Revoked" in succeeded(tmp_path, "keys", "revoke", line.split()[0], run=tagloop_here)
    (after,) = (
        line for line in succeeded(tmp_path, "keys", "list", run=tagloop_here).splitlines() if "crm" in line
    )
    assert len(after.split()) > len(line.split())
