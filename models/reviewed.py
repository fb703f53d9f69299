"""The model of tags that only reviewers know: few labels, so one strongly held linear model a tag."""

from collections.abc import Mapping, Sequence

from models.arrays import Floats
from models.boosting import general_columns
from models.linear import Direction, LinearModel, Term, fit_logistic

PENALTY = 10.0
"""Ten times scikit-learn's default: there are more columns than a reviewer decides in a day."""


class ReviewedTags(LinearModel):
    """Logistic regression for each tag on the customer as a whole and on what share of orders has each group.

    Args:
        hidden: For each tag the attributes that define it; no column of them is read by any tag's model, or the
            model would repeat the definition instead of learning who fits it.
        penalty: Weight of the squared coefficients, per standard deviation of a column.
    """

    def __init__(self, hidden: Mapping[str, Sequence[str]] | None = None, penalty: float = PENALTY) -> None:
        self.hidden = hidden
        self.penalty = penalty

    def terms(self) -> tuple[Term, ...]:
        """One term for each column that was available at fitting and is not hidden."""
        return tuple(Term(name) for name in self._chosen)

    def _needed(self, tags: list[str], available: list[str]) -> list[str]:
        secret = {f"profile_{key}" for tag in tags for key in (self.hidden or {}).get(tag, ())}
        rates = [name for name in available if name.startswith("basket_rate_ever__")]
        self._chosen = [
            name for name in [*general_columns(available), *rates] if name.partition("__")[0] not in secret
        ]
        return super()._needed(tags, available)

    def _weigh(self, Z: Floats, y: Floats, directions: list[Direction]) -> tuple[Floats, float]:
        return fit_logistic(Z, y, directions, self.penalty)
