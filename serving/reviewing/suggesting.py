"""What the release suggests of customers, as reviewing keeps it."""

from collections.abc import Sequence
from datetime import datetime

from features.histories import Floats
from review.suggestions import Suggested
from serving.snapshot import Snapshot
from serving.win_back.scoring import SPEND_COLUMN
from serving.wording import Said
from tags.certificates import model_name


def suggestions_of(
    snapshot: Snapshot, names: Sequence[str], rows: Floats, said: Said, as_of: datetime
) -> list[Suggested]:
    """Every tag above its floor of customers whose feature rows are `rows`, shape (n_customers, n_features).

    Customers who are not active are left out: the models were not made for them.
    """
    predicted = said.predictions.interest
    if predicted is None:
        return []
    spends = rows[:, snapshot.column_places[SPEND_COLUMN]].tolist()
    promises = snapshot.wording.promises.at(as_of)
    facts = snapshot.release.facts
    origins = [facts.origins[part] for part in snapshot.release.parts]
    models = [model_name(origin.name, origin.version) for origin in origins]
    return [
        Suggested(name, entry.key, confidence, promise.decide(confidence), spend, model, as_of)
        for name, values, spend, is_active in zip(
            names, predicted.tolist(), spends, said.is_active, strict=True
        )
        if is_active
        for entry, confidence, promise, model in zip(facts.tags, values, promises, models, strict=True)
        if confidence >= entry.floor
    ]
