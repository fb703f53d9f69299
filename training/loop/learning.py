"""What a turn learns: everything, or where people's decisions alone call for it, only the tags that people know."""

from collections.abc import Sequence

from core.language import Text
from features.blocks import Progress
from features.build import build
from training.certify import certify_models
from training.counted import active
from training.given import Given
from training.learn import Learned, Trained, learn
from training.loop.reasons import Reason
from training.preflight import Preflight, RefusedError
from training.reviewed import train_reviewed
from training.steps import StepCount


def learn_for(
    reasons: Sequence[Reason], given: Given, step: StepCount, progress: Progress | None = None
) -> Learned:
    """The challenger that these reasons call for.

    Raises:
        RefusedError: No model has the data that it needs.
    """
    if {reason.code for reason in reasons} == {"decisions"}:
        return _learn_reviewed(given, step, progress)
    return learn(given, step, progress)


def _learn_reviewed(given: Given, step: StepCount, progress: Progress | None) -> Learned:
    """As `training.learn.learn`, but nothing that decisions tell nothing of: that takes seconds, not minutes."""
    present = build(given.source, given.until, progress=progress)
    present.attrs = {}
    step(Text("Reviewed tags"))
    shoppers = present[active(present, given.counted.activity)]
    found = train_reviewed(given.taxonomy, given.source, given.store, given.decided_until, shoppers)
    refusals = tuple(left.finding for left in found.left_out)
    if found.model is None or found.rows is None:
        raise RefusedError(refusals)
    trained = Trained()
    trained.add("reviewed", found.model, found.rows.X)
    promises = certify_models(trained.estimators, given.taxonomy, None, given.until, found.audit)
    nothing = Preflight(rows={}, active=None, behaviour=(), findings=())
    return Learned(present, nothing, found, refusals, {}, {}, trained, promises, {})
