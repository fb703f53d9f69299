"""What was found in the data beside what each model needs; whoever has too little is refused in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import pandas as pd

from core.errors import FieldError, NotReadyError
from core.language import Text
from features.build import Panel
from features.contract import Role
from models import needs
from models.needs import Need
from models.release_manifest import Names, RefusalEntry
from models.segments import CustomerSegments, distinct_behaviours
from training.counted import Counted
from training.cutoffs import DAYS_OF_HISTORY, Plan
from training.data import Rows, churn_rows, interest_rows

CHURN_NEEDS = (needs.CHURNED, needs.STAYED, needs.TEST_CHURNED, needs.TEST_STAYED)
TAG_NEEDS = (
    needs.TAG_POSITIVES,
    needs.TAG_NEGATIVES,
    needs.TAG_TEST_POSITIVES,
    needs.TAG_TEST_NEGATIVES,
)
LabelNeeds = tuple[Need, Need, Need, Need]  # positives and negatives to learn from, then to test on


@dataclass(frozen=True)
class Finding:
    """What a model, or one tag of it, needs and what there is; `values` are the other figures of the text."""

    part: str
    need: Need
    found: float
    least: float
    tag: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether there is enough."""
        return self.found >= self.least

    @property
    def name(self) -> str:
        """The model, with the tag: `interest.coffee`."""
        return f"{self.part}.{self.tag}" if self.tag else self.part

    @property
    def text(self) -> Text:
        """What is told where there is too little."""
        return Text(self.need.said, {**self.values, "found": self.found, "least": self.least})

    def as_entry(self) -> RefusalEntry:
        """As a release keeps it, for serving to tell."""
        said = Names(en=self.text.render("en"), zh=self.text.render("zh"))
        return RefusalEntry(part=self.part, tag=self.tag, code=self.need.code, said=said)


class RefusedError(NotReadyError):
    """No model has the data that it needs; each refusal is one of the fields."""

    code = "refused"

    def __init__(self, refusals: Sequence[Finding]) -> None:
        fields = tuple(FieldError(one.name, one.text, one.need.code) for one in refusals)
        super().__init__("Nothing was trained: no model has the data that it needs", fields=fields)
        self.refusals = tuple(refusals)


@dataclass(frozen=True, eq=False)
class Preflight:
    """What may be trained: `rows` by model without the refused tags, `active` customers to form segments of.

    `behaviour` are the columns by which segments are formed, `segments` what was formed, see `training.segments`.
    """

    rows: Mapping[str, Rows]
    active: pd.DataFrame | None
    behaviour: tuple[str, ...]
    findings: tuple[Finding, ...]
    segments: CustomerSegments | None = None

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """The first thing that is missing for each model and tag that is refused.

        Of a model that is refused for other reasons than its tags, the tags are not named as well.
        """
        first: dict[tuple[str, str | None], Finding] = {}
        for finding in self.findings:
            if not finding.passed:
                first.setdefault((finding.part, finding.tag), finding)
        whole = {part for (part, tag), one in first.items() if tag is None and one.need is not needs.TAGS}
        return tuple(one for (part, tag), one in first.items() if tag is None or part not in whole)


def check(
    plan: Plan, panel: Panel, tags: Sequence[str], present: pd.DataFrame, counted: Counted
) -> Preflight:
    """Holds the data against the needs of interest, churn and segments.

    Args:
        plan: The cutoffs.
        panel: Rows of every cutoff of the plan.
        tags: The tags whose outcome the events tell.
        present: Feature rows as of the end of the data.
        counted: What the tags' outcomes count.
    """
    interest, churn = interest_rows(panel, tags, counted.activity), churn_rows(panel)
    behaviour, active = counted.to_segment(present)
    of_tags = list(_tag_findings(plan, interest)) if _may_ask(plan, interest) else []
    refused = {finding.tag for finding in of_tags if not finding.passed}
    kept = [tag for tag in tags if tag not in refused]
    findings = {
        "interest": [
            _anybody("interest", present, counted),
            *_common("interest", plan, interest),
            *_outcomes(interest),
            *of_tags,
            _tags_left(tags, kept),
        ],
        "churn": [
            _anybody("churn", present, Counted()),
            *_common("churn", plan, churn),
            _came_back(plan, present),
            *_churn_findings(plan, churn),
        ],
        "segments": [
            _anybody("segments", present, Counted(roles=_with_purchases(counted.roles))),
            *_segment_findings(plan, active, behaviour),
        ],
    }
    rows = {"interest": Rows(interest.X, interest.Y[kept]), "churn": churn}
    passed = {part for part, those in findings.items() if all(one.passed for one in those if not one.tag)}
    return Preflight(
        rows={part: of_part for part, of_part in rows.items() if part in passed},
        active=active if "segments" in passed else None,
        behaviour=behaviour,
        findings=tuple(finding for those in findings.values() for finding in those),
    )


