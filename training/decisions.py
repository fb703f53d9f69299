"""What becomes of each suggestion of a batch: applied, sent to a person, or left; by certificates and decisions."""

from collections.abc import Mapping
from datetime import datetime
from math import inf

import numpy as np
import pandas as pd

from review.decisions import Standing
from tags.certificates import Certificate
from tags.taxonomy import Taxonomy

APPLY, REVIEW, WITHHOLD = "apply", "review", "withhold"


def decide(
    probabilities: pd.DataFrame,
    certificates: Mapping[str, Certificate],
    decided: Mapping[str, Mapping[str, Standing]],
    taxonomy: Taxonomy,
    as_of: datetime,
) -> pd.DataFrame:
    """For each customer (row) and tag (column) `apply`, `review` or `withhold`, as serving answers.

    Args:
        probabilities: Indexed by customer_id, one column a tag.
        certificates: Those that count for the models that gave them, by tag; a tag without one is never applied.
        decided: What people decided and governs at that instant, by customer and tag: it comes first.
        taxonomy: Says from where on a tag is suggested; below that it is withheld.
        as_of: Certificates that do not hold then promise nothing.
    """
    floors = {tag.key: tag.floor for tag in taxonomy.tags}
    band = max((one.review_from for one in certificates.values()), default=0.0)
    out = pd.DataFrame(index=probabilities.index)
    for tag in probabilities.columns:
        one, p = certificates.get(tag), probabilities[tag].to_numpy(dtype=np.float64)
        apply_from = one.threshold if one and one.threshold is not None and not one.why_not(as_of) else inf
        shown = p >= floors.get(tag, 0.0)
        conditions = [shown & (p >= apply_from), shown & (p >= (one.review_from if one else band))]
        out[tag] = np.select(conditions, [APPLY, REVIEW], WITHHOLD)
    for customer, standings in decided.items():
        for tag, standing in standings.items():
            if tag in out.columns:
                out.loc[customer, tag] = APPLY if standing.accepted else WITHHOLD
    return out
