"""Tags that only reviewers know are certified by the random audit alone, by models that never saw its customers."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import insert

from core.storage import Store
from features.build import build
from features.source import open_source
from models.metrics import auc
from review.decisions import Decision, record
from review.tables import Task
from tags.taxonomy import load_taxonomy
from tests.conftest import Shop
from training.audit_evidence import AuditEvidence
from training.certify import NOT_AUDITED, certify_audited
from training.reviewed import audit_of, train_reviewed

AT = datetime(2024, 2, 20, tzinfo=UTC)
UNTIL = datetime(2024, 2, 29, 16, tzinfo=UTC)
TAG = "gourmet"
MINUTE = timedelta(minutes=1)


class Desk:
    """A copy of the shop where people decided some that were drawn and some that were chosen."""

    def __init__(self, shop: Shop, store: Store) -> None:
        self.settings = shop.settings()
        self.store = store
        self.taxonomy = load_taxonomy(shop.taxonomy)
        self.source = open_source(self.settings, store, self.taxonomy.groups)
        self.frame = build(self.source, AT)

    def say(
        self,
        names: Iterable[str],
        fits: "pd.Series[bool]",
        *,
        stream: str,
        at: datetime = AT,
        chance: float = 0.25,
    ) -> None:
        tag = self.taxonomy[TAG]
        with self.store.write() as connection:
            for name in names:
                task = {
                    "task_id": f"{stream}-{name}",
                    "draw_id": "d",
                    "customer_id": name,
                    "tag": TAG,
                    "stream": stream,
                    "probability": chance if stream == "audit" else None,
                    "score": 0.0,
                    "place": 0,
                    "is_blind": False,
                    "wanted": 1,
                    "confidence": 0.5,
                    "decision": "review",
                    "model": "reviewed/1",
                    "as_of": at,
                    "made_at": at,
                    "closed_at": at,
                    "closed_because": "decided",
                }
                connection.execute(insert(Task), [task])
                source = "audit" if stream == "audit" else "review"
                said = Decision(f"{stream}-{name}", name, TAG, bool(fits[name]), "lin", at, source=source)
                record(connection, said, tag, now=at + MINUTE, zone=self.settings.zone)

    def names(self, start: int, step: int = 3) -> list[str]:
        return list(self.frame.index[start::step])


@pytest.fixture
def desk(loaded_shop: Shop, copy_of: Callable[[Shop], Shop], open_shop: Callable[[Shop], Store]) -> Desk:
    shop = copy_of(loaded_shop)
    return Desk(shop, open_shop(shop))


def truth_of(evidence: AuditEvidence | None) -> tuple[pd.DataFrame, float]:
    assert evidence is not None
    rows = evidence.of(TAG)
    return rows, auc(rows["truth"].to_numpy(), rows["probability"].to_numpy())


def test_only_what_was_drawn_at_random_is_evidence(desk: Desk) -> None:
    likes = desk.frame["basket_rate_ever__wine"] > 0.1
    desk.say(desk.names(0), likes, stream="informative")
    desk.say(desk.names(1), likes, stream="audit")
    found = train_reviewed(desk.taxonomy, desk.source, desk.store, UNTIL)
    rows, area = truth_of(found.audit)
    assert set(rows["customer_id"]) == set(desk.names(1))
    assert set(rows["chance"]) == {0.25}
    assert rows.set_index("customer_id")["truth"].astype(bool).to_dict() == likes[desk.names(1)].to_dict()
    assert area > 0.8
    assert set(found.rows.Y.index.get_level_values("customer_id")) == {*desk.names(0), *desk.names(1)}  # type: ignore[union-attr]


def test_no_model_is_measured_on_customers_whose_labels_it_saw(desk: Desk) -> None:
    coin = pd.Series(np.random.default_rng(1).random(len(desk.frame)) < 0.5, index=desk.frame.index)
    desk.say(desk.names(1, 2), coin, stream="audit")
    found = train_reviewed(desk.taxonomy, desk.source, desk.store, UNTIL)
    rows, area = truth_of(found.audit)
    assert found.model is not None
    seen = found.model.predict_proba(desk.frame)[TAG]
    in_sample = auc(rows["truth"].to_numpy(), seen[rows["customer_id"]].to_numpy())
    assert in_sample > 0.65
    assert 0.3 < area < 0.65


def test_a_model_that_serves_is_measured_on_what_came_later_by_itself(desk: Desk) -> None:
    likes = desk.frame["basket_rate_ever__wine"] > 0.1
    desk.say(desk.names(0), likes, stream="audit")
    trained = AT + timedelta(hours=1)
    first = train_reviewed(desk.taxonomy, desk.source, desk.store, trained)
    assert first.model is not None
    desk.say(desk.names(1), likes, stream="audit", at=AT + timedelta(days=2))
    later = audit_of(first.model, trained, desk.source, desk.store, UNTIL)
    rows = later.of(TAG).set_index("customer_id")
    assert set(rows.index) == {*desk.names(0), *desk.names(1)}
    now = build(desk.source, AT + timedelta(days=2))
    own = first.model.predict_proba(now.loc[desk.names(1)])[TAG]
    assert rows["probability"][desk.names(1)].to_numpy() == pytest.approx(own.to_numpy())
    seen = first.model.predict_proba(desk.frame.loc[desk.names(0)])[TAG]
    assert not np.allclose(rows["probability"][desk.names(0)].to_numpy(), seen.to_numpy())


def evidence_of(n: int, precision: float, chance: float = 0.1) -> AuditEvidence:
    truth = np.arange(n) >= round(n * (1 - precision))
    return AuditEvidence(
        pd.DataFrame(
            {
                "tag": TAG,
                "customer_id": [f"c{number}" for number in range(n)],
                "as_of": AT,
                "truth": truth.astype(float),
                "chance": chance,
                "probability": 0.9,
            }
        )
    )


def test_enough_of_an_audit_certifies_too_little_says_how_much_more_and_none_that_there_is_none(
    desk: Desk,
) -> None:
    tags = [desk.taxonomy[TAG]]
    enough = certify_audited(evidence_of(120, 0.93), tags)[TAG]
    assert (enough.threshold, enough.n, enough.customers) == (0.9, 120, 120)
    few = certify_audited(evidence_of(20, 0.9), tags)[TAG]
    assert few.threshold is None
    assert few.more_labels is not None
    assert 5 < few.more_labels < 100
    assert certify_audited(None, tags)[TAG].reason == NOT_AUDITED
    assert certify_audited(AuditEvidence(evidence_of(0, 1.0).rows), tags)[TAG].reason == NOT_AUDITED
