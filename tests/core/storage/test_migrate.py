"""The migrations make the very schema that the models describe, once, and refuse one from the future."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select, text

import monitoring.retrainings
import monitoring.tables
import review.tables
import serving.tables
import tags.catalogue.tables
import tags.imports.tables
import tags.outbox.tables
import tags.profile.tables
import tags.report.tables
import tags.rules.tables
import tags.segment_history
import tags.tables
import tags.triggers.tables
from core.errors import NotReadyError
from core.settings import Settings
from core.storage import Base, open_store
from core.storage.migrate import SCRIPTS, _config, revisions
from features import counters
from features import tables as feature_tables
from features.tables import Item
from review.words import read_words

OWNERS = (
    feature_tables,
    monitoring.retrainings,
    monitoring.tables,
    review.tables,
    serving.tables,
    tags.catalogue.tables,
    tags.imports.tables,
    tags.outbox.tables,
    tags.profile.tables,
    tags.report.tables,
    tags.rules.tables,
    tags.segment_history,
    tags.tables,
    tags.triggers.tables,
)  # importing them fills the metadata


def test_migrated_schema_is_the_models(tmp_path: Path) -> None:
    store = open_store(Settings(home=tmp_path))
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert set(inspect(connection).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    store.close()


def test_store_is_opened_again_as_it_is(tmp_path: Path) -> None:
    for _ in range(2):
        store = open_store(Settings(home=tmp_path))
        with store.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM alembic_version").scalar() == 1
        store.close()


def test_an_items_one_category_path_becomes_the_first_of_a_list(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    store = open_store(settings, migrate=False)
    with store.write() as connection:
        command.upgrade(_config(connection), "0001")
        for name, path in {"tea": '["食品", "茶"]', "loose": "[]"}.items():
            connection.execute(
                text("INSERT INTO items VALUES (:name, 1, NULL, :path, NULL)"), {"name": name, "path": path}
            )
    store.close()
    store = open_store(settings)
    with store.read() as connection:
        items = connection.execute(select(Item.item_id, Item.category_paths).order_by(Item.item_id))
        assert [tuple(item) for item in items] == [("loose", []), ("tea", [["食品", "茶"]])]
    store.close()


def test_schema_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    store = open_store(Settings(home=tmp_path))
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(NotReadyError, match="9999 is unknown to this version: update Tagloop"):
        open_store(Settings(home=tmp_path))


def test_store_can_be_opened_without_migrating(tmp_path: Path) -> None:
    store = open_store(Settings(home=tmp_path), migrate=False)
    with store.read() as connection:
        assert inspect(connection).get_table_names() == []
    store.close()


def test_names_of_the_files_tell_the_revisions_as_alembic_reads_them() -> None:
    scripts = ScriptDirectory(str(SCRIPTS)).walk_revisions("base", "heads")
    assert revisions() == [script.revision for script in scripts][::-1]


def test_a_store_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    open_store(Settings(home=tmp_path)).close()
    script = (
        "import sys; from pathlib import Path; from core.settings import Settings; "
        "from core.storage import open_store; open_store(Settings(home=Path(sys.argv[1]))).close(); "
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False).returncode == 0  # noqa: S603 (ours)


def test_decisions_made_before_stand_on_the_profile(tmp_path: Path, database_url: str | None) -> None:
    settings = Settings(home=tmp_path, database_url=database_url)
    store = open_store(settings, migrate=False)
    with store.write() as connection:
        go = command.downgrade if database_url else command.upgrade
        go(_config(connection), "0006")
        for number, (as_of, value) in enumerate([("03", True), ("05", False), ("04", True)], start=1):
            connection.execute(
                insert(review.tables.Label).values(
                    label_id=f"d{number}",
                    customer_id="c1",
                    tag="tea",
                    value=value,
                    as_of=datetime.fromisoformat(f"2018-01-{as_of}T00:00:00+00:00"),
                    source="review",
                    weight=1.0,
                    reviewer="lin",
                    decided_at=datetime(2018, 1, 6, tzinfo=UTC),
                    holds_until=datetime(2018, 2, 6, tzinfo=UTC),
                )
            )
    store.close()
    store = open_store(settings)
    with store.write() as connection:
        (word,) = read_words(connection, ["c1"])["c1"]
        assert (word.accepted, word.as_of.day, word.reviewer) == (False, 5, "lin")
        assert counters.advance(connection, "tag_claims") == 2
    store.close()
