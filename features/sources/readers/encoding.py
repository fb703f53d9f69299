"""How a text file's bytes are letters: as its mark or the mapping says, else UTF-8, else as its content tells."""

import codecs
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, cast

import numpy as np
from charset_normalizer import from_bytes

from core.errors import InvalidInputError
from core.language import Text

BLOCK_BYTES = 4 << 20
UNDECODABLE = "\ufdd0"  # a code point that no text may hold, in place of bytes that are no letter

_SAMPLE_BYTES = 1 << 18
_GZIP_MAGIC = b"\x1f\x8b"
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SAME_OR_MORE = {"gb2312": "gb18030", "gbk": "gb18030"}
# Of Chinese text nearly all pairs of bytes are common characters or punctuation; of other encodings few are.
_CHINESE_SHARE = 0.8
_COMMON_LEADS = (*range(0xA1, 0xA4), *range(0xB0, 0xD8))
_FIRST_TRAIL = 0xA1
_GOOD_PER_BAD = 5
_WESTERN = "cp1252"  # holds latin-1
_NEAR_COHERENCE = (
    0.05  # of charset-normalizer's measure, from 0 to 1, of letters as frequent as in a language
)
_MARKING = "tagloop-mark-undecodable"


@dataclass(frozen=True)
class Encoding:
    """The codec of a file; whether every byte fits it; what to tell where it was not declared."""

    name: str
    is_sound: bool = True
    warning: Text | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the bytes are UTF-8 as they are."""
        return self.name == "utf-8" and self.is_sound


def encoding_of(path: Path, declared: str | None) -> Encoding:
    """What the file is encoded in; a byte order mark outranks the declaration.

    Raises:
        InvalidInputError: It is not declared, not UTF-8, and its content does not tell.
        OSError: The file cannot be read.
    """
    stat = path.stat()
    return _look(path, declared, stat.st_size, stat.st_mtime_ns)


def is_packed(path: Path) -> bool:
    """Whether the file is gzipped, whatever its name."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP_MAGIC


def open_bytes(path: Path) -> IO[bytes]:
    """The file's content, unpacked if it is gzipped."""
    return cast("IO[bytes]", gzip.open(path)) if is_packed(path) else path.open("rb")


def beginning(path: Path) -> tuple[bytes, float]:
    """The file's first bytes, unpacked, and about how many times as long the whole is."""
    with path.open("rb") as file:
        found = (gzip.GzipFile(fileobj=file) if is_packed(path) else file).read(_SAMPLE_BYTES)
        return found, path.stat().st_size / max(file.tell(), 1)


def utf8_blocks(path: Path, encoding: Encoding) -> Iterator[bytes]:
    """The file's text as UTF-8 without a mark, a few megabytes at a time; what is no letter is `UNDECODABLE`."""
    codecs.register_error(_MARKING, _mark_bytes)
    decoder = codecs.getincrementaldecoder(encoding.name)(_MARKING)
    is_first = True
    for block in _blocks(path):
        text = decoder.decode(block)
        yield (text.removeprefix("\ufeff") if is_first else text).encode()
        is_first = is_first and not text
    yield decoder.decode(b"", final=True).encode()


@lru_cache(maxsize=1_024)
def _look(path: Path, declared: str | None, _size: int, _changed: int) -> Encoding:
    with open_bytes(path) as file:
        start = file.read(4)
    marked = next((name for mark, name in _MARKS.items() if start.startswith(mark)), None)
    name = marked or _SAME_OR_MORE.get(declared or "", declared)
    if _fits(path, name or "utf-8"):
        return Encoding(name or "utf-8")
    if name:
        return Encoding(name, is_sound=False, warning=_damaged(path, name))
    return _told_by_content(path)


def _told_by_content(path: Path) -> Encoding:
    sample = _lines_beyond_ascii(path)
    if _is_damaged_utf8(sample):
        return Encoding("utf-8", is_sound=False, warning=_damaged(path, "utf-8"))
    name = "gb18030" if _is_chinese(sample) else _guessed(sample)
    if name is None:
        raise InvalidInputError(
            "{file} is not UTF-8 text, and its content does not tell what it is; "
            "declare it beside files, such as encoding: gb18030 or encoding: latin-1",
            file=path.name,
        )
    warning = Text(
        "{file} is not UTF-8; it was read as {encoding}. If names look right, declare it beside files, "
        "encoding: {encoding}; if not, declare what it is",
        {"file": path.name, "encoding": name},
    )
    return Encoding(name, _fits(path, name), warning)


def _damaged(path: Path, name: str) -> Text:
    return Text(
        "{file} holds bytes that are not {encoding}; rows that need them are rejected. If it is another encoding, "
        "declare it beside files, such as encoding: gb18030",
        {"file": path.name, "encoding": name},
    )


def _fits(path: Path, name: str) -> bool:
    """Whether every byte of the file is a letter in this encoding."""
    decoder = codecs.getincrementaldecoder(name)()
    is_clean = name == "utf-8"  # so that plain ASCII needs no decoding
    try:
        for block in _blocks(path):
            if is_clean and block.isascii():
                continue
            decoder.decode(block)
            is_clean = name == "utf-8" and not decoder.getstate()[0]
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _blocks(path: Path) -> Iterator[bytes]:
    with open_bytes(path) as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def _lines_beyond_ascii(path: Path) -> bytes:
    """The first lines that hold more than ASCII, as a sample."""
    found, size = [], 0
    with open_bytes(path) as file:
        for line in file:
            if not line.isascii():
                found.append(line)
                size += len(line)
            if size > _SAMPLE_BYTES:
                break
    return b"".join(found)


def _is_damaged_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(not letter.isascii() for letter in text) - bad
    return good > _GOOD_PER_BAD * bad


def _is_chinese(sample: bytes) -> bool:
    """Whether the bytes beyond ASCII are, as GB18030, mostly common Chinese characters and punctuation."""
    try:
        text = sample.decode("gb18030")
    except UnicodeDecodeError:
        return False
    pairs = np.frombuffer("".join(x for x in text if not x.isascii()).encode("gb18030"), np.uint8)
    if len(pairs) % 2:
        return False
    lead, trail = pairs[::2], pairs[1::2]
    is_common = np.isin(lead, _COMMON_LEADS) & (trail >= _FIRST_TRAIL)
    return bool(is_common.mean() >= _CHINESE_SHARE)


def _guessed(sample: bytes) -> str | None:
    """What the content tells; where Western letters fit about as well as the best guess, it is Western text."""
    found = list(from_bytes(sample))
    if not found:
        return None
    best = found[0]
    near = [
        match
        for match in found
        if match.chaos <= best.chaos and match.coherence >= best.coherence - _NEAR_COHERENCE
    ]
    is_western = any(_WESTERN in match.could_be_from_charset for match in near)
    return codecs.lookup(_WESTERN if is_western else best.encoding).name


def _mark_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return UNDECODABLE, error.end
