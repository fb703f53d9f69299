"""What data each model needs at least; with less it is not trained, and the reason is said in words.

Read by the training's preflight, its report, and the release that serving explains a missing part with.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """The least of something that a model is trained on.

    Attributes:
        said: What to tell where there is less: what was found, what is needed, what to do. It may name
            `{found}`, `{least}` and other values of the data.
        code: Stable, for programs.
        least: The threshold; below it the model refuses.
    """

    said: str
    code: str
    least: float


HISTORY = Need(
    "The data is too short: from {start} to {until} are {found} days, and {least} are needed: {history} of "
    "history, then {horizon} of outcomes to learn from and {horizon} more to test on. Load older data, or set "
    "a shorter horizon_days",
    code="too_short",
    least=1,  # the days depend on the horizon, see `Calendar.days_needed`
)

PURCHASES = Need(
    "No event counts as a purchase, so nobody is known to be active. Load orders, or say in the mapping's "
    "event_types which of your event types count as a purchase (`rating: purchase` where a shop lives from "
    "ratings)",
    code="no_purchases",
    least=1,
)

COUNTED = Need(
    "No event counts as any of {counted}, which is what the tags and segments go by. Load such events, or say in "
    "the mapping's event_types which of your event types count so",
    code="nothing_counted",
    least=1,
)

CUSTOMERS = Need(
    "{found} customers were active before {tested}, the first test, and {least} are needed: load more "
    "customers, or a longer time",
    code="too_few_customers",
    least=50,
)

OUTCOMES = Need(
    "The outcome of none of the {stated} tags ever followed a cutoff. If customers do come back, the tags' "
    "categories are not those of your catalogue: compare them with `tagloop tags check`, or draft tags from the "
    "catalogue with `tagloop tags suggest`",
    code="no_outcomes",
    least=1,
)

TAGS = Need(
    "No tag is left to learn: the taxonomy has {stated} with an outcome that events tell, and none has enough "
    "data. Look at the reason of each, or draft tags from your catalogue with `tagloop tags suggest`",
    code="no_tags",
    least=1,
)

# A label's own: ten cases a coefficient is the usual rule (Peduzzi et al., 1996); the penalty lets four do.
TAG_POSITIVES = Need(
    "{found} customers had the outcome in the {horizon} days after a cutoff before {tested}, and {least} are "
    "needed to learn it. Check the spelling of its categories with `tagloop tags check`, widen them, or load "
    "more data",
    code="too_few_positives",
    least=20,
)
TAG_NEGATIVES = Need(
    "{found} active customers did without the outcome in the {horizon} days after a cutoff before {tested}, "
    "and {least} are needed: a tag that everybody has tells nothing. Narrow its categories",
    code="too_few_negatives",
    least=20,
)
TAG_TEST_POSITIVES = Need(
    "{found} customers had the outcome in the {horizon} days after a test cutoff ({tested} to {last}) at which "
    "others did without it, and {least} are needed to know how good the model is. Widen its categories, or load "
    "more data",
    code="too_few_positives_to_test",
    least=10,
)
TAG_TEST_NEGATIVES = Need(
    "{found} active customers did without the outcome in the {horizon} days after a test cutoff ({tested} to "
    "{last}) at which others had it, and {least} are needed to know how good the model is. Narrow its categories",
    code="too_few_negatives_to_test",
    least=10,
)

RETURN_AFTER_DAYS = 7
"""A customer came back who bought again so many days after the first purchase: sooner is the same visit or its tail."""

REPEAT_VISITS = Need(
    "{found:.0%} of {customers} customers bought again a week or more after their first purchase, and "
    "{least:.0%} are needed: where nearly everybody comes once, not coming back is no sign of leaving. Check "
    "that a customer keeps the same id from visit to visit; if so, go without churn",
    code="no_repeat_visits",
    least=0.25,
)
CHURNED = Need(
    "{found} active customers bought nothing in the {horizon} days after a cutoff before {tested}, and "
    "{least} are needed to learn who leaves. Load more customers, or set a shorter horizon_days",
    code="too_few_positives",
    least=20,
)
STAYED = Need(
    "{found} active customers bought again in the {horizon} days after a cutoff before {tested}, and {least} "
    "are needed to learn who stays. Load more customers, or set a longer horizon_days",
    code="too_few_negatives",
    least=20,
)
TEST_CHURNED = Need(
    "{found} active customers bought nothing in the {horizon} days after a test cutoff ({tested} to {last}) at "
    "which others did, and {least} are needed to know how good the model is. Load more customers, or set a "
    "shorter horizon_days",
    code="too_few_positives_to_test",
    least=10,
)
TEST_STAYED = Need(
    "{found} active customers bought again in the {horizon} days after a test cutoff ({tested} to {last}) at "
    "which others did not, and {least} are needed to know how good the model is. Load more customers, or set a "
    "longer horizon_days",
    code="too_few_negatives_to_test",
    least=10,
)

ACTIVE_CUSTOMERS = Need(
    "{found} customers were active in the 84 days before {until}, and {least} are needed to form segments: "
    "load more customers, or train until a day when the shop was busy",
    code="too_few_customers",
    least=50,
)
UNLIKE_CUSTOMERS = Need(
    "The {customers} active customers show only {found} different ways to shop, and {least} are needed to "
    "form segments: check that amounts, dates and items are mapped",
    code="too_alike",
    least=10,
)
STABLE_SEGMENTS = Need(
    "No number of segments is stable: of {tried}, each segment with {share:.0%} of the customers, the best comes out "
    "of resampled customers alike to {found:.0%} (adjusted Rand index), and {least:.0%} is needed. These customers "
    "form no groups that would stay: load more of them, or go by tags and churn",
    code="unstable_segments",
    least=0.8,
)

DECISIONS = Need(
    "Reviewers accepted {accepted} and rejected {rejected} customers so far, and {least} of each are needed: "
    "decide more of them in the console of the server, or post decisions to /v1/feedback",
    code="too_few_decisions",
    least=10,
)
