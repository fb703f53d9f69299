"""Writes of what models and rules say the part that differs from what stands, some customers in one transaction."""

from collections.abc import Sequence

from sqlalchemy import Connection

from core.storage.upsert import upsert
from review.suggestions import keep_suggestions
from serving.tagging.asking import Looked, OfModels, OfRules
from tags.profile.because import Because
from tags.profile.book import Written, put, resettle, restate, spoken_of_since
from tags.profile.claims import Source
from tags.profile.tables import CustomerPrediction
from tags.profile.touched import forget, mark, touched_since
from tags.workings import Workings


def write_models(
    connection: Connection, names: Sequence[str], *, models: OfModels, looked: Looked, workings: Workings
) -> Written:
    """Write what models say otherwise; a customer who was touched meanwhile is looked at again."""
    left = touched_since(connection, names, looked.touched)
    settled = [name for name in names if name not in left]
    upsert(
        connection,
        CustomerPrediction,
        [models.predictions[name] for name in settled if name in models.predictions],
    )
    keep_suggestions(connection, settled, [one for name in settled for one in models.suggested.get(name, ())])
    others = [name for name in settled if name in models.differing]
    return restate(
        connection,
        [claim for name in others for claim in models.claims[name]],
        source=Source.MODEL,
        customer_ids=others,
        because=Because.NO_LONGER,
        taxonomy=workings.taxonomy,
        now=models.at,
    )


def write_rules(
    connection: Connection,
    names: Sequence[str],
    *,
    rules: OfRules,
    looked: Looked,
    seen: Looked,
    workings: Workings,
    resettled: bool,
) -> Written:
    """Write what rules say otherwise; a customer of whom something was said meanwhile is looked at again.

    Marks are taken of those whom nobody touched since the models looked, which was earlier.
    """
    forget(connection, names, seen.touched)
    spoken_of = spoken_of_since(connection, looked.claimed, looked.changed).intersection(names)
    mark(connection, sorted(spoken_of))
    left = touched_since(connection, names, looked.touched)
    settled = [name for name in names if name not in left]
    written = put(
        connection,
        [claim for name in settled for claim in rules.claims.get(name, ())],
        ended=[one for name in settled for one in rules.ended.get(name, ())],
        taxonomy=workings.taxonomy,
        now=rules.at,
    )
    if resettled:
        written += resettle(connection, names, taxonomy=workings.taxonomy, now=rules.at)
    return written
