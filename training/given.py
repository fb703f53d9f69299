"""What a training is given to learn from."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from core.settings import Settings
from core.storage import Store
from features.contract import Role
from features.source import FeatureSource
from models.packaging import code_version
from models.registry import Registry
from tags.taxonomy import Taxonomy
from training.candidates import Contest, interest_contest
from training.counted import Counted, counted
from training.cutoffs import Plan


@dataclass(frozen=True, eq=False)
class Given:
    """A home's data as it stands, what to predict, and the cutoffs to learn from.

    `labels_until` is when what people said is taken until: they say it after the data ends, too. By default until
    there.
    """

    settings: Settings
    store: Store
    taxonomy: Taxonomy
    source: FeatureSource
    plan: Plan
    labels_until: datetime | None = None

    @property
    def until(self) -> datetime:
        """Nothing that became known later is looked at."""
        return self.plan.until

    @property
    def decided_until(self) -> datetime:
        """What people said later is not looked at."""
        return self.labels_until or self.until

    @cached_property
    def counted(self) -> Counted:
        """What the tags' outcomes count."""
        return counted(self.source)

    @cached_property
    def interest(self) -> Contest:
        """Who takes part in the comparison of interest models."""
        return interest_contest(self.counted, looked_at=Role.INTEREST in self.source.spec.attention)

    @cached_property
    def registry(self) -> Registry:
        """MLflow of the home."""
        return Registry(self.settings.tracking_uri, self.settings.artifacts_path)

    @cached_property
    def made_from(self) -> dict[str, str]:
        """What every version says of its origin."""
        return {
            "lake_version": str(self.source.lake_version),
            "taxonomy_version": self.taxonomy.version,
            "feature_schema_version": self.source.spec.schema_version,
            "code_version": code_version(),
            "until": self.until.isoformat(),
            "labels_until": self.decided_until.isoformat(),
        }
