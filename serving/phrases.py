"""Why an answer leaves something out, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.errors import FieldError, NotFoundError
from core.language import Text
from models.release_manifest import Names, RefusalEntry, ReleaseFacts
from tags.certificates import Certificate


@dataclass(frozen=True)
class Reason:
    """A stable code for programs and a text for people."""

    code: str
    text: Text | Names

    def as_json(self) -> dict[str, str]:
        """The code and the text in each language."""
        if isinstance(self.text, Names):
            return {"code": self.code, "en": self.text.en, "zh": self.text.zh}
        return {"code": self.code, **self.text.in_each()}


INACTIVE = Reason(
    "inactive",
    Text("No order in the last 56 days: churn is only predicted for customers who were active in them"),
)
NO_HISTORY = Reason("no_history", Text("No events are known of this customer"))
NO_MODEL = Reason("no_model", Text("No churn model has been promoted"))

DECIDED = Reason("decided", Text("A person decided; promises are about what is applied without one"))
NOT_PREDICTED = Reason("not_predicted", Text("The models that serve now do not know the tag"))

_WHY_NOT: Mapping[str, Text] = MappingProxyType(
    {
        "no_certificate": Text(
            "No certificate of this tag is known for the model that serves: run `tagloop certify`"
        ),
        "no_labels": Text("No outcome of this tag is known yet"),
        "short_history": Text(
            "Outcomes of too few cutoffs are known: one month says nothing of how the next may differ"
        ),
        "too_few_positives": Text("Too few customers had this tag's outcome to be sure of anything"),
        "too_few_labels": Text(
            "Too few outcomes above any threshold are known to be sure that the target is kept"
        ),
        "target_out_of_reach": Text(
            "At no threshold is the model far enough above the target to be sure of it"
        ),
        "not_audited": Text("Only reviewers know this tag, and no random audit of it was held yet"),
        "not_yet": Text("The certificate is about a later time than the clock tells"),
        "expired": Text("The certificate has expired: run `tagloop certify`"),
        "suspended": Text(
            "Monitoring suspended the certificate: the world is no longer the one that it was made in"
        ),
    }
)


def no_guarantee(code: str, certificate: Certificate | None = None) -> Reason:
    """Why nothing is promised of a tag; a suspended certificate names the cause in its code."""
    text = _WHY_NOT.get(code, _WHY_NOT["no_certificate"])
    cause = certificate.suspended_because if certificate and code == "suspended" else None
    return Reason(cause or code, text)


def more_labels(certificate: Certificate) -> Reason:
    """What the number of labels that are missing rests on."""
    precision = certificate.correct / certificate.n if certificate.n else 1.0
    if certificate.reason == "too_few_positives":
        return Reason("all_come_true", Text("if every one of them comes true"))
    return Reason(
        "precision_stays",
        Text(
            "if {share} of them come true, as of those above the threshold so far",
            {"share": f"{precision:.0%}"},
        ),
    )


def no_churn_model(facts: ReleaseFacts) -> Reason:
    """Why a release has no churn model: what its training refused, or that there never was one."""
    refusal = facts.refusal("churn")
    return refused(refusal) if refusal else NO_MODEL


def refused(refusal: RefusalEntry) -> Reason:
    """What a training said when it refused to learn something."""
    return Reason(refusal.code, refusal.said)


def no_such_customer(customer_id: str) -> NotFoundError:
    """The error that names a customer of whom nothing is known."""
    text = Text(
        "There is no customer {customer}; customers come with their first event",
        {"customer": repr(customer_id)},
    )
    return NotFoundError(
        text.message, fields=(FieldError("customer_id", text, "unknown_customer"),), **text.values
    )
