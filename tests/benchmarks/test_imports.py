from pathlib import Path

from benchmarks.imports import measure
from core.settings import Settings


def test_the_import_of_a_small_file_is_measured_as_a_million_rows(tmp_path: Path) -> None:
    (figure,) = measure(Settings(home=tmp_path), n_rows=400)
    assert figure.name == "imports.million_rows_seconds"
    assert figure.value > 0
    assert "400 rows" in str(figure.meaning)
    assert "100 customers" in str(figure.meaning)
