import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.errors import ConflictError, InvalidInputError, NotReadyError
from models.arrays import sigmoid
from models.blend import BlendedModel
from models.boosting import BoostedInterest
from models.calibration import Calibration
from models.churn import RISK_LEVELS, BoostedChurn, LogisticChurn
from models.logistic import LogisticInterest
from models.pooled import PooledInterest
from models.release import Release
from models.release_manifest import Names, Origin, ReleaseFacts, RiskEntry, SegmentEntry, TagEntry
from models.release_read import BrokenReleaseError, current_release_id, load_release
from models.release_write import check_release, make_current, publish_release, write_release
from models.segments import CustomerSegments

TAGS = ["coffee", "tea"]
ROOT = Path(__file__).parents[2]

Estimators = dict[str, Any]


def features(n: int = 300) -> pd.DataFrame:
    """Made-up feature rows with gaps, one column of which no model reads."""
    random = np.random.default_rng(7)
    index = pd.Index([f"customer-{number}" for number in range(n)], name="customer_id")
    frame = pd.DataFrame({"store_visits": random.poisson(3, n)}, index=index, dtype="float64")
    for group in ["", *(f"__{tag}" for tag in TAGS)]:
        frame[f"baskets_84d{group}"] = random.poisson(6, n).astype(float)
        frame[f"baskets_28d{group}"] = random.poisson(2, n).astype(float)
        frame[f"purchases_ever{group}"] = frame[f"baskets_84d{group}"] + random.poisson(9, n)
        frame[f"days_since_last_purchase{group}"] = random.integers(0, 84, n).astype(float)
        frame.loc[random.random(n) < 0.2, f"days_since_last_purchase{group}"] = np.nan
    for name in ("spend_84d", *CustomerSegments().columns):
        if name not in frame:
            frame[name] = random.gamma(2.0, 10.0, n)
    return frame


X = features()
Y = (X[[f"baskets_84d__{tag}" for tag in TAGS]] > 6).astype(float).set_axis(TAGS, axis=1)
CHURNED = (X[["baskets_28d"]] < 1).astype(float).set_axis(["churned"], axis=1)


@pytest.fixture(scope="module")
def linear() -> Estimators:
    return {
        "interest": LogisticInterest().fit(X, Y),
        "churn": LogisticChurn().fit(X, CHURNED),
        "segments": CustomerSegments(min_stability=0.0, n_replicates=2).fit(X),
    }


@pytest.fixture(scope="module")
def boosted() -> Estimators:
    return {
        "interest": BoostedInterest(n_rounds=20).fit(X, Y),
        "churn": BoostedChurn(n_rounds=20).fit(X, CHURNED),
    }


@pytest.fixture(scope="module")
def pooled() -> Estimators:
    return {"interest": PooledInterest(n_rounds=20).fit(X, Y)}


@pytest.fixture(scope="module")
def blended() -> Estimators:
    members = [LogisticInterest(), BoostedInterest(n_rounds=10), PooledInterest(n_rounds=10)]
    return {
        "interest": BlendedModel(members).fit(X, Y),
        "churn": BlendedModel([LogisticChurn(), BoostedChurn(n_rounds=10)]).fit(X, CHURNED),
    }


def facts_of(estimators: Estimators) -> ReleaseFacts:
    segments = estimators["segments"].names_ if "segments" in estimators else ()
    return ReleaseFacts(
        origins={name: Origin(name=name, version=1, run_id="run") for name in estimators},
        feature_columns=tuple(X.columns),
        feature_schema_version="1",
        feature_spec={"groups": {"coffee": ["咖啡"]}},
        taxonomy_version="1",
        tags=tuple(TagEntry(key=tag, names=Names(en=tag, zh=tag)) for tag in TAGS),
        risk_levels=tuple(
            RiskEntry(key=level.key, at_least=level.at_least, names=Names(en=level.en, zh=level.zh))
            for level in RISK_LEVELS
        ),
        segments=tuple(
            SegmentEntry(key=segment.key, names=Names(en=segment.en, zh=segment.zh)) for segment in segments
        ),
    )


def published(releases: Path, estimators: Estimators) -> Release:
    return publish_release(releases, facts_of(estimators), estimators, X)


def test_a_linear_release_predicts_what_its_estimators_predict(tmp_path: Path, linear: Estimators) -> None:
    published(tmp_path, linear)
    said = load_release(tmp_path).predict(X.to_numpy())
    assert said.interest is not None
    assert said.churn is not None
    np.testing.assert_allclose(said.interest, linear["interest"].predict_proba(X), rtol=1e-12)
    np.testing.assert_allclose(said.churn, linear["churn"].predict_proba(X)["churned"], rtol=1e-12)
    assert said.segment is not None
    assert said.membership is not None
    np.testing.assert_allclose(said.membership, linear["segments"].predict_proba(X), rtol=1e-12)
    keys = [load_release(tmp_path).facts.segments[place].key for place in said.segment]
    assert keys == list(linear["segments"].predict(X))


