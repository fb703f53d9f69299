"""What fitted estimators read and what their outputs are called."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.errors import InvalidInputError
from models.release_manifest import ReleaseFacts

PARTS = ("interest", "reviewed", "churn", "segments")


def input_columns(estimator: Any) -> tuple[str, ...]:
    """The columns that a fitted estimator reads, in its order.

    Raises:
        InvalidInputError: The estimator is not fitted.
    """
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        raise InvalidInputError(
            "{estimator} is not fitted: it names no columns", estimator=type(estimator).__name__
        )
    return tuple(str(name) for name in names)


def wanted_columns(estimators: Iterable[Any], available: Sequence[str]) -> tuple[str, ...]:
    """The columns that any of the estimators reads, in the order of those available.

    Raises:
        InvalidInputError: An estimator reads a column that is not available.
    """
    wanted = {name for estimator in estimators for name in input_columns(estimator)}
    missing = wanted.difference(available)
    if missing:
        raise InvalidInputError(
            "Features that the models read are missing: {names}", names=", ".join(sorted(missing))
        )
    return tuple(name for name in available if name in wanted)


def check_outputs(facts: ReleaseFacts, estimators: Mapping[str, Any]) -> None:
    """Says nothing when the facts name every estimator's origin and outputs, in the estimator's order.

    Raises:
        InvalidInputError: An origin, a tag, a segment or the risk levels do not fit.
    """
    if not set(PARTS) >= set(estimators) or set(estimators) != set(facts.origins):
        raise InvalidInputError(
            "A release is made of estimators named among {parts}, each with its origin; got {estimators} and "
            "origins for {origins}",
            parts=", ".join(PARTS),
            estimators=", ".join(estimators) or "-",
            origins=", ".join(facts.origins) or "-",
        )
    tagging = [estimators[part] for part in ("interest", "reviewed") if part in estimators]
    if tagging:
        _check_named([tag.key for tag in facts.tags], [tag for model in tagging for tag in model.tags_])
    if "segments" in estimators:
        given = [name.key for name in estimators["segments"].names_]
        _check_named([segment.key for segment in facts.segments], given)
    if "churn" in estimators and min((level.at_least for level in facts.risk_levels), default=1.0) > 0.0:
        raise InvalidInputError("The risk levels have to begin at probability 0")


def _check_named(stated: Sequence[str], given: Sequence[str]) -> None:
    if list(stated) != list(given):
        raise InvalidInputError(
            "The release names the outputs {stated}; the model gives {given}, in this order",
            stated=", ".join(stated) or "-",
            given=", ".join(given),
        )
