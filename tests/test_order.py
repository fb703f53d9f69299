from tests.command_line import ROOT
from tests.order import LONGEST_FIRST


def test_every_file_that_is_to_begin_early_is_there() -> None:
    assert [name for name in LONGEST_FIRST if not (ROOT / name).exists()] == []
    assert len(set(LONGEST_FIRST)) == len(LONGEST_FIRST)
