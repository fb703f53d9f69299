"""One turn of the loop: is there reason, learn a challenger, hold it against the champion, let the better one serve."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from core.clock import midnight
from core.errors import ConflictError
from core.language import Text
from core.settings import Settings
from core.storage import Store
from features.blocks import Progress
from models.registry import CHALLENGER, Registry
from models.runs import Run
from monitoring.parity import parity_blocks
from monitoring.retrainings import begin, close_dead, end, read_retrainings
from monitoring.verdict import latest_verdict
from review.consensus import read_labels
from review.outcomes import resolve_outcomes
from tags.taxonomy import Taxonomy
from training.certify import Promises
from training.counted import active
from training.given import Given
from training.history import what_serves
from training.judge import judge
from training.learn import Learned
from training.loop.challenge import Challenge
from training.loop.champion import Champion, read_champion
from training.loop.learning import learn_for
from training.loop.reasons import Known, ends_soon, is_out_of_date, reasons_to_retrain, rests_until
from training.loop.record import EXPERIMENT, record_comparison, record_outcome, record_reasons
from training.loop.retrained import Comparison, Retrained
from training.loop.taking_over import promote_parts
from training.preflight import RefusedError
from training.register import Registered, register
from training.steps import StepCount, Steps
from training.train import OTHER_STEPS, certify, complete_lake, given_until
from training.turn import WAIT_SECONDS, training_turn

MORE_STEPS = OTHER_STEPS + 1  # the reasons


def retrain(
    settings: Settings,
    store: Store,
    taxonomy: Taxonomy,
    *,
    now: datetime,
    force: bool = False,
    dry_run: bool = False,
    wait_seconds: float = WAIT_SECONDS,
    step: Steps = lambda _text, _done, _total: None,
    progress: Progress | None = None,
) -> Retrained:
    """Train anew if there is reason, and let the challenger serve where it is better; all as of `now`.

    Nothing that became known after `now` is looked at. Whenever the process dies, the champion serves as before.
    `dry_run` learns and compares, and keeps nothing: no version, no certificate, no run. Where another training runs,
    it waits so many seconds for that to end, and then says that it does not.

    Raises:
        NotReadyError: No data was loaded.
    """
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    turn = _Turn(settings, store, taxonomy, registry, now, force, StepCount(step, MORE_STEPS), progress)
    if dry_run:
        return turn.try_out()
    try:
        with training_turn(settings, registry, wait_seconds=wait_seconds, waiting=turn.tell_waiting):
            return turn.run()
    except ConflictError as error:
        return Retrained((), "waiting", refused=error.text)


@dataclass(frozen=True, eq=False)
class _Turn:
    """One retraining; see `retrain` for what it is given."""

    settings: Settings
    store: Store
    taxonomy: Taxonomy
    registry: Registry
    now: datetime
    force: bool
    step: StepCount
    progress: Progress | None

    def tell_waiting(self) -> None:
        self.one_more(Text("Another training is running: waiting for it to end"))

    def one_more(self, text: Text) -> None:
        """A step that was not counted beforehand."""
        self.step.expect(1)
        self.step(text)

    def try_out(self) -> Retrained:
        """What would happen."""
        champion, given = read_champion(self.settings, self.registry, self.store), self._given()
        found = self._look(champion, given)
        if not found.reasons or found.rests_until:
            return found
        learned = self._learn(found, given)
        if isinstance(learned, RefusedError):
            return replace(found, happened="dry_run", refused=learned.text)
        comparison = self._challenge(found, given, learned, champion).compare()
        return replace(found, happened="dry_run", comparison=comparison)

    def run(self) -> Retrained:
        """The whole turn, by whoever alone may train."""
        self._close_dead()
        complete_lake(self.settings, self.store)
        champion, given = read_champion(self.settings, self.registry, self.store), self._given()
        told = resolve_outcomes(self.settings, self.store, given.source, self.taxonomy, now=self.now)
        found = replace(self._look(champion, given), outcomes=told)
        if not found.reasons or found.rests_until:
            return found
        with self._run_of(found, given) as (run, seq):
            found = self._train(replace(found, run_id=run.run_id), given, champion, run)
            record_outcome(run, found)
            with self.store.write() as connection:
                serving = what_serves(self.settings)
                end(
                    connection,
                    seq,
                    at=self.now,
                    happened=found.happened,
                    said=found.as_json(),
                    after=serving[0],
                    release_id=serving[1],
                )
        return found

    def _given(self) -> Given:
        day = midnight(self.now.astimezone(self.settings.zone).date(), self.settings.zone)
        return given_until(self.settings, self.store, self.taxonomy, day, labels_until=self.now)

    def _look(self, champion: Champion, given: Given) -> Retrained:
        """The reasons, and whether they rest."""
        self.step(Text("Reasons to train anew"))
        with self.store.read() as connection:
            tags = [tag.key for tag in self.taxonomy.reviewed_tags]
            labels = read_labels(connection, tags, until=self.now)
            before = read_retrainings(connection)
            verdict = latest_verdict(connection, now=self.now, release_id=what_serves(self.settings)[1])
            blocked = parity_blocks(connection, now=self.now)
        drift = verdict.because if verdict is not None and verdict.act else None
        known = Known(self.settings, given, champion, labels, drift, self.now)
        reasons = reasons_to_retrain(known, force=self.force)
        rests = rests_until(reasons, before, self.settings, self.now)
        return Retrained(reasons, "no_reason", champion=champion.numbers, rests_until=rests, refused=blocked)

    @contextmanager
    def _run_of(self, found: Retrained, given: Given) -> Iterator[tuple[Run, int]]:
        """A run of MLflow and a row of the store for it."""
        title = f"retrain {self.now.astimezone(self.settings.zone):%Y-%m-%d %H:%M}"
        with self.registry.run(EXPERIMENT, title, tags=given.made_from) as run:
            record_reasons(run, found, until=given.until)
            before, release_id = what_serves(self.settings)
            with self.store.write() as connection:
                seq = begin(
                    connection,
                    "retrain",
                    at=self.now,
                    until=given.until,
                    said=found.as_json(),
                    before=before,
                    release_before=release_id,
                    run_id=run.run_id,
                )
            yield run, seq

    def _train(self, found: Retrained, given: Given, champion: Champion, run: Run) -> Retrained:
        learned = self._learn(found, given)
        if isinstance(learned, RefusedError):
            return replace(found, happened="refused", refused=learned.text)
        challenge = self._challenge(found, given, learned, champion)
        comparison = challenge.compare()
        record_comparison(run, comparison)
        self.step(Text("Versions to MLflow"))
        registered = register(given, learned, challenge.gates)
        # Whenever one of the versions serves, its certificates are there.
        certify(given, learned, registered)
        for part, version in registered.versions.items():
            self.registry.promote(part, version.version, alias=CHALLENGER)
        numbers = {part: version.version for part, version in registered.versions.items()}
        found = replace(found, comparison=comparison, challenger=numbers)
        return self._decide(found, given, learned, registered, champion)

    def _decide(
        self, found: Retrained, given: Given, learned: Learned, registered: Registered, champion: Champion
    ) -> Retrained:
        comparison = found.comparison
        if comparison is None or not comparison.takes_over or found.refused is not None:
            self._renew(given, learned, champion, comparison)
            codes = {one.code for one in comparison.rulings} if comparison else set()
            is_refused = found.refused is not None or "refused" in codes
            return replace(found, happened="refused" if is_refused else "kept")
        self.step(Text("Promotion"))
        release_id = promote_parts(given, learned, registered, champion, comparison)
        for part in comparison.takes_over:
            self.registry.demote(part, alias=CHALLENGER)
        if "interest" not in comparison.takes_over:
            self._renew(given, learned, champion, comparison)
        return replace(found, happened="promoted", release_id=release_id)

    def _learn(self, found: Retrained, given: Given) -> Learned | RefusedError:
        try:
            return learn_for(found.reasons, given, self.step, self.progress)
        except RefusedError as error:
            return error

    def _challenge(self, found: Retrained, given: Given, learned: Learned, champion: Champion) -> Challenge:
        gates = judge(given, learned)
        old = is_out_of_date(found.reasons)
        return Challenge(given, learned, gates, champion, old, self.now, self.one_more)

    def _renew(
        self, given: Given, learned: Learned, champion: Champion, comparison: Comparison | None
    ) -> None:
        """Certify a champion that stays anew where its certificates end soon; what was suspended stays so."""
        ends = [ends_soon(one, self.settings, self.now) for one in champion.certificates.values()]
        if comparison is None or not any(ends):
            return
        found = {one.tag: one.champion for one in comparison.promises if one.champion is not None}
        if not found:
            return
        tags = [self.taxonomy[tag] for tag in found]
        promises = Promises(given.until, learned.promises.evidence, {"interest": tags}, {"interest": found})
        customers = learned.present[active(learned.present, given.counted.activity)]
        promises.keep(self.store, self.settings, champion.versions, champion.estimators, customers)

    def _close_dead(self) -> None:
        serving, release_id = what_serves(self.settings)
        with self.store.write() as connection:
            close_dead(connection, at=self.now, serving=serving, release_id=release_id)