def _anybody(part: str, present: pd.DataFrame, counted: Counted) -> Finding:
    """How many customers ever did what is counted."""
    did = int(present[list(counted.ever)].notna().any(axis=1).sum())
    if counted.roles == (Role.PURCHASE,):
        return _finding(part, needs.PURCHASES, did)
    return _finding(part, needs.COUNTED, did, counted=", ".join(counted.roles))


def _with_purchases(roles: Sequence[Role]) -> tuple[Role, ...]:
    """Shoppers are grouped whatever the tags count; only where nobody shops, those who do that."""
    return tuple(dict.fromkeys((Role.PURCHASE, *roles)))


def _common(part: str, plan: Plan, rows: Rows) -> Iterator[Finding]:
    """History, then customers to learn from."""
    calendar = plan.calendar
    start, until = (_day(plan, instant) for instant in (calendar.data_starts, plan.until))
    lengths = {"history": DAYS_OF_HISTORY, "horizon": calendar.horizon_days}
    days = (until - start).days
    # A day less may do where the data begins at midnight: the plan decides.
    least = min(days, calendar.days_needed) if plan.tests else calendar.days_needed
    yield Finding(part, needs.HISTORY, days, least, values={"start": start, "until": until, **lengths})
    if not plan.tests:
        return
    asked = rows.labels_at(plan.before(plan.tests[0])).index.get_level_values("customer_id").nunique()
    yield _finding(part, needs.CUSTOMERS, asked, tested=_day(plan, plan.tests[0]))


def _may_ask(plan: Plan, rows: Rows) -> bool:
    """Whether a look at single labels says more than that there is nobody to learn from."""
    return bool(plan.tests) and not rows.labels_at(plan.before(plan.tests[0])).empty


def _outcomes(rows: Rows) -> Iterator[Finding]:
    """How many tags ever came true: with none, one reason for all says more than the same for each."""
    if len(rows.Y.columns) and not rows.Y.empty:
        true = int(rows.Y.eq(1).any().sum())
        yield _finding("interest", needs.OUTCOMES, true, stated=len(rows.Y.columns))


def _tags_left(tags: Sequence[str], kept: Sequence[str]) -> Finding:
    return _finding("interest", needs.TAGS, len(kept), stated=len(tags))


def _tag_findings(plan: Plan, rows: Rows) -> Iterator[Finding]:
    for tag in rows.Y.columns:
        yield from _label_findings("interest", plan, rows, str(tag), TAG_NEEDS, tag=str(tag))


def _churn_findings(plan: Plan, rows: Rows) -> Iterator[Finding]:
    if _may_ask(plan, rows):
        yield from _label_findings("churn", plan, rows, str(rows.Y.columns[0]), CHURN_NEEDS)


def _label_findings(
    part: str, plan: Plan, rows: Rows, label: str, of_label: LabelNeeds, tag: str | None = None
) -> Iterator[Finding]:
    """Customers of both kinds to learn from before the first test, and at those tests that have both."""
    past = rows.labels_at(plan.before(plan.tests[0]))[label]
    tests = [rows.labels_at([test])[label] for test in plan.tests]
    both = [values for values in tests if values.eq(1).any() and values.eq(0).any()]
    counted = [*_customers([past]), *_customers(both)]
    about = {
        "horizon": plan.calendar.horizon_days,
        "tested": _day(plan, plan.tests[0]),
        "last": _day(plan, plan.tests[-1]),
    }
    for need, found in zip(of_label, counted, strict=True):
        yield Finding(part, need, found, need.least, tag, about)


def _came_back(plan: Plan, present: pd.DataFrame) -> Finding:
    """The share of those who had the time to come back that did."""
    first, last = present["days_since_first_purchase"], present["days_since_last_purchase"]
    had_time = first >= max(needs.RETURN_AFTER_DAYS, plan.calendar.horizon_days)
    came = (first - last >= needs.RETURN_AFTER_DAYS) & had_time
    share = float(came.sum() / max(1, had_time.sum()))
    return _finding("churn", needs.REPEAT_VISITS, share, customers=int(had_time.sum()))


def _segment_findings(plan: Plan, active: pd.DataFrame, behaviour: tuple[str, ...]) -> Iterator[Finding]:
    yield _finding("segments", needs.ACTIVE_CUSTOMERS, len(active), until=_day(plan, plan.until))
    ways = distinct_behaviours(active, behaviour) if len(active) else 0
    yield _finding("segments", needs.UNLIKE_CUSTOMERS, ways, customers=len(active))


def _finding(part: str, need: Need, found: float, **values: object) -> Finding:
    return Finding(part, need, found, need.least, values=values)


def _customers(labels: Sequence["pd.Series[float]"]) -> tuple[int, int]:
    """How many different customers are positive in any of the labels, and how many negative."""
    named = [
        {name for each in labels for name in each.index[each == value].get_level_values("customer_id")}
        for value in (1.0, 0.0)
    ]
    return len(named[0]), len(named[1])


def _day(plan: Plan, instant: datetime) -> date:
    return instant.astimezone(plan.calendar.zone).date()
