"""Makes the versions that carry `@champion` in MLflow the ones that serve, whoever moved the alias."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from pydantic import ValidationError
from sqlalchemy import select

from core.errors import ConflictError, NotReadyError
from core.settings import Settings
from core.storage import Store
from features.kernel import column_names
from features.online import OnlineFeatures
from features.source import FeatureSource, open_source
from features.spec import FeatureSpec
from features.tables import History
from models.inputs import PARTS
from models.registry import Registry
from models.release_manifest import MANIFEST_FILE, Manifest, RefusalEntry, ReleaseFacts
from models.release_read import BrokenReleaseError, load_release
from models.versions import ModelVersion
from tags.taxonomy import Taxonomy
from training.half_done import put_back
from training.history import keep_promotion, what_serves
from training.promotion import promote, promoting

CHECKED_CUSTOMERS = 200  # the release is compared with the registered models on so many


@dataclass(frozen=True)
class Followed:
    """The release that serves now, the versions in it, and whether it is another than before."""

    release_id: str
    versions: Mapping[str, int]
    is_new: bool


def follow_champions(settings: Settings, store: Store, taxonomy: Taxonomy, *, as_of: datetime) -> Followed:
    """Write the release of the versions that carry the alias and let it serve, unless it does already.

    Raises:
        NotReadyError: No version carries the alias, or the features that they read cannot be computed any more.
        ConflictError: They come from trainings whose features differ.
    """
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    with promoting(settings):
        put_back(settings, registry)
        champions = {part: found for part in PARTS if (found := registry.champion(part)) is not None}
        if not champions:
            raise NotReadyError("No model version carries the alias champion: train one with `tagloop train`")
        numbers = {part: version.version for part, version in champions.items()}
        served = what_serves(settings)
        if served[1] is not None and served[0] == numbers:
            return Followed(served[1], numbers, is_new=False)
        source = _source(settings, store, taxonomy, champions)
        estimators = {part: registry.load(part, number) for part, number in numbers.items()}
        sample = _sample(store, source, as_of)
        # The aliases stay as they are: they are what is followed, and may have moved on meanwhile.
        before = _earlier(settings, numbers)
        release_id = promote(
            settings,
            registry,
            source,
            taxonomy,
            estimators,
            champions,
            sample,
            before.refusals if before else _still_refused(settings, estimators),
            typical=before.typical if before else None,
            moves_aliases=False,
        )
    with store.write() as connection:
        keep_promotion(connection, "follow", served, what_serves(settings), at=as_of)
    return Followed(release_id, numbers, is_new=True)


def _source(
    settings: Settings, store: Store, taxonomy: Taxonomy, champions: Mapping[str, ModelVersion]
) -> FeatureSource:
    """The features that all of the versions read: today's, or those of a release that is kept."""
    schemas = {part: version.tags.get("feature_schema_version", "-") for part, version in champions.items()}
    if len(set(schemas.values())) > 1:
        raise ConflictError(
            "The versions with the alias champion read different features ({schemas}): "
            "give it to versions of one training, or train anew with `tagloop train`",
            schemas=", ".join(f"{champions[part].uri} {schema}" for part, schema in schemas.items()),
        )
    [wanted] = set(schemas.values())
    source = open_source(settings, store, taxonomy.groups)
    if source.spec.schema_version == wanted:
        return source
    for facts in _kept(settings):
        if facts.feature_schema_version == wanted:
            return open_source(settings, store, spec=FeatureSpec.from_json(facts.feature_spec))
    raise NotReadyError(
        "The features that {versions} read are computed differently by now: train anew with `tagloop train`",
        versions=", ".join(version.uri for version in champions.values()),
    )


def _earlier(settings: Settings, numbers: Mapping[str, int]) -> ReleaseFacts | None:
    """What an earlier release of the same versions said: made again, it is the same release."""
    same = (
        facts
        for facts in _kept(settings)
        if {part: origin.version for part, origin in facts.origins.items()} == numbers
    )
    return next(same, None)


def _still_refused(settings: Settings, estimators: Mapping[str, Any]) -> list[RefusalEntry]:
    """What the release that serves said is missing, if these models do not have it."""
    try:
        refused = load_release(settings.releases_path).facts.refusals
    except (NotReadyError, BrokenReleaseError):
        return []  # nothing serves
    there = {
        (part, tag) for part, model in estimators.items() for tag in [None, *getattr(model, "tags_", ())]
    }
    return [entry for entry in refused if (entry.part, entry.tag) not in there]


def _kept(settings: Settings) -> Iterator[ReleaseFacts]:
    for file in sorted(settings.releases_path.glob(f"*/{MANIFEST_FILE}")):
        try:
            yield Manifest.model_validate_json(file.read_bytes()).facts
        except ValidationError:
            continue  # of another version of the program


def _sample(store: Store, source: FeatureSource, as_of: datetime) -> pd.DataFrame:
    with store.read() as connection:
        names = connection.scalars(
            select(History.customer_id).order_by(History.customer_id).limit(CHECKED_CUSTOMERS)
        ).all()
        found, rows = OnlineFeatures(source.spec, source.catalogue).of_stored(connection, names, as_of)
    return pd.DataFrame(rows, index=pd.Index(found, name="customer_id"), columns=column_names(source.spec))
