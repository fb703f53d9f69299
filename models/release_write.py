"""Writes a release, checks it against the estimators it was made from, and makes it the one that serves."""

import io
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from core.errors import ConflictError
from models.arrays import LinearArrays, SegmentArrays
from models.inputs import check_outputs, wanted_columns
from models.pairs import PairInputs
from models.release import Release
from models.release_manifest import (
    ARRAYS_FILE,
    MANIFEST_FILE,
    BoosterFile,
    Manifest,
    Part,
    ReleaseFacts,
    checksums,
    release_id_of,
)
from models.release_read import CURRENT_FILE, BrokenReleaseError, load_release

if TYPE_CHECKING:
    import pandas as pd

RELATIVE_TOLERANCE = 1e-12
"""For linear models and segments: the number of rows may change the order of sums. Trees match exactly."""


def publish_release(
    releases: Path, facts: ReleaseFacts, estimators: Mapping[str, Any], sample: "pd.DataFrame"
) -> Release:
    """The release of these estimators, written, read back, checked on sample rows and made current.

    Whenever the process dies on the way, `CURRENT` names a whole release: the one before or the new one.

    Args:
        releases: The folder of releases.
        facts: What the release says of itself.
        estimators: The fitted `interest`, `churn` and `segments` as registered; any may be left out.
        sample: Feature rows with the columns of `facts.feature_columns`, to compare predictions on.

    Raises:
        InvalidInputError: Facts and estimators do not fit together.
        ConflictError: The release predicts something else than the estimators.
    """
    release = load_release(releases, write_release(releases, facts, estimators))
    check_release(release, estimators, sample)
    make_current(releases, release.release_id)
    return release


def write_release(releases: Path, facts: ReleaseFacts, estimators: Mapping[str, Any]) -> str:
    """The id of the release, whose folder is then whole on disk; the same content gives the same id.

    Raises:
        InvalidInputError: Facts and estimators do not fit together.
    """
    contents = _contents(facts, estimators)
    release_id = release_id_of(contents[MANIFEST_FILE])
    with _writing(releases):
        try:
            load_release(releases, release_id)
        except BrokenReleaseError:
            _write_folder(releases / release_id, contents)
    return release_id


def make_current(releases: Path, release_id: str) -> None:
    """Points `CURRENT` at a release; a reader finds the one before or this one, never half a name."""
    with _writing(releases):
        temporary = releases / f".current-{secrets.token_hex(8)}"
        _write_file(temporary, f"{release_id}\n".encode())
        temporary.replace(releases / CURRENT_FILE)
        _sync_folder(releases)


@contextmanager
def _writing(releases: Path) -> Iterator[None]:
    """One writer at a time; what one that died left half written is removed first."""
    releases.mkdir(parents=True, exist_ok=True)
    with FileLock(releases / ".lock"):
        for half in releases.glob(".building-*"):
            shutil.rmtree(half, ignore_errors=True)
        for half in releases.glob(".current-*"):
            half.unlink(missing_ok=True)
        yield


def check_release(release: Release, estimators: Mapping[str, Any], sample: "pd.DataFrame") -> None:
    """Compares the release with the estimators on sample rows and says nothing when they agree.

    Raises:
        ConflictError: They differ: by more than `RELATIVE_TOLERANCE`, or at all for boosted trees.
    """
    rows = sample[list(release.facts.feature_columns)].to_numpy(dtype=np.float64)
    for name, estimator in estimators.items():
        tolerance = 0.0 if hasattr(estimator, "boosters_") else RELATIVE_TOLERANCE
        expected = np.asarray(estimator.predict_proba(sample), dtype=np.float64)
        scorer = getattr(release, name)
        got = None if scorer is None else scorer.predict(rows)
        if got is None or got.shape != expected.shape or not np.allclose(got, expected, tolerance, 0.0):
            raise ConflictError(
                "Release {release} predicts something else than the registered {name}: not made current",
                release=release.release_id,
                name=name,
            )


def _contents(facts: ReleaseFacts, estimators: Mapping[str, Any]) -> dict[str, bytes]:
    check_outputs(facts, estimators)
    wanted_columns(estimators.values(), facts.feature_columns)
    arrays: dict[str, NDArray[Any]] = {}
    contents: dict[str, bytes] = {}
    parts: dict[str, Part] = {}
    for name, estimator in estimators.items():
        parts[name] = _add(name, estimator, arrays, contents)
        calibration = getattr(estimator, "calibration_", None)
        if calibration is not None:
            arrays |= {f"{name}.calibration_{key}": value for key, value in _fields(calibration).items()}
            parts[name] = parts[name].model_copy(update={"is_calibrated": True})
    if arrays:
        contents[ARRAYS_FILE] = _npz(arrays)
    manifest = Manifest(facts=facts, parts=parts, files=checksums(contents))
    return {**contents, MANIFEST_FILE: manifest.text().encode()}


def _add(name: str, estimator: Any, arrays: dict[str, NDArray[Any]], contents: dict[str, bytes]) -> Part:
    if hasattr(estimator, "members_"):
        members = [
            _add(f"{name}_{number}", one, arrays, contents) for number, one in enumerate(estimator.members_)
        ]
        return Part(kind="blend", members=tuple(members), weights=tuple(estimator.weights_))
    if hasattr(estimator, "boosters_"):
        return _add_boosters(name, estimator, contents)
    if hasattr(estimator, "pairs_"):
        return _add_pooled(name, estimator, arrays, contents)
    return _add_arrays(name, estimator.arrays_, arrays)


def _add_boosters(name: str, estimator: Any, contents: dict[str, bytes]) -> Part:
    files = []
    for number, output in enumerate(estimator.tags_):
        file = BoosterFile(file=f"{name}_{number:03d}.txt", columns=tuple(estimator.columns_[output]))
        contents[file.file] = estimator.boosters_[output].model_to_string().encode()
        files.append(file)
    return Part(kind="boosted", boosters=tuple(files))


def _add_pooled(
    name: str, estimator: Any, arrays: dict[str, NDArray[Any]], contents: dict[str, bytes]
) -> Part:
    pairs: PairInputs = estimator.pairs_
    arrays |= {
        f"{name}.{key}": value for key, value in _fields(pairs).items() if isinstance(value, np.ndarray)
    }
    arrays[f"{name}.fixed"] = estimator.fixed_
    part = Part(kind="pooled", columns=pairs.columns, stems=pairs.stems)
    if estimator.booster_ is None:
        return part
    file = BoosterFile(file=f"{name}.txt", columns=pairs.names)
    contents[file.file] = estimator.booster_.model_to_string().encode()
    return part.model_copy(update={"boosters": (file,)})


def _add_arrays(name: str, model: LinearArrays | SegmentArrays, arrays: dict[str, NDArray[Any]]) -> Part:
    own = {**_fields(model.preparation), **_fields(model)}
    arrays |= {f"{name}.{key}": value for key, value in own.items() if isinstance(value, np.ndarray)}
    kind: Literal["segments", "linear"] = "segments" if isinstance(model, SegmentArrays) else "linear"
    return Part(kind=kind, columns=model.columns)


def _fields(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _write_folder(target: Path, contents: Mapping[str, bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    building = target.parent / f".building-{secrets.token_hex(8)}"
    building.mkdir()
    try:
        for name, content in contents.items():
            _write_file(building / name, content)
        _sync_folder(building)
        # What stands there is broken, or it would not be written again.
        shutil.rmtree(target, ignore_errors=True)
        building.rename(target)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    _sync_folder(target.parent)


def _write_file(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Makes names in a folder survive a power cut; Windows neither needs nor allows it."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
