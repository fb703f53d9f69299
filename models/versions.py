"""What a registered version of a model is called, and what it was made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ModelVersion:
    """One registered version of a model.

    Attributes:
        name: `interest`, `churn` or `segments`.
        version: Counts from 1 for each name.
        run_id: The MLflow run that trained it.
        tags: What it was made from: lake, taxonomy, feature schema and code version.
    """

    name: str
    version: int
    run_id: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        """How MLflow names it, such as `models:/interest/3`.

        >>> ModelVersion("interest", 3, "run").uri
        'models:/interest/3'
        """
        return f"models:/{self.name}/{self.version}"


def as_version(found: Any) -> ModelVersion:
    """The version that MLflow's own object describes."""
    return ModelVersion(found.name, int(found.version), found.run_id or "", dict(found.tags))
