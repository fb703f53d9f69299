"""Writes the card of each registered version, beside the releases and into MLflow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.settings import Settings
from features.kernel import columns
from features.source import FeatureSource
from models.card import Card, Named, render
from models.cards import write_card
from models.certification import Certification
from models.runs import Run
from models.versions import ModelVersion
from tags.taxonomy import Taxonomy
from training.calibrate import Later
from training.cards.about import About
from training.cards.of_contest import contest_card
from training.cards.of_reviewed import reviewed_card
from training.cards.of_segments import segments_card
from training.contest import Result
from training.cutoffs import Plan
from training.data import Rows
from training.lineage import Lineage
from training.preflight import Finding
from training.reviewed import ReviewedResult


@dataclass(frozen=True, eq=False)
class Cards:
    """What the cards of one training are made from."""

    settings: Settings
    source: FeatureSource
    taxonomy: Taxonomy
    plan: Plan
    made_from: Mapping[str, str]
    customers: int
    refusals: tuple[Finding, ...]

    def of_contest(
        self,
        run: Run,
        version: ModelVersion,
        result: Result,
        rows: Rows,
        later: Later,
        promised: Mapping[str, Certification] | None,
    ) -> None:
        """Write the card of a contest's promoted model."""
        self._write(run, contest_card(self._about(version), result, rows, later, promised or {}))

    def of_segments(self, run: Run, version: ModelVersion, segments: Any, lineage: Lineage | None) -> None:
        """Write the card of segments."""
        named = {column.name: Named(column.en, column.zh) for column in columns(self.source.spec)}
        self._write(run, segments_card(self._about(version), segments, lineage, named))

    def of_reviewed(self, run: Run, version: ModelVersion, result: ReviewedResult) -> None:
        """Write the card of the reviewed tags."""
        self._write(run, reviewed_card(self._about(version), result))

    def _about(self, version: ModelVersion) -> About:
        return About(
            version=version,
            made_from=self.made_from,
            plan=self.plan,
            seed=self.settings.seed,
            customers=self.customers,
            refusals=[one for one in self.refusals if one.part == version.name],
            attributes=self.source.spec.attributes,
            names={tag.key: Named(tag.name.en, tag.name.zh) for tag in self.taxonomy.tags},
        )

    def _write(self, run: Run, card: Card) -> None:
        page = render(card)
        run.page("card", page)
        write_card(self.settings.cards_path, card.name, int(card.version), page)
