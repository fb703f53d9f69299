"""What is reason to train anew, what is none, and when the same reasons rest."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from core.language import Text
from core.settings import Settings
from features.spec import KERNEL_VERSION, FeatureSpec
from models.needs import DECISIONS
from models.registry import Registry
from models.versions import ModelVersion
from monitoring.retrainings import Kept
from review.consensus import ReviewLabel
from tags.certificates import Certificate
from tags.taxonomy import parse_taxonomy
from tests.certificates import COFFEE
from training.cutoffs import Calendar, plan_cutoffs
from training.given import Given
from training.loop.champion import Champion
from training.loop.reasons import Known, Reason, is_out_of_date, reasons_to_retrain, rests_until

BEGINS = datetime(2023, 1, 1, tzinfo=UTC)
LEARNED = datetime(2023, 11, 1, tzinfo=UTC)
NOW = datetime(2023, 11, 9, tzinfo=UTC)
TAXONOMY = parse_taxonomy(
    {
        "tags": [
            {
                "key": "coffee",
                "name": {"en": "Coffee", "zh": "咖啡"},
                "definition": {"en": "Coffee", "zh": "咖啡"},
                "outcome": {"type": "purchase", "categories": ["咖啡豆"]},
            },
            {
                "key": "gourmet",
                "name": {"en": "Gourmet", "zh": "美食家"},
                "definition": {"en": "Gourmet", "zh": "美食家"},
                "outcome": {"type": "reviewed"},
            },
        ]
    }
)


def champion(*certificates: Certificate, **tags: str) -> Champion:
    told = {"until": LEARNED.isoformat(), "labels_until": LEARNED.isoformat(), **tags}
    versions = {part: ModelVersion(part, 1, "run", told) for part in ("interest", "churn", "reviewed")}
    facts: Any = SimpleNamespace(
        tags=(SimpleNamespace(key="coffee"), SimpleNamespace(key="gourmet")),
        refusals=(),
        feature_spec={},
        feature_columns=(),
    )
    registry = Registry("sqlite://", Path("nowhere"))
    return Champion(registry, versions, facts, {one.tag: one for one in certificates})


def given(settings: Settings, until: datetime) -> Given:
    plan = plan_cutoffs(until, Calendar(ZoneInfo("UTC"), 30, BEGINS))
    source: Any = SimpleNamespace(spec=FeatureSpec())
    return Given(settings, cast("Any", None), TAXONOMY, source, plan)


@pytest.fixture
def known(tmp_path: Path) -> Known:
    """A champion of eight days ago, nothing new since."""
    settings = Settings(home=tmp_path)
    return Known(settings, given(settings, NOW), champion(), (), None, NOW)


def codes(known: Known, *, force: bool = False) -> list[str]:
    return [one.code for one in reasons_to_retrain(known, force=force)]


def later(known: Known, days: int) -> Known:
    """The same, so many days on, with data until then."""
    now = known.now + timedelta(days=days)
    return replace(known, now=now, given=given(known.settings, now))


def certificate(**more: Any) -> Certificate:
    own = {"model": "interest/1", "certified_on": LEARNED, "expires_at": LEARNED + timedelta(days=60)}
    return replace(COFFEE, **{**own, **more})


def labels(count: int, at: datetime, tag: str = "gourmet") -> tuple[ReviewLabel, ...]:
    return tuple(
        ReviewLabel(
            f"c{number}", tag, number % 2 == 0, at, at, 1.0, ("reviewer",), is_disputed=False, source="review"
        )
        for number in range(count)
    )


def test_a_champion_of_last_week_gives_no_reason(known: Known) -> None:
    assert codes(known) == []


def test_asking_by_hand_is_reason_enough(known: Known) -> None:
    assert codes(known, force=True) == ["forced"]


def test_a_home_without_models_has_to_be_trained(known: Known) -> None:
    assert codes(replace(known, champion=replace_versions(known.champion))) == ["never_trained"]


def replace_versions(old: Champion) -> Champion:
    return Champion(old.registry, {}, None, {})


def test_cutoffs_whose_outcomes_became_known_are_a_reason_from_the_limit_on(known: Known) -> None:
    month_later = later(known, 30)
    found = reasons_to_retrain(month_later)
    assert [one.code for one in found] == ["outcomes"]
    assert "1 cutoffs have become known since the models learned from 7" in str(found[0].text)
    fewer = month_later.settings.model_copy(update={"retrain_new_outcomes": 0.2})
    assert codes(replace(month_later, settings=fewer)) == []


def test_outcomes_that_the_clock_has_not_reached_are_no_reason(known: Known) -> None:
    assert codes(replace(known, now=NOW + timedelta(days=30))) == []


def test_decisions_since_the_training_are_a_reason_from_the_limit_on(known: Known) -> None:
    limit = known.settings.retrain_new_decisions
    assert codes(replace(known, labels=labels(limit, NOW))) == ["decisions"]
    assert codes(replace(known, labels=labels(limit - 1, NOW))) == []
    assert codes(replace(known, labels=labels(limit, LEARNED - timedelta(days=1)))) == []


def test_a_reviewed_tag_that_can_be_learned_for_the_first_time_is_a_reason(known: Known) -> None:
    versions = {part: one for part, one in known.champion.versions.items() if part != "reviewed"}
    facts: Any = SimpleNamespace(
        tags=(SimpleNamespace(key="coffee"),), refusals=(), feature_spec={}, feature_columns=()
    )
    without = Champion(known.champion.registry, versions, facts, {})
    enough = replace(known, champion=without, labels=labels(2 * int(DECISIONS.least), LEARNED))
    assert codes(enough) == ["decisions"]
    assert codes(replace(enough, labels=labels(2 * int(DECISIONS.least) - 2, LEARNED))) == []


def test_certificates_that_expired_or_were_suspended_are_reasons(known: Known) -> None:
    good = certificate()
    assert codes(replace(known, champion=champion(good))) == []
    suspended = replace(good, suspended_at=NOW, suspended_because="broken_promise")
    found = reasons_to_retrain(replace(known, champion=champion(suspended)))
    assert [one.code for one in found] == ["suspended"]
    assert is_out_of_date(found)
    assert codes(replace(known, champion=champion(replace(suspended, expires_at=NOW)))) == ["expired"]


@pytest.mark.parametrize(("days", "told"), [(-1, ["expired"]), (7, ["expired"]), (8, [])])
def test_certificates_are_renewed_before_they_end(known: Known, days: int, told: list[str]) -> None:
    found = reasons_to_retrain(
        replace(known, champion=champion(replace(certificate(), expires_at=NOW + timedelta(days=days))))
    )
    assert [one.code for one in found] == told
    assert not is_out_of_date(found)


def test_a_certificate_of_a_tag_that_left_the_taxonomy_is_no_reason(known: Known) -> None:
    gone = replace(certificate(), tag="gone", expires_at=NOW)
    assert codes(replace(known, champion=champion(gone))) == []


def test_a_verdict_of_monitoring_is_a_reason_and_makes_the_champion_out_of_date(known: Known) -> None:
    found = reasons_to_retrain(replace(known, drift=Text("Coffee")))
    assert [one.code for one in found] == ["drift"]
    assert is_out_of_date(found)


def test_a_champion_is_out_of_date_after_so_many_days_if_there_is_something_newer(known: Known) -> None:
    old = later(known, known.settings.retrain_after_days - 8)
    assert "age" in codes(old)
    assert "age" not in codes(later(known, known.settings.retrain_after_days - 9))
    assert "age" not in codes(replace(old, given=given(known.settings, LEARNED)))


def test_features_that_are_computed_differently_are_a_reason(known: Known) -> None:
    old: Any = known.champion.facts
    for changed in (
        {"feature_spec": {"kernel_version": KERNEL_VERSION + 1}},
        {"feature_columns": ("purchases_84d__gone",)},
    ):
        facts: Any = SimpleNamespace(**{**vars(old), **changed})
        found = replace(known, champion=replace(known.champion, facts=facts))
        assert codes(found) == ["features"]


def test_a_tag_that_the_training_knew_nothing_of_is_a_reason(known: Known) -> None:
    facts: Any = SimpleNamespace(
        tags=(SimpleNamespace(key="gourmet"),), refusals=(), feature_spec={}, feature_columns=()
    )
    found = replace(known, champion=Champion(known.champion.registry, known.champion.versions, facts, {}))
    assert codes(found) == ["tags"]
    told: Any = SimpleNamespace(
        tags=facts.tags, refusals=(SimpleNamespace(tag="coffee"),), feature_spec={}, feature_columns=()
    )
    refused = Champion(known.champion.registry, known.champion.versions, told, {})
    assert codes(replace(known, champion=refused)) == []


def kept(
    at: datetime, happened: str = "kept", kind: str = "retrain", reasons: Sequence[str] = ("age",)
) -> Kept:
    said = {"reasons": [{"code": code} for code in reasons]}
    return Kept(1, kind, at, None, at, happened, said, {}, {}, None, None, None)


def reason(code: Any) -> Reason:
    return Reason(code, Text("Coffee"))


@pytest.mark.parametrize("happened", ["kept", "refused"])
def test_reasons_that_led_to_nothing_rest_for_the_days_of_the_settings(known: Known, happened: str) -> None:
    days = known.settings.retrain_again_days
    ended = NOW + timedelta(days=days)
    again = [reason("age")]
    assert rests_until(again, [kept(NOW, happened)], known.settings, NOW) == ended
    assert rests_until(again, [kept(NOW, happened)], known.settings, ended) is None


def test_a_new_reason_a_promotion_or_a_wish_ends_the_rest(known: Known) -> None:
    before = [kept(NOW)]
    assert rests_until([reason("age"), reason("drift")], before, known.settings, NOW) is None
    assert rests_until([reason("age"), reason("forced")], before, known.settings, NOW) is None
    assert rests_until([reason("age")], [kept(NOW, "promoted")], known.settings, NOW) is None
    assert rests_until([reason("age")], [kept(NOW, "died")], known.settings, NOW) is None


def test_after_a_rollback_every_reason_rests_so_that_the_loop_does_not_undo_it(known: Known) -> None:
    taken_back = kept(NOW, "promoted", kind="rollback", reasons=())
    assert rests_until([reason("drift")], [taken_back], known.settings, NOW) is not None


def test_a_row_from_after_the_clock_is_not_looked_at(known: Known) -> None:
    assert rests_until([reason("age")], [kept(NOW + timedelta(days=1))], known.settings, NOW) is None
