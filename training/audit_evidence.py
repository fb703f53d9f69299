"""What the random audit says of tags that only reviewers know, beside what a model says that never learned from it."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class AuditEvidence:
    """One row for each suggestion that the audit drew and people decided.

    `rows` has the columns tag, customer_id, as_of, truth (what reviewers agree on, 1 or 0), chance (with which it was
    drawn) and probability (of a model that never learned from its customer's labels).
    """

    rows: pd.DataFrame

    @classmethod
    def of_scores(cls, audited: pd.DataFrame, scores: pd.DataFrame) -> "AuditEvidence":
        """What was audited, with the scores of the same customers and instants.

        Args:
            audited: As `review.audit.audited` gives it.
            scores: Indexed by (as_of, customer_id), one column a tag.
        """
        long = scores.reset_index().melt(["as_of", "customer_id"], var_name="tag", value_name="score")
        keys = ["as_of", "customer_id", "tag"]
        found = _timed(audited).merge(_timed(long), on=keys, how="inner")
        return cls(
            pd.DataFrame(
                {
                    "tag": found["tag"],
                    "customer_id": found["customer_id"],
                    "as_of": found["as_of"],
                    "truth": found["value"].astype("float64"),
                    "chance": found["probability"],
                    "probability": found["score"],
                }
            )
        )

    def of(self, tag: str) -> pd.DataFrame:
        """The rows of one tag."""
        return self.rows[self.rows["tag"] == tag]


def _timed(frame: pd.DataFrame) -> pd.DataFrame:
    """The same with instants of one kind: an empty frame has none of its own."""
    return frame.assign(as_of=pd.to_datetime(frame["as_of"], utc=True).astype("datetime64[us, UTC]"))
