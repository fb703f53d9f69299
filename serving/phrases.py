"""Why an answer leaves something out, in both languages."""

from dataclasses import dataclass

from core.language import Text


@dataclass(frozen=True)
class Reason:
    """A stable code for programs and a text for people."""

    code: str
    text: Text

    def as_json(self) -> dict[str, str]:
        """The code and the text in each language."""
        return {"code": self.code, "en": self.text.render("en"), "zh": self.text.render("zh")}


INACTIVE = Reason(
    "inactive",
    Text("No order in the last 56 days: churn is only predicted for customers who were active in them"),
)
NO_HISTORY = Reason("no_history", Text("No events are known of this customer"))
NO_MODEL = Reason("no_model", Text("No churn model has been promoted"))
