"""How one served customer is written down, and read back; needs NumPy and no frames: serving writes it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection

from features import counters
from models.arrays import Floats

_CODEC = pa.Codec("lz4_raw")
_WIDTH = np.dtype("<f8").itemsize

LETTERS: Mapping[str, str] = MappingProxyType({"apply": "a", "review": "r", "withhold": "w"})
WORDS: Mapping[str, str] = MappingProxyType({letter: word for word, letter in LETTERS.items()})

LEAST_SERVED = 300
"""Of fewer customers in a window too little was served to tell anything."""

COUNTERS = ("bulk", "facts", "catalogue")
"""What a row rests on besides the customer's live events."""


def pack(values: Floats) -> bytes:
    """Numbers as compressed bytes; `unpack` gives the same bits back."""
    raw = np.ascontiguousarray(values, dtype="<f8").tobytes()
    return _CODEC.compress(raw, asbytes=True) if raw else b""


def unpack(packed: bytes, width: int) -> Floats:
    """The numbers `(width,)` that `pack` packed.

    >>> unpack(pack(np.array([1.5, np.nan])), 2)
    array([1.5, nan])
    """
    if not width:
        return np.zeros(0)
    raw = _CODEC.decompress(packed, decompressed_size=width * _WIDTH, asbytes=True)
    return np.frombuffer(raw, dtype="<f8").astype(np.float64)


def decided(decisions: Sequence[str]) -> str:
    """Decisions as letters.

    >>> decided(["apply", "withhold"])
    'aw'
    """
    return "".join(LETTERS[one] for one in decisions)


def knew(connection: Connection) -> str:
    """What has been loaded so far, as one value to compare."""
    return "/".join(str(counters.value(connection, name)) for name in COUNTERS)
