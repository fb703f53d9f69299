"""What every card says in the same way: data, refusals, how to reproduce the version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from core.language import Text
from features.contract import AttributeDefinition
from models.card import Bullets, Fact, Facts, Named, Section
from models.versions import ModelVersion
from training.cutoffs import Plan
from training.preflight import Finding

KNOWN_GRIDS = {"months": Text("month starts"), "weeks": Text("week starts"), "days": Text("days")}


@dataclass(frozen=True)
class About:
    """What a version was made from.

    Attributes:
        version: The registered version.
        made_from: Lake, taxonomy, feature schema and code version.
        plan: The cutoffs.
        seed: Of everything random.
        customers: How many were known at the end of the data.
        refusals: What the training refused, of this part.
        attributes: The profile facts that the shop knows.
        names: Of tags, by key.
    """

    version: ModelVersion
    made_from: Mapping[str, str]
    plan: Plan
    seed: int
    customers: int
    refusals: Sequence[Finding]
    attributes: Sequence[AttributeDefinition]
    names: Mapping[str, Named]

    def called(self, key: str) -> Named:
        """What a tag is called."""
        return self.names.get(key, Named(key, key))


def data_section(about: About, population: Text, more: Sequence[Fact] = ()) -> Section:
    """From when to when, whom, and the versions of everything that went in."""
    plan = about.plan
    facts = [
        Fact(Text("Events known from"), _day(plan, plan.calendar.data_starts)),
        Fact(Text("Trained until"), _day(plan, plan.until)),
        Fact(Text("Customers known then"), f"{about.customers:,}"),
        *more,
    ]
    return Section("data", Text("Data and population"), [Facts(facts), Bullets([population])])


def cutoff_facts(about: About) -> list[Fact]:
    """The cutoffs that the final model learned from, and those it was chosen and reported on."""
    plan = about.plan
    return [
        Fact(Text("Learned from cutoffs"), _span(plan, plan.final)),
        Fact(Text("Chosen on cutoffs"), _span(plan, plan.development)),
        Fact(Text("Reported on cutoffs"), _span(plan, plan.tests)),
        Fact(Text("Cutoffs are"), KNOWN_GRIDS.get(plan.grid, plan.grid)),
        Fact(Text("Horizon"), Text("{days} days", {"days": plan.calendar.horizon_days})),
    ]


def refusal_section(about: About) -> list[Section]:
    """What was not learned, and why; nothing where all was."""
    if not about.refusals:
        return []
    items = [
        Text("{what}: {why}", {"what": about.called(one.tag) if one.tag else one.part, "why": _said(one)})
        for one in about.refusals
    ]
    return [Section("refused", Text("Not learned"), [Bullets(items)])]


def reproduce_section(about: About) -> Section:
    """The command that makes the version again, and what it is made from."""
    version = f"{about.version.name}/{about.version.version}"
    command = Markup("<code>tagloop train --reproduce {}</code>").format(version)
    facts = [
        Fact(Text("Command"), command),
        Fact(Text("MLflow run"), about.version.run_id),
        Fact(Text("Event lake version"), about.made_from.get("lake_version", "-")),
        Fact(Text("Taxonomy version"), about.made_from.get("taxonomy_version", "-")),
        Fact(Text("Feature schema"), about.made_from.get("feature_schema_version", "-")),
        Fact(Text("Code version"), about.made_from.get("code_version", "-")[:16]),
        Fact(Text("Seed"), str(about.seed)),
    ]
    note = Text(
        "The command trains again from the recorded versions, registers nothing, and says of each figure whether it "
        "is the same."
    )
    return Section("reproduce", Text("How to reproduce it"), [Facts(facts)], note)


def _said(finding: Finding) -> Named:
    return Named(finding.text.render("en"), finding.text.render("zh"))


def _span(plan: Plan, cutoffs: Sequence[datetime]) -> str | Text:
    if not cutoffs:
        return Text("none: the data is too short")
    first, last = _day(plan, cutoffs[0]), _day(plan, cutoffs[-1])
    return (
        first
        if len(cutoffs) == 1
        else Text("{n}: {first} to {last}", {"n": len(cutoffs), "first": first, "last": last})
    )


def _day(plan: Plan, instant: datetime) -> str:
    return str(instant.astimezone(plan.calendar.zone).date())
