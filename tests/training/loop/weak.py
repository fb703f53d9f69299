"""A champion that is easily beaten: it learned that tags fit every other customer, whoever buys what."""

from datetime import datetime

import pandas as pd

from core.settings import Settings
from core.storage import Store
from features.build import build
from features.source import open_source
from models.inputs import PARTS
from models.logistic import LogisticInterest
from models.registry import Registry
from tags.taxonomy import load_taxonomy
from training.promotion import promote


def let_weak_model_serve(settings: Settings, store: Store, *, learned_until: datetime) -> int:
    """The version of the interest model that serves now, beside the others, as if it had learned until then."""
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    taxonomy = load_taxonomy(settings.taxonomy)
    source = open_source(settings, store, taxonomy.groups, targets=taxonomy.targets)
    present = build(source, learned_until)
    labels = pd.DataFrame(0.0, index=present.index, columns=[tag.key for tag in taxonomy.outcome_tags])
    labels.iloc[::2] = 1.0
    model = LogisticInterest().fit(present, labels)
    told = {
        "until": learned_until.isoformat(),
        "feature_schema_version": source.spec.schema_version,
        "taxonomy_version": taxonomy.version,
    }
    with registry.run("interest", "weak") as run:
        run.params({"model": "logistic"})
        weak = run.register("interest", model, present.head(5), tags=told)
    others = {part: one for part in PARTS if part != "interest" and (one := registry.champion(part))}
    estimators = {"interest": model, **{part: registry.load(part) for part in others}}
    promote(settings, registry, source, taxonomy, estimators, {"interest": weak, **others}, present)
    return weak.version
