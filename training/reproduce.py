"""Trains a registered version again from what it was made from, and compares the figures."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.errors import InvalidInputError, NotReadyError
from core.settings import Settings
from core.storage import Store
from features.blocks import Progress
from features.lake import Lake
from features.period import known_period
from features.source import FeatureSource, open_source
from features.spec import FeatureSpec
from models.packaging import code_version
from models.registry import Registry
from models.versions import ModelVersion
from tags.taxonomy import Taxonomy, parse_taxonomy
from training.cutoffs import Calendar, plan_cutoffs
from training.given import Given
from training.learn import learn
from training.register import record
from training.steps import StepCount, Steps
from training.train import OTHER_STEPS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

TOLERANCE = 1e-9
"""Relative: another machine may add the same numbers in another order."""


@dataclass
class Noted:
    """Takes what a training would leave in MLflow, and keeps the figures alone."""

    figures: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def child(self, name: str, *, tags: Mapping[str, str] | None = None) -> Iterator["Noted"]:  # noqa: ARG002 (a run's)
        """A record of its own, which nobody asks for."""
        yield Noted()

    def params(self, values: Mapping[str, object]) -> None:
        """Not compared."""

    def metrics(self, values: Mapping[str, float], *, step: int = 0) -> None:  # noqa: ARG002 (a run's)
        """Kept."""
        self.figures.update(values)

    def tags(self, values: Mapping[str, str]) -> None:
        """Not compared."""

    def table(self, name: str, frame: "pd.DataFrame") -> None:
        """Not compared: its figures are among the metrics."""

    def figure(self, name: str, figure: "Figure") -> None:
        """Not compared."""

    def document(self, name: str, content: Mapping[str, object]) -> None:
        """Not compared."""


@dataclass(frozen=True)
class Compared:
    """One figure as it was recorded and as it came out again; None where one side lacks it."""

    name: str
    recorded: float | None
    again: float | None

    @property
    def is_same(self) -> bool:
        """Whether both sides have it, and alike."""
        if self.recorded is None or self.again is None:
            return False
        if math.isnan(self.recorded) or math.isnan(self.again):
            return math.isnan(self.recorded) and math.isnan(self.again)
        return math.isclose(self.recorded, self.again, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


@dataclass(frozen=True)
class Reproduction:
    """A version that was trained again.

    Attributes:
        version: The registered version.
        figures: Every figure of either training, by name.
        code: The code version that was recorded, and today's.
    """

    version: ModelVersion
    figures: tuple[Compared, ...]
    code: tuple[str, str]

    @property
    def differing(self) -> tuple[Compared, ...]:
        """The figures that are not the same."""
        return tuple(one for one in self.figures if not one.is_same)


def reproduce(
    settings: Settings,
    store: Store,
    taxonomy: Taxonomy,
    asked: str,
    *,
    step: Steps = lambda _text, _done, _total: None,
    progress: Progress | None = None,
) -> Reproduction:
    """Train again what `asked` names (`interest/7`, or an alias) from its lake version, taxonomy and settings.

    Nothing is registered, promoted or kept. Attributes and the catalogue are read as they are now.

    Raises:
        InvalidInputError: That is no version's name.
        NotFoundError: There is no such version.
        NotReadyError: The lake version, the taxonomy or the features that it was made from are gone.
    """
    name, _, number = asked.partition("/")
    if not name or not number:
        raise InvalidInputError(
            "--reproduce: expected NAME/VERSION such as interest/7, got {asked}", asked=repr(asked)
        )
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    version = registry.resolve(name, number)
    params = registry.params(version)
    then = settings.model_copy(
        update={"seed": int(params["seed"]), "horizon_days": int(params["horizon_days"])}
    )
    source, tags = _source(then, store, registry, version, taxonomy)
    period = known_period(source, then, datetime.fromisoformat(version.tags["until"]))
    plan = plan_cutoffs(period.ends, Calendar(then.zone, then.horizon_days, period.starts))
    labels_until = version.tags.get("labels_until")
    given = Given(
        then, store, tags, source, plan, datetime.fromisoformat(labels_until) if labels_until else None
    )
    noted = Noted()
    record(noted, name, given, learn(given, StepCount(step, OTHER_STEPS), progress))
    return Reproduction(
        version,
        tuple(_side_by_side(registry.metrics(version), noted.figures)),
        (version.tags.get("code_version", "-"), code_version()),
    )


def _source(
    settings: Settings, store: Store, registry: Registry, version: ModelVersion, taxonomy: Taxonomy
) -> tuple[FeatureSource, Taxonomy]:
    """What the version was made from: the lake's version with its features, and the taxonomy."""
    lake_version = int(version.tags["lake_version"])
    Lake(settings.lake_path).check_version(lake_version)
    tags = _taxonomy(registry, version, taxonomy)
    kept = registry.document(version, "feature_spec")
    try:
        spec = None if kept is None else FeatureSpec.from_json(kept)
    except (KeyError, TypeError, ValueError):
        raise _other_features(version) from None
    source = open_source(
        settings, store, tags.groups, targets=tags.targets, spec=spec, lake_version=lake_version
    )
    if source.spec.schema_version != version.tags["feature_schema_version"]:
        raise _other_features(version)
    return source, tags


def _taxonomy(registry: Registry, version: ModelVersion, taxonomy: Taxonomy) -> Taxonomy:
    wanted = version.tags["taxonomy_version"]
    if taxonomy.version == wanted:
        return taxonomy
    kept = registry.document(version, "taxonomy")
    if kept is None:
        raise NotReadyError(
            "{version} was made with taxonomy {wanted}, which was not kept, and today's is {now}: name that file "
            "in the setting taxonomy",
            version=version.uri,
            wanted=wanted,
            now=taxonomy.version,
        )
    return parse_taxonomy(kept, source=f"{version.uri}/taxonomy.json")


def _other_features(version: ModelVersion) -> NotReadyError:
    return NotReadyError(
        "The features that {version} read are computed differently by now: check out its code version {code}, and "
        "reproduce it there",
        version=version.uri,
        code=version.tags.get("code_version", "-"),
    )


def _side_by_side(recorded: Mapping[str, float], again: Mapping[str, Any]) -> Iterator[Compared]:
    for name in sorted({*recorded, *again}):
        yield Compared(name, recorded.get(name), None if name not in again else float(again[name]))
