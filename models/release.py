"""Promoted models as serving asks them, all at once for a feature row."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.errors import InvalidInputError, NotReadyError
from models.arrays import Floats
from models.contributions import Contributions
from models.release_manifest import ReleaseFacts, RiskEntry
from models.scorers import Explainable, Places, Scorer


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

    @cached_property
    def parts(self) -> list[str]:
        """For each tag the part that predicts it: `interest` or `reviewed`."""
        return ["interest" if model is self.interest else "reviewed" for model, _ in self._outputs]

    def risk(self, probability: float) -> RiskEntry:
        """The churn risk level of a probability: the highest one that it reaches.

        Raises:
            NotReadyError: The release has no churn model.
        """
        reached = [level for level in self.facts.risk_levels if level.at_least <= probability]
        if not reached:
            raise NotReadyError("Release {release} has no churn model", release=self.release_id)
        return max(reached, key=lambda level: level.at_least)
