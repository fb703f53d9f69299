"""Reads a release, the promoted models in the form that serving loads: an immutable folder of arrays and JSON.

A folder of releases holds one folder for each, named by its content, and a file `CURRENT` with the name of
the one that serves. Loading needs NumPy alone, and LightGBM's library only when a boosted model was promoted.
"""

import io
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from core.errors import NotReadyError, UnavailableError
from models.arrays import LinearArrays, Preparation, SegmentArrays
from models.boosted_trees import BoostedTrees
from models.calibration import Calibration
from models.pairs import PairInputs
from models.pooled_trees import PooledTrees
from models.release import Release
from models.release_manifest import ARRAYS_FILE, MANIFEST_FILE, Manifest, Part, release_id_of, sha256
from models.scorers import BlendScorer, CalibratedScorer, LinearScorer, Places, SegmentScorer

CURRENT_FILE = "CURRENT"


class BrokenReleaseError(UnavailableError):
    """A release on disk is not what was written."""

    code = "broken_release"


def current_release_id(releases: Path) -> str | None:
    """The id of the release that serves, or None before the first promotion."""
    try:
        return (releases / CURRENT_FILE).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None


def load_release(releases: Path, release_id: str | None = None) -> Release:
    """A release from the folder of releases: the named one, or the one that serves.

    Every file is compared with its checksum before anything of it is used.

    Raises:
        NotReadyError: Nothing has been promoted yet.
        BrokenReleaseError: A file is missing, cut short or changed.
    """
    chosen = release_id or current_release_id(releases)
    if not chosen:
        raise NotReadyError("No model has been promoted yet: run `tagloop train`")
    folder = releases / chosen
    manifest = _read_manifest(folder)
    contents = {name: _verified(folder / name, checksum) for name, checksum in manifest.files.items()}
    arrays = _read_arrays(contents.get(ARRAYS_FILE))
    place = {name: position for position, name in enumerate(manifest.facts.feature_columns)}
    scorers: dict[str, Any] = {
        name: _scorer(name, part, contents, arrays, place) for name, part in manifest.parts.items()
    }
    for name, part in manifest.parts.items():
        if part.is_calibrated:
            lines = (arrays[f"{name}.calibration_{key}"] for key in ("slope", "offset"))
            scorers[name] = CalibratedScorer(scorers[name], Calibration(*lines))
    return Release(chosen, manifest.facts, **scorers)


def _read_manifest(folder: Path) -> Manifest:
    content = _read(folder / MANIFEST_FILE)
    if release_id_of(content) != folder.name:
        raise _broken(folder / MANIFEST_FILE)
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        raise BrokenReleaseError(
            "Release {release} has a form that this version cannot read; promote again with `tagloop train`",
            release=folder.name,
        ) from error


def _verified(file: Path, checksum: str) -> bytes:
    content = _read(file)
    if sha256(content) != checksum:
        raise _broken(file)
    return content


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise _broken(file) from None


def _broken(file: Path) -> BrokenReleaseError:
    return BrokenReleaseError(
        "Release {release}: {file} is missing or not what was written; promote again with `tagloop train`",
        release=file.parent.name,
        file=file.name,
    )


def _read_arrays(content: bytes | None) -> dict[str, NDArray[Any]]:
    if content is None:
        return {}
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def _scorer(
    name: str,
    part: Part,
    contents: Mapping[str, bytes],
    arrays: Mapping[str, NDArray[Any]],
    place: Mapping[str, int],
) -> Any:
    if part.kind == "blend":
        members = [
            _scorer(f"{name}_{number}", member, contents, arrays, place)
            for number, member in enumerate(part.members)
        ]
        return BlendScorer(tuple(members), part.weights)
    if part.kind == "boosted":
        return _boosted(part, contents, place)
    if part.kind == "pooled":
        return _pooled(name, part, contents, arrays, place)
    return _array_part(name, part, arrays, place)


def _pooled(
    name: str,
    part: Part,
    contents: Mapping[str, bytes],
    arrays: Mapping[str, NDArray[Any]],
    place: Mapping[str, int],
) -> PooledTrees:
    own = {key: arrays[f"{name}.{key}"] for key in ("own", "general", "base")}
    pairs = PairInputs(columns=part.columns, stems=part.stems, **own)
    text = contents[part.boosters[0].file].decode() if part.boosters else None
    return PooledTrees.from_text(text, pairs, _places(part.columns, place), arrays[f"{name}.fixed"])


def _boosted(part: Part, contents: Mapping[str, bytes], place: Mapping[str, int]) -> BoostedTrees:
    texts = [contents[booster.file].decode() for booster in part.boosters]
    columns = [booster.columns for booster in part.boosters]
    return BoostedTrees.from_texts(texts, [_places(own, place) for own in columns], columns)


def _array_part(
    name: str, part: Part, arrays: Mapping[str, NDArray[Any]], place: Mapping[str, int]
) -> LinearScorer | SegmentScorer:
    places = _places(part.columns, place)
    if part.kind == "segments":
        preparation = _preparation(name, part.columns, arrays)
        return SegmentScorer(SegmentArrays(preparation, arrays[f"{name}.centres"]), places)
    return LinearScorer(_linear_arrays(name, part.columns, arrays), places)


def _linear_arrays(name: str, columns: tuple[str, ...], arrays: Mapping[str, NDArray[Any]]) -> LinearArrays:
    preparation = _preparation(name, columns, arrays)
    return LinearArrays(preparation, arrays[f"{name}.coef"], arrays[f"{name}.intercept"])


def _preparation(name: str, columns: tuple[str, ...], arrays: Mapping[str, NDArray[Any]]) -> Preparation:
    own = {field.name for field in fields(Preparation)} - {"columns"}
    return Preparation(columns=columns, **{key: arrays[f"{name}.{key}"] for key in own})


def _places(columns: tuple[str, ...], place: Mapping[str, int]) -> Places:
    return np.array([place[column] for column in columns], dtype=np.intp)
