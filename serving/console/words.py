"""Every text of the console's pages, by the name under which templates and scripts ask for it."""

from collections.abc import Mapping
from types import MappingProxyType

from core.language import Language, Text

WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "review": Text("Review"),
        "tags": Text("Tags"),
        "segments": Text("Segments"),
        "models": Text("Models"),
        "reviewers": Text("Reviewers"),
        "tag": Text("Tag"),
        "kind": Text("Kind"),
        "given_by": Text("Given by"),
        "promise": Text("Promise"),
        "status": Text("Status"),
        "promised": Text(
            "fits {share} of the customers it is applied to, certain to {confidence}, until {day}"
        ),
        "rule": Text("a rule"),
        "trigger": Text("a trigger"),
        "import": Text("imports"),
        "manual": Text("people"),
        "model": Text("a model"),
        "attribute": Text("attribute"),
        "behaviour": Text("behaviour"),
        "interest": Text("interest"),
        "value": Text("value"),
        "lifecycle": Text("lifecycle"),
        "loyalty": Text("loyalty"),
        "channel": Text("channel"),
        "custom": Text("custom"),
        "draft": Text("draft"),
        "pilot": Text("pilot"),
        "active": Text("active"),
        "of_active": Text("{share} of active customers"),
        "stability": Text("Stability over resampled customers (adjusted Rand index): {value}"),
        "card": Text("Card"),
        "version": Text("Version"),
        "part": Text("Part"),
        "learned_until": Text("Learned until"),
        "not_learned": Text("What could not be learned"),
        "no_models": Text("No model has been promoted yet: run `tagloop train`"),
        "sign_in": Text("Sign in"),
        "sign_out": Text("Sign out"),
        "key": Text("Your key"),
        "key_hint": Text(
            "`tagloop keys create NAME --scope review` makes one; NAME is how colleagues see you"
        ),
        "key_wrong": Text("This key is not valid, or may not review"),
        "theme": Text("Theme"),
        "accept": Text("Fits"),
        "reject": Text("Does not fit"),
        "skip": Text("Skip"),
        "undo": Text("Undo"),
        "help": Text("Keys"),
        "close": Text("Close"),
        "space": Text("Space"),
        "backspace": Text("Backspace"),
        "unclear": Text("Definition is unclear"),
        "note": Text("Note"),
        "note_hint": Text("Why? Kept with your next decision. Esc leaves the field"),
        "customer": Text("Customer"),
        "today": Text("Today"),
        "left": Text("Left"),
        "certified": Text("certified"),
        "labels_left": Text("{count} more to certify"),
        "target": Text("has to fit {share} of the customers it is given to"),
        "confidence": Text("Confidence"),
        "reasons": Text("What the model goes by"),
        "blind": Text("Decide without the model's opinion: it is shown afterwards"),
        "said_after": Text("The model said {share}"),
        "figures": Text("Key figures"),
        "attributes": Text("Known facts"),
        "timeline": Text("The last half year"),
        "of_tag": Text("with goods of this tag"),
        "other_orders": Text("other orders"),
        "other_events": Text("other events"),
        "no_events": Text("No events in the last half year"),
        "timeline_told": Text("{orders} orders on {days} days, goods of this tag on {of_tag} days"),
        "empty": Text("Nothing left to review. New tasks are chosen each day; come back tomorrow"),
        "loading": Text("Getting the next tasks"),
        "offline": Text(
            "No connection: {count} decisions are kept in this browser and sent as soon as it is back"
        ),
        "all_sent": Text("All decisions are kept"),
        "refused": Text("A decision was not taken: {problem}"),
        "held": Text(
            "These decisions were quicker than reading: they count when somebody has looked at them"
        ),
        "second": Text("Somebody else had decided this as well: both answers are kept"),
        "signed_out": Text(
            "You were signed out. Sign in again: your {count} decisions are kept in this browser"
        ),
        "undone": Text("Taken back"),
        "nothing_to_undo": Text("There is nothing to take back"),
        "next_task": Text("Next: {tag}, customer {customer}"),
        "as_of": Text("As of {day}"),
        "reviewer": Text("Reviewer"),
        "in_all": Text("In all"),
        "skipped": Text("Skipped"),
        "median_seconds": Text("Median seconds"),
        "with_others": Text("Agrees with others"),
        "with_self": Text("Agrees with themselves"),
        "held_count": Text("Held"),
        "nobody_yet": Text("Nobody has decided anything yet"),
        "of_pairs": Text("{share} of {pairs}"),
    }
)


def words(language: Language) -> dict[str, str]:
    """The texts in a language, with their `{names}` left in."""
    return {name: text.render(language) for name, text in WORDS.items()}
