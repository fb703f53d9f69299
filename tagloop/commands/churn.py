"""`tagloop churn`: whom to win back first, and what sets them apart."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from core.errors import InvalidInputError
from core.language import Language
from serving.snapshot import load_snapshot
from serving.win_back.answers import at_risk
from serving.win_back.making import make
from tagloop.console import Terminal
from tagloop.session import Session, open_session

CUSTOMERS_SHOWN = 20
REASONS_A_CUSTOMER, REASONS_SHOWN = 3, 10
WIDTH_OF_FIGURES, LEAST_WIDTH = 56, 24  # in characters: of the other columns, and of a reason at least
PLOTS = (".svg", ".png")

Answer = dict[str, Any]


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the commands into the app."""
    churn = typer.Typer(help=terminal.say("Customers who may leave"), no_args_is_help=True)
    churn.callback()(lambda: None)  # with a single command Typer would otherwise drop its name
    app.add_typer(churn, name="churn")

    @churn.command(
        "list", help=terminal.say("List active customers at risk, those first whose leaving would cost most")
    )
    def list_(
        limit: Annotated[int, typer.Option(min=1, help=terminal.say("How many customers"))] = CUSTOMERS_SHOWN,
        min_risk: Annotated[
            float | None,
            typer.Option(
                min=0.0,
                max=1.0,
                help=terminal.say("The least risk, to the hundredth; above the lowest level if left out"),
            ),
        ] = None,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
        file: Annotated[
            Path | None, typer.Option("--csv", help=terminal.say("Write the customers to this file too"))
        ] = None,
        plot: Annotated[
            Path | None,
            typer.Option(help=terminal.say("Draw what sets them apart into this file: .svg or .png")),
        ] = None,
    ) -> None:
        check_files(file, plot)
        with open_session() as session:
            found = read(session, terminal, limit=limit, min_risk=min_risk)
        if file:
            write_csv(found, file, terminal.language)
        if plot:
            draw(found, plot, terminal.language)
        if json:
            terminal.json(found)
        else:
            show(found, terminal)


def check_files(file: Path | None, plot: Path | None) -> None:
    """Say nothing when the files can be written.

    Raises:
        InvalidInputError: A folder is not there, or the plot's suffix is unknown.
    """
    if plot and plot.suffix not in PLOTS:
        raise InvalidInputError("--plot: {file} must end in .svg or .png", file=plot)
    for wanted in (file, plot):
        if wanted and not wanted.absolute().parent.is_dir():
            raise InvalidInputError(
                "{file}: the folder {folder} does not exist", file=wanted, folder=wanted.absolute().parent
            )


def read(session: Session, terminal: Terminal, *, limit: int, min_risk: float | None) -> Answer:
    """The list with its reasons; made first where there is none of today."""
    snapshot = load_snapshot(session.settings, session.store, session.taxonomy)
    with terminal.steps() as steps:
        listed = make(
            session.settings,
            session.store,
            snapshot,
            session.clock.now(),
            lambda done, total: steps.at("Customers", done, total),
        )
    found = at_risk(
        session.settings, session.store, snapshot, listed, limit=limit, min_risk=min_risk, explain=True
    )
    return {**found, "as_of": found["as_of"].astimezone(session.settings.zone)}


def show(found: Answer, terminal: Terminal) -> None:
    """Print who is at risk, why, and what sets them apart."""
    terminal.line(
        "{at_risk} of {active} active customers leave with a probability of {min_risk} or more, as of {as_of}",
        at_risk=f"{found['at_risk']:,}",
        active=f"{found['active']:,}",
        min_risk=f"{found['min_risk']:.2f}",
        as_of=f"{found['as_of']:%Y-%m-%d %H:%M %Z}",
    )
    if found["ordered_by"] == "risk":
        terminal.line("The events tell no amounts: ordered by the risk alone")
    else:
        terminal.line(
            "Expected loss in 30 days: {loss} {currency}, the risk times what was paid in 84 days per 30",
            loss=f"{found['expected_loss']:,.0f}",
            currency=found["currency"],
        )
    if not found["customers"]:
        return
    language = terminal.language
    rows = [
        (
            number,
            one["customer_id"],
            f"{one['probability']:.2f}",
            one["risk"]["names"][language],
            *([f"{one['spend']:,.2f}", f"{one['expected_loss']:,.2f}"] if _has_amounts(found) else []),
            _cut(_main_reason(one["reasons"], language), terminal.out.width - WIDTH_OF_FIGURES),
        )
        for number, one in enumerate(found["customers"], 1)
    ]
    amounts = ["spend 30d", "expected loss"] if _has_amounts(found) else []
    terminal.table("Customers at risk", ["#", "customer id", "risk", "level", *amounts, "why"], rows)
    apart = [
        (
            one["names"][language],
            f"{one['at_risk']:+.2f}",
            f"{one['active']:+.2f}",
            f"{one['difference']:+.2f}",
            one["feature"],
            *(_figure(one[name]) for name in ("value_at_risk", "value_active")),
        )
        for one in found["apart"][:REASONS_SHOWN]
    ]
    terminal.table(
        "What sets them apart: mean contribution to the risk, in log odds",
        ["reason", "at risk", "all active", "difference", "feature", "mean at risk", "mean of all"],
        apart,
    )
    terminal.line("Reasons tell what the model goes by, not what causes customers to leave")


def write_csv(found: Answer, file: Path, language: Language) -> None:
    """Write one line a customer, with the reasons in that language."""
    names = [f"reason_{number}" for number in range(1, REASONS_A_CUSTOMER + 1)]
    with file.open("w", newline="", encoding="utf-8-sig") as target:  # the mark lets Excel read Chinese
        writer = csv.writer(target)
        writer.writerow(["place", "customer_id", "risk", "level", "spend_30d", "expected_loss", *names])
        for one in found["customers"]:
            reasons = [reason["sentence"][language] for reason in one["reasons"]]
            reasons += [""] * (REASONS_A_CUSTOMER - len(reasons))
            head = [one["place"], one["customer_id"], one["probability"], one["risk"]["key"]]
            writer.writerow([*head, one["spend"], one["expected_loss"], *reasons])


def draw(found: Answer, file: Path, language: Language) -> None:
    """Draw what sets those at risk apart."""
    from models.plot_style import shown_language  # noqa: PLC0415 (matplotlib takes a second to load)
    from models.plots_apart import Setting, apart_figure  # noqa: PLC0415 (as above)

    shown = shown_language(language)
    reasons = [Setting(one["names"][shown], one["at_risk"], one["active"]) for one in found["apart"]]
    apart_figure(reasons, least=found["min_risk"], language=shown).savefig(file, dpi=150)


def _has_amounts(found: Answer) -> bool:
    return bool(found["ordered_by"] == "expected_loss")


def _main_reason(reasons: Sequence[Answer], language: Language) -> str:
    """The strongest reason that raises the risk; what lowers it explains no place in this list."""
    raising = [one for one in reasons if one["direction"] == "raises"]
    if not raising:
        return ""
    sentence = raising[0]["sentence"][language]
    return str(sentence.partition("：" if language == "zh" else ": ")[2])


def _cut(text: str, width: int) -> str:
    """The text, short enough to leave the figures beside it their room."""
    cut = Text(text)
    cut.truncate(max(width, LEAST_WIDTH), overflow="ellipsis")
    return cut.plain


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}" if abs(value) >= 1 else f"{value:.2f}"
