"""What a training leaves in MLflow: a run for each part, and a registered version of each that was learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.runs import Record, Run
from models.versions import ModelVersion
from training.cards.write import Cards
from training.gates import Gate
from training.given import Given
from training.learn import Learned
from training.lineage import Lineage, name_by_members, record_lineage
from training.record import (
    record_contest,
    record_gates,
    record_preflight,
    record_promises,
    record_reviewed,
    record_segments,
)


@dataclass(frozen=True, eq=False)
class Registered:
    """What was registered: the versions by part, and what became of the segments since the version before."""

    versions: Mapping[str, ModelVersion]
    lineage: Lineage | None


def register(given: Given, learned: Learned, gates: Sequence[Gate]) -> Registered:
    """A run for each part; one that was refused has a run too, that says why, and no version."""
    cards = Cards(
        given.settings,
        given.source,
        given.taxonomy,
        given.plan,
        given.made_from,
        len(learned.present),
        learned.refusals,
    )
    lineage = _lineage(given, learned)
    versions = {}
    for name in (*learned.trained.estimators, *learned.refused):
        title = f"{name} until {given.until.date()}"
        with given.registry.run(name, title, tags=given.made_from) as run:
            run.document("taxonomy", given.taxonomy.model_dump(mode="json"))
            run.document("feature_spec", given.source.spec.as_json())
            record_gates(run, gates)
            record(run, name, given, learned, lineage)
            if name not in learned.refused:
                versions[name] = _version(run, name, given, learned, lineage)
                _card(run, cards, versions[name], learned, lineage)
    return Registered(versions, lineage)


def record(run: Record, name: str, given: Given, learned: Learned, lineage: Lineage | None = None) -> None:
    """Parameters, figures, tables and plots of one part; of a refused one why it was refused."""
    run.params({"seed": given.settings.seed, "horizon_days": given.settings.horizon_days})
    waiting = [left.finding for left in learned.reviewed.left_out]
    record_preflight(run, [one for one in (*learned.preflight.findings, *waiting) if one.part == name])
    if name in learned.refused:
        return
    estimator = learned.trained.estimators[name]
    if name in learned.contests:
        record_contest(run, learned.contests[name], estimator, given.plan, learned.later[name])
        if name == given.interest.model:
            record_promises(run, learned.promises.evidence, learned.promises.found[name])
            run.document("outcomes", {one.name: one.as_json() for one in given.source.targets})
    elif name == "reviewed":
        record_reviewed(run, learned.reviewed)
    else:
        record_segments(run, estimator, lineage)


def _lineage(given: Given, learned: Learned) -> Lineage | None:
    segments, active = learned.preflight.segments, learned.preflight.active
    if segments is None or active is None:
        return None
    return name_by_members(given.settings, given.store, given.registry, segments, active)


def _version(run: Run, name: str, given: Given, learned: Learned, lineage: Lineage | None) -> ModelVersion:
    estimator = learned.trained.estimators[name]
    version = run.register(name, estimator, learned.trained.examples[name], tags=given.made_from)
    if name == "segments" and lineage is not None:
        now = given.settings.make_clock().now()
        record_lineage(given.store, lineage, estimator, version, until=given.until, now=now)
    return version


def _card(run: Run, cards: Cards, version: ModelVersion, learned: Learned, lineage: Lineage | None) -> None:
    name = version.name
    if name in learned.contests:
        promised = learned.promises.found.get(name)
        rows, later = learned.preflight.rows[name], learned.later[name]
        cards.of_contest(run, version, learned.contests[name], rows, later, promised)
    elif name == "reviewed":
        cards.of_reviewed(run, version, learned.reviewed)
    else:
        cards.of_segments(run, version, learned.trained.estimators[name], lineage)
