"""Whether a source that is asked again says anything that does not stand already."""

from collections.abc import Sequence
from datetime import datetime

from tags.profile.claims import Claim, Source
from tags.profile.page import says_the_same
from tags.profile.resolve import Standing


def says_otherwise(
    claims: Sequence[Claim], stands: Sequence[Standing], source: Source, now: datetime
) -> bool:
    """Whether all that the source says of one customer now differs from its claims that stand.

    Where it does not, `tags.profile.book.restate` would write nothing: the customer can be passed over without a turn
    to write. Claims whose time has passed unnoticed count as a difference.

    Args:
        claims: What the source says, of one customer.
        stands: The customer's claims that nothing has ended, of any source.
        source: Who says it.
        now: The instant.
    """
    if any(claim.holds_until <= now for claim in stands):
        return True
    former = {claim.tag: claim for claim in stands if claim.source == source}
    return len(former) != len(claims) or not all(
        claim.tag in former and says_the_same(claim, former[claim.tag], now) for claim in claims
    )
