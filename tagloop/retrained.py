"""A retraining in the terminal: was there reason, what was compared, what was decided and why, what got worse."""

from collections.abc import Sequence

from core.settings import Settings
from models.registry import Registry
from tagloop.console import Terminal
from training.loop.compare import Figures, PartComparison, TagFigures
from training.loop.recertified import Promise
from training.loop.retrained import Comparison, Retrained
from training.loop.rulings import Ruling

METRICS = {"macro_ap": "macro average precision", "auc": "AUC", "audit_ap": "average precision, audit"}
WORST = 5
"""Tags that are named even where none got worse for certain: a person wants to see how far off the worst are."""


def show(found: Retrained, settings: Settings, terminal: Terminal) -> None:
    """Print it, the outcome last, where it is read first."""
    _reasons(found, settings, terminal)
    if found.comparison is not None:
        _parts(found, found.comparison, terminal)
        _tags(found.comparison, settings, terminal)
        _promises(found.comparison.promises, terminal)
        for ruling in found.comparison.rulings:
            _ruling(ruling, terminal)
    if found.refused is not None:
        terminal.mark(found.refused.render(terminal.language), good=False)
    _outcome(found, terminal)
    if found.run_id is not None:
        registry = Registry(settings.tracking_uri, settings.artifacts_path)
        terminal.note(
            "MLflow run {run} of the experiment retrain holds all of it: {command}",
            run=found.run_id,
            command=registry.ui_command,
        )


def _reasons(found: Retrained, settings: Settings, terminal: Terminal) -> None:
    if found.outcomes:
        terminal.line("{count} words of the models have turned out true or false", count=found.outcomes)
    for reason in found.reasons:
        terminal.line("Reason: {reason}", reason=reason.text.render(terminal.language))
    if found.rests_until is not None:
        terminal.line(
            "This led to nothing of late, so it rests until {day}; --force tries all the same",
            day=found.rests_until.astimezone(settings.zone).date(),
        )


def _parts(found: Retrained, comparison: Comparison, terminal: Terminal) -> None:
    """One row a model."""
    rows = [_row(found, one, comparison.part(one.part), terminal) for one in comparison.rulings]
    names = [
        "part",
        "champion",
        "challenger",
        "metric",
        "champion's",
        "challenger's",
        "difference, 95%",
        "customers",
    ]
    terminal.table("Champion and challenger on the same later data", names, rows)
    cutoffs = list(dict.fromkeys(name for one in comparison.parts for name in one.cutoffs))
    if cutoffs:
        terminal.line("Compared at {cutoffs}: after both had learned", cutoffs=", ".join(cutoffs))


def _row(
    found: Retrained, ruling: Ruling, part: PartComparison | None, terminal: Terminal
) -> tuple[object, ...]:
    champion = found.champion.get(ruling.part)
    challenger = (found.challenger or {}).get(ruling.part)
    versions = ("-" if champion is None else f"v{champion}", "-" if challenger is None else f"v{challenger}")
    if part is None:
        return (ruling.part, *versions, "", "", "", "", "")
    figures = part.figures
    return (
        ruling.part,
        *versions,
        terminal.say(METRICS[part.metric]),
        figures.champion,
        figures.challenger,
        _ahead(figures),
        part.customers,
    )


def _ahead(figures: Figures) -> str:
    return f"{figures.difference:+.4f} ({figures.low:+.4f} {figures.high:+.4f})"


def _tags(comparison: Comparison, settings: Settings, terminal: Terminal) -> None:
    """The tags that got worse, the worst first."""
    worse = sorted(
        (tag for part in comparison.parts for tag in part.tags if tag.figures.difference < 0),
        key=lambda tag: tag.figures.difference,
    )
    if not worse:
        return
    rows = [
        (
            tag.tag,
            tag.positives,
            tag.figures.champion,
            tag.figures.challenger,
            _ahead(tag.figures),
            terminal.say(_remark(tag, settings)),
        )
        for tag in worse[: max(WORST, sum(tag.is_worse(settings.promote_tag_loss) for tag in worse))]
    ]
    names = ["tag", "outcomes", "champion's", "challenger's", "difference, 95%", "remark"]
    terminal.table("Tags with a lower average precision", names, rows)
    if len(worse) > len(rows):
        terminal.line("and {count} more, by less", count=len(worse) - len(rows))


def _remark(tag: TagFigures, settings: Settings) -> str:
    if not tag.tells:
        return "too few outcomes to tell"
    if tag.is_worse(settings.promote_tag_loss):
        return "worse for certain, by more than is allowed"
    return "worse for certain, by less than is allowed" if tag.figures.high < 0 else "may be chance"


def _promises(promises: Sequence[Promise], terminal: Terminal) -> None:
    """What changes for the tags that are applied without a person."""
    lost = [one for one in promises if one.lost]
    for one in lost:
        terminal.mark(
            terminal.say(
                "{tag}: the challenger could not promise its precision ({reason}), the champion could, for {share} of "
                "those whom it fits",
                tag=one.tag,
                reason=one.challenger.reason if one.challenger else "-",
                share=f"{one.lost:.0%}",
            ),
            good=False,
        )
    if gained := [one.tag for one in promises if one.is_gained]:
        terminal.mark(
            terminal.say("Promises that the challenger could give anew: {tags}", tags=", ".join(gained)),
            good=True,
        )


def _ruling(ruling: Ruling, terminal: Terminal) -> None:
    message = (
        "{part}: the challenger takes over: {because}" if ruling.takes_over else "{part}: stays: {because}"
    )
    because = ruling.because.render(terminal.language)
    terminal.mark(terminal.say(message, part=ruling.part, because=because), good=ruling.takes_over)


def _outcome(found: Retrained, terminal: Terminal) -> None:
    if found.happened == "no_reason" and not found.reasons:
        terminal.line("Nothing calls for a retraining")
    if found.happened == "promoted" and found.comparison is not None:
        terminal.line(
            "Promoted: {parts} (release {release}); `tagloop rollback` brings the former back",
            parts=_versions(found, found.comparison.takes_over),
            release=found.release_id,
        )
    if found.happened in {"kept", "refused"}:
        terminal.line("Nothing was promoted; what served goes on serving")
    if found.happened == "dry_run":
        would = found.comparison.takes_over if found.comparison and not found.refused else ()
        terminal.line("It would promote: {parts}. Nothing was changed", parts=", ".join(would) or "-")


def _versions(found: Retrained, parts: Sequence[str]) -> str:
    return ", ".join(f"{part} v{(found.challenger or {}).get(part, '-')}" for part in parts)
