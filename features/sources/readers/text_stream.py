"""A text file as one stream of UTF-8 lines in which a single character parts the cells."""

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from features.sources.readers.encoding import Encoding, utf8_blocks

UNIT_SEPARATOR = "\x1f"  # stands for a delimiter of several characters

_BLANKS = re.compile(rb"[ \t\f\v]+")
_AROUND = re.compile(rb"(?m)^\t+|\t+(?=\r?$)")


class BlockStream(io.RawIOBase):
    """Blocks of bytes as a file to read from."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: "memoryview[int] | bytearray") -> int:  # type: ignore[override]  # any buffer
        """Fill the buffer with what comes next; 0 at the end."""
        while not self._left:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._left = memoryview(block)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


def text_blocks(
    path: Path, encoding: Encoding, *, skip_rows: int = 0, delimiter: str = ","
) -> Iterator[bytes]:
    """Blocks of whole lines; blanks (`delimiter` is " ") become single tabs, other long ones `UNIT_SEPARATOR`."""
    blocks = _without_first(_whole_lines(utf8_blocks(path, encoding)), skip_rows)
    if delimiter == " ":
        return (_AROUND.sub(b"", _BLANKS.sub(b"\t", block)) for block in blocks)
    separator = delimiter.encode()
    if len(separator) > 1:
        return (block.replace(separator, UNIT_SEPARATOR.encode()) for block in blocks)
    return blocks


def lines_of(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The single lines of blocks of whole lines, without their ends."""
    for block in blocks:
        yield from block.splitlines()


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks that end where a line does."""
    rest: list[bytes] = []
    for block in blocks:
        end = max(block.rfind(b"\n"), block.rfind(b"\r", 0, -1)) + 1
        if end:
            yield b"".join([*rest, block[:end]])
            rest = [block[end:]]
        else:
            rest.append(block)
    yield b"".join(rest)


def _without_first(blocks: Iterable[bytes], rows: int) -> Iterator[bytes]:
    """The blocks without so many lines of their beginning."""
    for block in blocks:
        start = 0
        while rows and start < len(block):
            end = _line_end(block, start)
            rows, start = rows - 1, end
        yield block[start:]


def _line_end(block: bytes, start: int) -> int:
    """Where the line that begins there is over."""
    found = re.compile(rb"\r\n|\n|\r").search(block, start)
    return found.end() if found else len(block)
