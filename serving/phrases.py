"""Why an answer leaves something out, in both languages."""

from dataclasses import dataclass

from core.errors import FieldError, NotFoundError
from core.language import Text
from models.release_manifest import Names, RefusalEntry, ReleaseFacts


@dataclass(frozen=True)
class Reason:
    """A stable code for programs and a text for people."""

    code: str
    text: Text | Names

    def as_json(self) -> dict[str, str]:
        """The code and the text in each language."""
        if isinstance(self.text, Names):
            return {"code": self.code, "en": self.text.en, "zh": self.text.zh}
        return {"code": self.code, "en": self.text.render("en"), "zh": self.text.render("zh")}


INACTIVE = Reason(
    "inactive",
    Text("No order in the last 56 days: churn is only predicted for customers who were active in them"),
)
NO_HISTORY = Reason("no_history", Text("No events are known of this customer"))
NO_MODEL = Reason("no_model", Text("No churn model has been promoted"))


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
