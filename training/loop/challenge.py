"""A challenger held against the champion: what both say of later customers, what either could promise, who serves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.language import Text
from features.kernel import column_names
from training.gates import Gate
from training.given import Given
from training.learn import Learned
from training.loop.champion import Champion
from training.loop.compare import PartComparison, compare_part
from training.loop.on_audit import compare_on_audit
from training.loop.recertified import Promise, certify_both
from training.loop.retrained import Comparison
from training.loop.rulings import Case, rule
from training.loop.side_by_side import SideBySide, first_comparison, later_cutoffs
from training.steps import Step

TELLING = ("interest", "churn")
"""The parts whose outcome the events tell."""

_UNKNOWN = Text("its version does not say until when it learned, so that nothing says which is better")


@dataclass(frozen=True, eq=False)
class Challenge:
    """One challenger, before anything is decided.

    Attributes:
        given: The data.
        learned: What was learned of it.
        gates: What had to hold.
        champion: What serves.
        is_out_of_date: Whether that belongs to another time.
        now: The shop's clock.
        step: Told of what takes a while.
    """

    given: Given
    learned: Learned
    gates: tuple[Gate, ...]
    champion: Champion
    is_out_of_date: bool
    now: datetime
    step: Step

    def compare(self) -> Comparison:
        """Both side by side, and what follows."""
        unlike = self.champion.unlike(column_names(self.given.source.spec))
        parts = [
            part for part in (*TELLING, "reviewed") if part in self.champion.versions and part not in unlike
        ]
        told = {part: self._part(part) for part in parts}
        found = {part: one for part, one in told.items() if isinstance(one, PartComparison)}
        promises = self._promises(unlike)
        case = Case(
            settings=self.given.settings,
            champions={part: self._tags_in_use(part) for part in self.champion.versions},
            challengers={
                part: [str(tag) for tag in getattr(one, "tags_", ())]
                for part, one in self.learned.trained.estimators.items()
            },
            gates=self.gates,
            comparisons=found,
            not_compared={part: one for part, one in told.items() if isinstance(one, Text)},
            unlike=unlike,
            promises=promises,
            is_out_of_date=self.is_out_of_date,
            not_trained=self._not_trained(),
        )
        return Comparison(tuple(found.values()), promises, rule(case))

    def _part(self, part: str) -> PartComparison | Text:
        """Both models of a part, or why they cannot be compared."""
        since = self.champion.until(part)
        if since is None or part not in self.learned.trained.estimators:
            return _UNKNOWN
        if part not in TELLING:
            return compare_on_audit(self.given, self.learned, self.champion)
        cutoffs = later_cutoffs(self.given.plan, since)
        both = SideBySide(self.given, self.learned, {part: cutoffs}, self.champion.estimators)
        holdouts = both.holdouts(part, self.step) if cutoffs else ()
        metric = self.learned.contests[part].contest.metric
        seed = self.given.settings.seed
        found = compare_part(part, holdouts, metric, seed=seed) if holdouts else None
        return found or self._too_early(since)

    def _too_early(self, since: datetime) -> Text:
        day = first_comparison(self.given.plan, since).astimezone(self.given.settings.zone).date()
        return Text(
            "no outcome is known yet of a day after it learned; the first will be on {day}", {"day": day}
        )

    def _promises(self, unlike: tuple[str, ...]) -> tuple[Promise, ...]:
        if "interest" in unlike:
            return ()
        self.step(Text("What the champion could promise by now"))
        return certify_both(self.given, self.learned, self.champion, self.now, self.step)

    def _tags_in_use(self, part: str) -> list[str]:
        """What the part predicts and is still wanted; of churn and segments what they always give."""
        tags = [str(tag) for tag in getattr(self.champion.estimators[part], "tags_", ())]
        if part not in {"interest", "reviewed"}:
            return tags
        known = {tag.key for tag in self.given.taxonomy.in_use}
        return [tag for tag in tags if tag in known]

    def _not_trained(self) -> Mapping[str, Text]:
        """Of each part without a challenger why there is none."""
        refused = {one.part: one.text for one in reversed(self.learned.refusals) if one.tag is None}
        asked = {*self.learned.preflight.rows, *refused, *self.learned.trained.estimators}
        unasked = set(self.champion.versions) - asked if not self.learned.contests else set()
        return {**dict.fromkeys(unasked, Text("nothing calls for training it anew")), **refused}
