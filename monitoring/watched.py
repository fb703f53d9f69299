"""What monitoring watches: the release that serves, the data that it is asked about, and what it promised."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from core.clock import add_days
from core.errors import NotReadyError
from core.settings import Settings
from core.storage import Store
from features.flush import flush
from features.lake import Lake
from features.period import known_period
from features.source import FeatureSource, open_source
from features.spec import FeatureSpec
from models.behaviour import BEHAVIOURS
from models.release import Release
from models.release_read import load_release
from monitoring.thresholds import Thresholds, read_thresholds
from tags.certificates import Certificate, model_name, read_certificates
from tags.taxonomy import Taxonomy

FOLDER = "monitoring"
ANYWHERE = "_anywhere"


@dataclass(frozen=True, eq=False)
class Watched:
    """A release with its feature source, opened once for a check.

    Attributes:
        certificates: Those of the versions that serve, by tag.
        thresholds: From where on a figure alarms.
    """

    settings: Settings
    store: Store
    taxonomy: Taxonomy
    release: Release
    source: FeatureSource
    certificates: Mapping[str, Certificate]
    thresholds: Thresholds

    @property
    def tags(self) -> list[str]:
        """The tags that the release predicts, in its order."""
        return [entry.key for entry in self.release.facts.tags]

    @property
    def folder(self) -> Path:
        """Where the frames of this release's windows are kept."""
        return self.settings.home / FOLDER / self.release.release_id

    @cached_property
    def learned_until(self) -> datetime:
        """Until when the newest of the release's models learned.

        Raises:
            NotReadyError: The release does not say so.
        """
        told = [one.tags["until"] for one in self.release.facts.origins.values() if "until" in one.tags]
        if not told:
            raise NotReadyError(
                "Release {release} does not say until when it learned: run `tagloop train`",
                release=self.release.release_id,
            )
        return max(datetime.fromisoformat(one) for one in told)

    @property
    def reference_at(self) -> datetime:
        """The last cutoff whose outcomes the training knew."""
        settings = self.settings
        return add_days(self.learned_until, -settings.horizon_days, settings.zone)

    @cached_property
    def data_ends(self) -> datetime:
        """Where the data end, or now: of days beyond it nothing is known, and not that nobody bought.

        Raises:
            NotReadyError: Nothing was known by now.
        """
        return known_period(self.source, self.settings, self.settings.make_clock().now()).ends

    @cached_property
    def activity(self) -> tuple[str, ...]:
        """How many events of each role that outcomes count 84 days had; whoever has one in any of them is active.

        It is what `training.counted` trains by; without targets purchases count.
        """
        roles = {role for one in self.source.targets for role in one.roles(self.source.spec.roles)}
        columns = [BEHAVIOURS[role + ANYWHERE].count for role in sorted(roles)]
        return tuple(columns) or (BEHAVIOURS["purchase_anywhere"].count,)


def open_watched(settings: Settings, store: Store, taxonomy: Taxonomy) -> Watched:
    """The release that serves with its data, live events included.

    Raises:
        NotReadyError: Nothing was loaded or promoted yet, or the release reads features of another version.
    """
    release = load_release(settings.releases_path)
    thresholds = read_thresholds(settings.home)
    flush(store, Lake(settings.lake_path, buckets=settings.lake_buckets))
    source = open_source(settings, store, taxonomy.groups, targets=taxonomy.targets, spec=spec_of(release))
    versions = [model_name(one.name, one.version) for one in release.facts.origins.values()]
    with store.read() as connection:
        certificates = read_certificates(connection, versions)
    return Watched(settings, store, taxonomy, release, source, certificates, thresholds)


def spec_of(release: Release) -> FeatureSpec:
    """The features that a release reads.

    Raises:
        NotReadyError: This version computes them differently.
    """
    try:
        return FeatureSpec.from_json(release.facts.feature_spec)
    except (KeyError, TypeError, ValueError):
        raise NotReadyError(
            "Release {release} reads features that this version computes differently: run `tagloop train`",
            release=release.release_id,
        ) from None
