"""By which columns a model knows the behaviour that a tag's outcome counts: ratings, views, messages, ..."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from models.arrays import Transform
from models.linear import Term

RECENCY_DAYS = 60.0
"""How fast a last event of a tag fades; 30 to 60 days did equally well on cutoffs up to 2017-08-01."""


@dataclass(frozen=True)
class Behaviour:
    """One kind of behaviour, of the customer as a whole or within a tag's category group.

    Attributes:
        count: How many events of it the last 84 days had; with `own` within the group too.
        last: Days since the last; with `own` within the group too.
        count_28d: How many the last 28 days had, where such a column is.
        own: Whether each tag has columns of its own, `count__tag`.
        own_28d: Whether `count_28d` is one of these.
        ever: How many there ever were within the group, where ratings are known too: their mean says what a
            customer thinks of the group.
    """

    count: str
    last: str
    count_28d: str | None = None
    own: bool = False
    own_28d: bool = False
    ever: str | None = None

    def terms(self) -> tuple[Term, ...]:
        """The terms of a small logistic model: more of the tag's own never lowers a customer among equals."""
        return (*self._within_the_group(), *self._as_a_whole())

    def _within_the_group(self) -> tuple[Term, ...]:
        if not self.own:
            return ()
        terms = [Term(self.count, own=True, direction="up"), recency(self.last)]
        if self.count_28d and self.own_28d:
            terms.append(Term(self.count_28d, own=True, direction="up"))
        if self.ever:
            # Where nothing was rated the mean is filled with 0, and whether anything was says what 0 is worth.
            terms.append(Term(self.ever, Transform.INDICATOR, own=True))
            terms.append(Term("rating_mean_ever", Transform.IDENTITY, own=True, direction="up"))
        return tuple(terms)

    def _as_a_whole(self) -> tuple[Term, ...]:
        terms = [Term(self.last, fill=365.0), Term(self.count)]
        if self.count_28d:
            terms.append(Term(self.count_28d))
        if self.ever:
            terms.append(Term("rating_mean_ever", Transform.IDENTITY))
        return tuple(terms)


def recency(last: str) -> Term:
    """How fresh a tag's last event is: 1 today, 0 if it never happened."""
    return Term(last, Transform.DECAY, own=True, direction="up", days=RECENCY_DAYS, fill=float("inf"))


BEHAVIOURS: Mapping[str, Behaviour] = MappingProxyType(
    {
        "interest": Behaviour(
            "interests_84d", "days_since_last_interest", "interests_28d", own=True, own_28d=True
        ),
        "opinion": Behaviour(
            "opinions_84d", "days_since_last_opinion", "opinions_28d", own=True, ever="opinions_ever"
        ),
        "purchase": Behaviour(
            "baskets_84d",
            "days_since_last_purchase",
            "baskets_28d",
            own=True,
            own_28d=True,
            ever="purchases_ever",
        ),
        "purchase_anywhere": Behaviour("baskets_84d", "days_since_last_purchase", "baskets_28d"),
        "refund_anywhere": Behaviour("refunds_84d", "days_since_last_purchase"),
        "exposure_anywhere": Behaviour("campaigns_84d", "days_since_last_campaign", "campaigns_28d"),
        "redemption_anywhere": Behaviour("redemptions_84d", "days_since_last_redemption", "redemptions_28d"),
        "interest_anywhere": Behaviour("interests_84d", "days_since_last_interest", "interests_28d"),
        "contact_anywhere": Behaviour("contacts_84d", "days_since_last_contact", "contacts_28d"),
        "presence_anywhere": Behaviour("presences_84d", "days_since_last_presence", "presences_28d"),
        "opinion_anywhere": Behaviour("opinions_84d", "days_since_last_opinion", "opinions_28d"),
    }
)
"""By name: how the events count (as purchases only where these carry ratings), and `_anywhere` where their items are
of no matter or not told apart.
"""
