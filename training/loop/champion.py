"""The versions that serve, and whether others can be held against them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from core.errors import NotReadyError
from core.settings import Settings
from core.storage import Store
from features.spec import KERNEL_VERSION
from models.inputs import PARTS, input_columns
from models.registry import Registry
from models.release_manifest import ReleaseFacts
from models.release_read import BrokenReleaseError, load_release
from models.versions import ModelVersion
from tags.certificates import Certificate, model_name, read_certificates


@dataclass(frozen=True, eq=False)
class Champion:
    """What serves.

    Attributes:
        registry: Where its estimators are.
        versions: By part; none before the first promotion.
        facts: What its release says; None where none can be read.
        certificates: What is promised with these versions, by tag.
    """

    registry: Registry
    versions: Mapping[str, ModelVersion]
    facts: ReleaseFacts | None
    certificates: Mapping[str, Certificate]

    @property
    def numbers(self) -> dict[str, int]:
        """The version of each part."""
        return {part: version.version for part, version in self.versions.items()}

    @cached_property
    def estimators(self) -> dict[str, Any]:
        """By part what predicts, as it was registered."""
        return {part: self.registry.load(part, one.version) for part, one in self.versions.items()}

    def until(self, part: str, told: str = "until") -> datetime | None:
        """What the part learned was known then; None where its version does not say.

        `told` is `labels_until` for what people said.
        """
        version = self.versions.get(part)
        said = version.tags.get(told, version.tags.get("until")) if version else None
        return datetime.fromisoformat(said) if said else None

    @property
    def learned_until(self) -> datetime | None:
        """The earliest of them, of what events tell."""
        known = [one for part in ("interest", "churn") if (one := self.until(part)) is not None]
        return min(known, default=None)

    def kind(self, part: str) -> str | None:
        """Which kind of model predicts the part, as its training named it."""
        return self.registry.params(self.versions[part]).get("model")

    def reads_others(self, columns: Sequence[str]) -> bool:
        """Whether a feature of what serves is not among those columns, or has another meaning by now."""
        wanted = set(self.facts.feature_columns) if self.facts else set()
        return self._other_kernel or not wanted <= set(columns)

    def unlike(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The parts of which that is so."""
        there = set(columns)
        return tuple(
            part
            for part in self.versions
            if self._other_kernel or not there.issuperset(input_columns(self.estimators[part]))
        )

    @property
    def _other_kernel(self) -> bool:
        spec = self.facts.feature_spec if self.facts else {}
        return bool(spec.get("kernel_version", KERNEL_VERSION) != KERNEL_VERSION)


def read_champion(settings: Settings, registry: Registry, store: Store) -> Champion:
    """What carries the alias `champion` in MLflow, with its release and its certificates."""
    versions = {part: one for part in PARTS if (one := registry.champion(part)) is not None}
    try:
        facts = load_release(settings.releases_path).facts
    except (NotReadyError, BrokenReleaseError):
        facts = None
    with store.read() as connection:
        models = [model_name(part, one.version) for part, one in versions.items()]
        certificates = read_certificates(connection, models)
    return Champion(registry, versions, facts, certificates)
