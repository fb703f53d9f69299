"""Promoted models in the form that serving loads: an immutable folder of arrays and JSON.

A folder of releases holds one folder for each, named by its content, and a file `CURRENT` with the name of
the one that serves. Loading needs NumPy alone, and LightGBM's library only when a boosted model was promoted.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from core.errors import InvalidInputError, NotReadyError, UnavailableError
from models.arrays import Floats, LinearArrays, Preparation, SegmentArrays, blended
from models.boosted_trees import BoostedTrees
from models.calibration import Calibration
from models.contributions import Contributions, of_linear
from models.contributions import blended as blended_parts
from models.pairs import PairInputs
from models.pooled_trees import PooledTrees
from models.release_manifest import (
    ARRAYS_FILE,
    MANIFEST_FILE,
    Manifest,
    Part,
    ReleaseFacts,
    RiskEntry,
    release_id_of,
    sha256,
)

CURRENT_FILE = "CURRENT"

Places = NDArray[np.intp]


class BrokenReleaseError(UnavailableError):
    """A release on disk is not what was written."""

    code = "broken_release"


class Scorer(Protocol):
    """Anything that gives probabilities for whole feature rows."""

    def predict(self, rows: Floats) -> Floats:
        """Probabilities `(n, n_outputs)` of feature rows `(n, n_features)`."""
        ...


class Explainable(Scorer, Protocol):
    """A scorer that can say what its margin is made of."""

    def contributions(self, rows: Floats, output: int) -> Contributions:
        """The parts of an output's margin for feature rows `(n, n_features)`; they add up to it."""
        ...


@dataclass(frozen=True, eq=False)
class LinearScorer:
    """Linear models, with the places of their columns in a feature row."""

    arrays: LinearArrays
    places: Places

    def predict(self, rows: Floats) -> Floats:
        """Probabilities `(n, n_outputs)` of feature rows `(n, n_features)`."""
        return self.arrays.predict(rows[:, self.places])

    def contributions(self, rows: Floats, output: int) -> Contributions:
        """The parts of an output's margin for feature rows `(n, n_features)`: its terms."""
        return of_linear(self.arrays, rows[:, self.places], output)


@dataclass(frozen=True, eq=False)
class CalibratedScorer:
    """A scorer whose probabilities are put right; its margin, and what that is made of, stay the model's own."""

    scorer: Explainable
    calibration: Calibration

    def predict(self, rows: Floats) -> Floats:
        """Probabilities `(n, n_outputs)` of feature rows `(n, n_features)`."""
        return self.calibration.apply(self.scorer.predict(rows))

    def contributions(self, rows: Floats, output: int) -> Contributions:
        """The parts of an output's margin, before calibration, for feature rows `(n, n_features)`."""
        return self.scorer.contributions(rows, output)


@dataclass(frozen=True, eq=False)
class BlendScorer:
    """Several models as one: the weighted mean of their log odds."""

    members: tuple[Explainable, ...]
    weights: tuple[float, ...]

    def predict(self, rows: Floats) -> Floats:
        """Probabilities `(n, n_outputs)` of feature rows `(n, n_features)`."""
        return blended([member.predict(rows) for member in self.members], self.weights)

    def contributions(self, rows: Floats, output: int) -> Contributions:
        """The parts of an output's margin for feature rows `(n, n_features)`: the members' parts by their weights."""
        parts = [member.contributions(rows, output) for member in self.members]
        return blended_parts(list(zip(self.weights, parts, strict=True)))


@dataclass(frozen=True, eq=False)
class SegmentScorer:
    """Cluster centres, with the places of their columns in a feature row."""

    arrays: SegmentArrays
    places: Places

    def predict(self, rows: Floats) -> Floats:
        """Membership degrees `(n, n_segments)` of feature rows `(n, n_features)`."""
        return self.arrays.membership(rows[:, self.places])


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a release says of `n` customers; a model that was not promoted says nothing.

    Attributes:
        interest: Probabilities `(n, n_tags)`, in the order of the facts' tags: first those whose outcome the
            events tell, then those that only reviewers know.
        churn: Probabilities `(n,)` of no purchase within the horizon.
        segment: The place of each customer's segment among the facts' segments, `(n,)`.
        membership: Degrees `(n, n_segments)`, each row summing to 1.
    """

    interest: Floats | None = None
    churn: Floats | None = None
    segment: Places | None = None
    membership: Floats | None = None


@dataclass(frozen=True, eq=False)
class Release:
    """The promoted models, ready to predict; several threads may share one.

    Attributes:
        release_id: The name of its folder, from its content.
        facts: What it was made from, and how its outputs are called.
        interest: Gives one column for each tag whose outcome the events tell.
        reviewed: Gives one column for each tag that only reviewers know.
        churn: Gives one column.
        segments: Gives one column a segment.
    """

    release_id: str
    facts: ReleaseFacts
    interest: Explainable | None = None
    reviewed: Explainable | None = None
    churn: Explainable | None = None
    segments: Scorer | None = None

    def predict(self, features: Floats) -> Predictions:
        """What every promoted model says of feature rows `(n, n_features)`, NaN where a feature is missing.

        Raises:
            InvalidInputError: The rows do not have the columns of `facts.feature_columns`.
        """
        rows = np.asarray(features, dtype=np.float64)
        width = len(self.facts.feature_columns)
        if rows.ndim != 2 or rows.shape[1] != width:  # noqa: PLR2004 (rows and columns)
            raise InvalidInputError(
                "Release {release} takes rows of {width} features, got an array of shape {shape}",
                release=self.release_id,
                width=width,
                shape=rows.shape,
            )
        tags = [model.predict(rows) for model in (self.interest, self.reviewed) if model]
        churn = self.churn.predict(rows)[:, 0] if self.churn else None
        membership = self.segments.predict(rows) if self.segments else None
        return Predictions(
            interest=np.column_stack(tags) if tags else None,
            churn=churn,
            segment=None if membership is None else membership.argmax(axis=1),
            membership=membership,
        )

    def tag_contributions(self, features: Floats, tag: int) -> Contributions:
        """What moved a tag's margin for feature rows `(n, n_features)`; tags count as in `Predictions.interest`."""
        model, output = self._outputs[tag]
        return model.contributions(features, output)

    @cached_property
    def _outputs(self) -> list[tuple[Explainable, int]]:
        """For each tag its model, and which of the model's outputs it is."""
        nobody = np.full((1, len(self.facts.feature_columns)), np.nan)
        models = [model for model in (self.interest, self.reviewed) if model]
        return [(model, output) for model in models for output in range(model.predict(nobody).shape[1])]

    def risk(self, probability: float) -> RiskEntry:
        """The churn risk level of a probability: the highest one that it reaches.

        Raises:
            NotReadyError: The release has no churn model.
        """
        reached = [level for level in self.facts.risk_levels if level.at_least <= probability]
        if not reached:
            raise NotReadyError("Release {release} has no churn model", release=self.release_id)
        return max(reached, key=lambda level: level.at_least)


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
