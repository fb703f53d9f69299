"""The reasons behind a margin: contributions of what belongs together, added up, ranked, and told."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.language import Language
from features.histories import Floats
from features.spec import FeatureSpec
from models.contributions import Contributions
from models.release import Release
from serving.reasons.measure import Pair
from serving.reasons.vocabulary import Told, Vocabulary
from tags.taxonomy import Taxonomy

REASONS_TOLD = 3

Kind = Literal["tag", "churn"]
Reason = dict[str, Any]
Spoken = tuple[Told, str]  # how a feature is told, and its name
LANGUAGES: Sequence[Language] = ("en", "zh")

LEADS: Mapping[tuple[Kind, bool], Pair] = MappingProxyType(
    {
        ("tag", True): ("Speaks for it: {said}", "支持：{said}"),
        ("tag", False): ("Speaks against it: {said}", "不支持：{said}"),
        ("churn", True): ("Raises the risk: {said}", "增加流失风险：{said}"),
        ("churn", False): ("Lowers the risk: {said}", "降低流失风险：{said}"),
    }
)
"""How a sentence begins: of what, and whether it raises the margin."""


@dataclass(frozen=True, eq=False)
class Grouped:
    """The reasons that an output's inputs belong to.

    Attributes:
        columns: The inputs.
        told: How each is told.
        keys: The reasons, in the order of their first inputs.
        member: For each input the place of its reason among the keys.
    """

    columns: tuple[str, ...]
    told: tuple[Told, ...]
    keys: tuple[str, ...]
    member: NDArray[np.intp]

    def sums(self, values: Floats) -> Floats:
        """Contributions `(n, n_inputs)` added up by reason: `(n, n_reasons)`."""
        added = np.zeros((len(self.keys), len(values)))
        np.add.at(added, self.member, values.T)
        return added.T

    def spokesman(self, group: int, values: Floats, *, raises: bool) -> Spoken:
        """The input that speaks for a reason: the one that moved the margin most in the reason's direction."""
        members = self.members[group]
        own = values[members]
        chosen = int(members[own.argmax() if raises else own.argmin()])
        return self.told[chosen], self.columns[chosen]

    @cached_property
    def members(self) -> list[NDArray[np.intp]]:
        """The inputs of each reason."""
        return [np.flatnonzero(self.member == place) for place in range(len(self.keys))]


@dataclass(frozen=True, eq=False)
class Explainer:
    """Tells what moved a release's models, in both languages; several threads may share it."""

    release: Release
    spec: FeatureSpec
    taxonomy: Taxonomy
    currency: str

    def tag_reasons(self, rows: Floats, tag: int) -> list[list[Reason]]:
        """For each row `(n, n_features)` of the release's features the reasons of one tag, strongest first."""
        return self._told_of(self.release.tag_contributions(rows, tag), rows, "tag")

    def churn_reasons(self, rows: Floats) -> list[list[Reason]]:
        """For each row `(n, n_features)` of the release's features the reasons of its churn risk, strongest first."""
        return self._told_of(self.churn_contributions(rows), rows, "churn")

    def churn_contributions(self, rows: Floats) -> Contributions:
        """The parts of the churn margin; none without a churn model."""
        if self.release.churn is None:
            return Contributions((), np.zeros(len(rows)), np.zeros((len(rows), 0)))
        return self.release.churn.contributions(rows, 0)

    def grouped(self, columns: tuple[str, ...]) -> Grouped:
        """The reasons of those inputs."""
        found = self._grouped.get(columns)
        if found is None:
            told = tuple(self.vocabulary.told(name) for name in columns)
            place: dict[str, int] = {}
            member = [place.setdefault(one.reason, len(place)) for one in told]
            found = self._grouped[columns] = Grouped(
                columns, told, tuple(place), np.array(member, dtype=np.intp)
            )
        return found

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words for the release's features."""
        return Vocabulary(self.spec, self.taxonomy, self.currency)

    @cached_property
    def _grouped(self) -> dict[tuple[str, ...], Grouped]:
        return {}

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.release.facts.feature_columns)}

    def _told_of(self, parts: Contributions, rows: Floats, kind: Kind) -> list[list[Reason]]:
        grouped = self.grouped(parts.columns)
        sums = grouped.sums(parts.values)
        sizes = np.abs(sums)
        strongest = np.argsort(-sizes, axis=1, kind="stable")[:, :REASONS_TOLD].tolist()
        of_all = sizes.sum(axis=1).tolist()
        return [
            [
                self._reason(
                    kind, grouped.spokesman(group, values, raises=total > 0), row, total, of_all[place]
                )
                for group in groups
                if (total := float(sums[place, group]))
            ]
            for place, (groups, row, values) in enumerate(zip(strongest, rows, parts.values, strict=True))
        ]

    def _reason(self, kind: Kind, spoken: Spoken, row: Floats, total: float, of_all: float) -> Reason:
        """One reason: what the feature that speaks for it says, and how much the whole reason moved."""
        typical = self.release.facts.typical
        told, feature = spoken
        value, usual = self._value(row, feature), typical.get(feature)
        said = {
            language: self.vocabulary.sentence(told, value, usual, language, is_compared=feature in typical)
            for language in LANGUAGES
        }
        lead = LEADS[kind, total > 0]
        return {
            "group": told.reason,
            "names": {"en": told.names[0][:1].upper() + told.names[0][1:], "zh": told.names[1]},
            "sentence": {
                language: lead[place].replace("{said}", said[language])
                for place, language in enumerate(LANGUAGES)
            },
            "feature": feature,
            "value": value,
            "typical": usual,
            "direction": "raises" if total > 0 else "lowers",
            "contribution": total,
            "share": abs(total) / of_all,
        }

    def _value(self, row: Floats, feature: str) -> float | None:
        place = self._places.get(feature)
        if place is None:
            return None
        value = float(row[place])
        return None if math.isnan(value) else value