def test_a_boosted_release_predicts_exactly_what_its_estimators_predict(
    tmp_path: Path, boosted: Estimators
) -> None:
    published(tmp_path, boosted)
    said = load_release(tmp_path).predict(X.to_numpy())
    np.testing.assert_array_equal(said.interest, boosted["interest"].predict_proba(X))
    np.testing.assert_array_equal(said.churn, boosted["churn"].predict_proba(X)["churned"])


@pytest.mark.parametrize("kind", ["pooled", "blended"])
def test_a_release_of_several_models_predicts_what_its_estimators_predict(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    estimators = request.getfixturevalue(kind)
    published(tmp_path, estimators)
    release = load_release(tmp_path)
    for name, estimator in estimators.items():
        said = getattr(release, name).predict(X.to_numpy())
        np.testing.assert_allclose(said, estimator.predict_proba(X), rtol=1e-12)


def test_a_label_with_nothing_to_learn_is_released_with_its_share(tmp_path: Path) -> None:
    single = {"interest": PooledInterest(n_rounds=5).fit(X, Y.assign(coffee=1.0))}
    nothing = {"interest": PooledInterest(n_rounds=5).fit(X, Y * 0.0)}
    for estimators in (single, nothing):
        said = published(tmp_path, estimators).predict(X.to_numpy()).interest
        assert said is not None
        np.testing.assert_allclose(said, estimators["interest"].predict_proba(X), rtol=1e-12)


@pytest.mark.parametrize("kind", ["linear", "pooled", "blended"])
def test_one_row_gets_what_it_gets_among_many(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    release = published(tmp_path, request.getfixturevalue(kind))
    together = release.predict(X.to_numpy()).interest
    alone = [release.predict(X.to_numpy()[row : row + 1]).interest for row in range(10)]
    assert together is not None
    np.testing.assert_allclose(
        np.vstack([row for row in alone if row is not None]), together[:10], rtol=1e-12
    )


def test_no_rows_give_no_predictions(tmp_path: Path, boosted: Estimators) -> None:
    said = published(tmp_path, boosted).predict(np.empty((0, X.shape[1])))
    assert said.interest is not None
    assert said.interest.shape == (0, len(TAGS))


def test_a_model_that_was_left_out_says_nothing(tmp_path: Path, linear: Estimators) -> None:
    said = published(tmp_path, {"interest": linear["interest"]}).predict(X.to_numpy())
    assert said.interest is not None
    assert said.churn is None
    assert said.segment is None
    assert said.membership is None


@pytest.mark.parametrize("kind", ["linear", "boosted", "pooled", "blended"])
def test_a_release_is_loaded_without_the_training_libraries(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    published(tmp_path, request.getfixturevalue(kind))
    code = (
        "import sys; from pathlib import Path; import numpy as np; from models.release_read import load_release\n"
        f"load_release(Path({str(tmp_path)!r})).predict(np.ones((2, {X.shape[1]})))\n"
        "heavy = ['mlflow', 'pandas', 'sklearn', 'scipy.sparse', 'scipy.special', 'lightgbm', 'matplotlib']\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 (our own)
    assert done.stdout.strip() == "[]"


def test_the_same_content_gives_the_same_release(tmp_path: Path, linear: Estimators) -> None:
    first = published(tmp_path / "a", linear)
    second = published(tmp_path / "b", linear)
    assert first.release_id == second.release_id
    assert write_release(tmp_path / "a", facts_of(linear), linear) == first.release_id


def test_facts_come_back_as_they_were_stated(tmp_path: Path, linear: Estimators) -> None:
    published(tmp_path, linear)
    assert load_release(tmp_path).facts == facts_of(linear)


def test_an_earlier_release_stays_and_can_serve_again(
    tmp_path: Path, linear: Estimators, boosted: Estimators
) -> None:
    before = published(tmp_path, linear).release_id
    after = published(tmp_path, boosted).release_id
    assert current_release_id(tmp_path) == after != before
    make_current(tmp_path, before)
    assert load_release(tmp_path).release_id == before
    assert load_release(tmp_path, after).release_id == after


def test_before_the_first_promotion_the_error_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match="tagloop train"):
        load_release(tmp_path)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [_cut, _flip, Path.unlink])
@pytest.mark.parametrize("name", ["release.json", "arrays.npz", "interest_001.txt"])
def test_a_damaged_file_is_named_and_the_next_promotion_mends_it(
    tmp_path: Path, linear: Estimators, boosted: Estimators, damage: Callable[[Path], object], name: str
) -> None:
    mixed = {"interest": boosted["interest"], "churn": linear["churn"]}
    release = published(tmp_path, mixed)
    damage(tmp_path / release.release_id / name)
    with pytest.raises(BrokenReleaseError, match=name):
        load_release(tmp_path)
    assert published(tmp_path, mixed).release_id == release.release_id
    assert load_release(tmp_path).release_id == release.release_id


def test_a_release_that_vanished_is_named(tmp_path: Path, linear: Estimators) -> None:
    release = published(tmp_path, linear)
    shutil.rmtree(tmp_path / release.release_id)
    with pytest.raises(BrokenReleaseError, match=release.release_id):
        load_release(tmp_path)


def test_a_release_that_predicts_something_else_is_refused(tmp_path: Path, linear: Estimators) -> None:
    release = published(tmp_path, {"interest": linear["interest"]})
    other = {"interest": LogisticInterest(penalty=1.0001).fit(X, Y)}
    with pytest.raises(ConflictError, match="interest"):
        check_release(release, other, X)


def test_a_process_killed_at_any_write_leaves_a_whole_current_release(
    tmp_path: Path, linear: Estimators
) -> None:
    before = published(tmp_path, {"interest": linear["interest"]}).release_id
    seen = []
    for step in range(1, 50):
        finished = _publish_and_die(tmp_path, {"churn": linear["churn"]}, step)
        seen.append(load_release(tmp_path).release_id)
        if finished:
            break
    assert finished
    assert seen[0] == before
    assert seen[-1] != before
    assert len(seen) > 4


def _publish_and_die(releases: Path, estimators: Estimators, step: int) -> bool:
    """Publishes in a process of its own that dies at its n-th write to disk; True if it got through."""
    child = os.fork()
    if child == 0:
        done = 0
        sync = os.fsync

        def die_in_time(fd: Any) -> None:
            nonlocal done
            done += 1
            if done == step:
                os._exit(9)
            sync(fd)

        os.fsync = die_in_time
        published(releases, estimators)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_rows_of_another_width_are_refused(tmp_path: Path, linear: Estimators) -> None:
    release = published(tmp_path, linear)
    with pytest.raises(InvalidInputError, match=rf"rows of {X.shape[1]} features"):
        release.predict(X.to_numpy()[:, 1:])


def test_facts_that_do_not_fit_are_refused(tmp_path: Path, linear: Estimators) -> None:
    facts = facts_of(linear)
    changes: list[tuple[dict[str, object], str]] = [
        ({"tags": facts.tags[::-1]}, "tea, coffee"),
        ({"segments": ()}, "names the outputs -;"),
        ({"risk_levels": facts.risk_levels[1:]}, "begin at probability 0"),
        ({"origins": {}}, "each with its origin"),
        ({"feature_columns": facts.feature_columns[:3]}, "are missing"),
    ]
    for change, message in changes:
        with pytest.raises(InvalidInputError, match=message):
            write_release(tmp_path, facts.model_copy(update=change), linear)


def test_the_risk_level_is_the_highest_that_a_probability_reaches(tmp_path: Path, linear: Estimators) -> None:
    release = published(tmp_path, linear)
    for level in RISK_LEVELS:
        assert release.risk(level.at_least).key == level.key
    assert release.risk(1.0).key == RISK_LEVELS[-1].key


@pytest.mark.parametrize("kind", ["linear", "boosted"])
def test_a_calibrated_release_predicts_what_its_estimators_predict(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    plain: Estimators = request.getfixturevalue(kind)
    lines = {"interest": Calibration(np.array([0.7, 1.2]), np.array([0.3, -0.1]))}
    lines["churn"] = Calibration(np.array([0.9]), np.array([-0.4]))
    estimators = {
        name: model.calibrated(lines[name]) if name in lines else model for name, model in plain.items()
    }
    release, before = published(tmp_path / "new", estimators), published(tmp_path / "before", plain)
    together = release.predict(X.to_numpy())
    assert together.interest is not None
    assert together.churn is not None
    np.testing.assert_allclose(together.interest, estimators["interest"].predict_proba(X), rtol=1e-12)
    np.testing.assert_allclose(together.churn, estimators["churn"].predict_proba(X)["churned"], rtol=1e-12)
    uncalibrated = before.predict(X.to_numpy()).interest
    assert uncalibrated is not None
    assert np.abs(together.interest - uncalibrated).max() > 0.01
    alone = [release.predict(row[None]) for row in X.to_numpy()]
    found = np.concatenate([one.interest for one in alone if one.interest is not None])
    np.testing.assert_allclose(found, together.interest, rtol=0 if kind == "boosted" else 1e-12)


def test_the_parts_of_a_margin_are_those_before_calibration(tmp_path: Path, boosted: Estimators) -> None:
    line = Calibration(np.array([0.7, 1.2]), np.array([0.3, -0.1]))
    release = published(tmp_path, {"interest": boosted["interest"].calibrated(line)})
    assert release.interest is not None
    rows = X.to_numpy()[:20]
    parts = release.interest.contributions(rows, 1)
    found = line.apply(np.column_stack([sigmoid(parts.margin)] * 2))[:, 1]
    np.testing.assert_allclose(found, release.interest.predict(rows)[:, 1], rtol=1e-6)
