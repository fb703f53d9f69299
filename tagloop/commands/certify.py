"""`tagloop certify`: certify the tags of the models that serve again, or tell how many labels are missing."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from core.errors import NotReadyError
from core.language import Text
from models.aliases import served_versions
from serving.phrases import more_labels, no_guarantee
from tagloop.console import Terminal
from tagloop.session import NOW, Session, open_session
from tags.certificates import Certificate, model_name, read_certificates
from training.recertify import recertify


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command(
        "certify",
        help=terminal.say("Certify the tags of the models that serve again, with what is known by now"),
    )
    def command(
        until: Annotated[
            str, typer.Option(help=terminal.say("Use only what was known then; `now` is today 00:00"))
        ] = NOW,
        plan: Annotated[  # noqa: FBT002 (typer)
            bool,
            typer.Option(
                "--plan", help=terminal.say("Only tell how many more labels would certify each tag")
            ),
        ] = False,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session:
            instant, now = session.instant(until, field="--until"), session.clock.now()
            certificates = _known(session) if plan else _certify(session, instant, terminal)
        if json:
            terminal.json([as_json(one, now) for one in certificates])
        elif plan:
            _show_plan(certificates, now, terminal)
        else:
            show(certificates, now, terminal)


def show(certificates: Sequence[Certificate], now: datetime, terminal: Terminal) -> None:
    """Print what is promised of each tag, certified ones first."""
    ordered = sorted(certificates, key=lambda one: (one.why_not(now) is not None, one.tag))
    rows = [
        (
            one.tag,
            _share(one.threshold),
            f"{one.target:.0%}",
            _share(_precision(one)),
            _share(one.precision_low),
            one.n,
            _share(one.coverage) if one.threshold is not None else "",
            _remark(one, now, terminal),
        )
        for one in ordered
    ]
    names = ["tag", "applied from", "target", "precision", "at least", "labels", "coverage", "remark"]
    terminal.table("What is promised of each tag", names, rows)
    certified = [one for one in ordered if one.why_not(now) is None]
    terminal.line("{certified} of {count} tags are certified", certified=len(certified), count=len(ordered))
    if certified:
        terminal.line(
            "Their certificates hold until {until}", until=min(one.expires_at for one in certified).date()
        )


def as_json(certificate: Certificate, now: datetime) -> dict[str, Any]:
    """A certificate for a program."""
    code = certificate.why_not(now)
    because = no_guarantee(code, certificate).as_json() if code else None
    instants = {
        name: value.astimezone(UTC).isoformat()
        for name, value in vars(certificate).items()
        if isinstance(value, datetime)
    }
    return {**vars(certificate), **instants, "precision": _precision(certificate), "no_guarantee": because}


def _certify(session: Session, until: datetime, terminal: Terminal) -> Sequence[Certificate]:
    with terminal.steps() as steps:

        def step(text: Text) -> None:
            terminal.err.print(f"  {text.render(terminal.language)}", style="dim", highlight=False)

        return recertify(
            session.settings,
            session.store,
            session.taxonomy,
            until=until,
            step=step,
            progress=lambda done, total: steps.at("Features", done, total),
        )


def _known(session: Session) -> Sequence[Certificate]:
    """What the store has of the versions that serve."""
    versions = served_versions(session.settings.releases_path)
    with session.store.read() as connection:
        found = read_certificates(connection, [model_name(*version) for version in versions.items()])
    if not found:
        raise NotReadyError("Nothing was certified yet of the models that serve: run `tagloop certify`")
    return list(found.values())


def _show_plan(certificates: Sequence[Certificate], now: datetime, terminal: Terminal) -> None:
    ordered = sorted(certificates, key=lambda one: (one.more_labels is None, one.more_labels or 0, one.tag))
    rows = [
        (
            one.tag,
            f"{one.target:.0%}",
            one.n,
            _share(_precision(one)),
            "" if one.more_labels is None else one.more_labels,
            more_labels(one).as_json()[terminal.language] if one.more_labels else _remark(one, now, terminal),
        )
        for one in ordered
    ]
    names = ["tag", "target", "labels", "precision", "more labels", "remark"]
    terminal.table("What would certify each tag", names, rows)
    terminal.note(
        "Labels are outcomes of customers above the threshold: of a tag that the events tell they resolve by "
        "themselves with time, of a reviewed tag people give them"
    )


def _precision(certificate: Certificate) -> float | None:
    return certificate.correct / certificate.n if certificate.n else None


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _remark(certificate: Certificate, now: datetime, terminal: Terminal) -> str:
    code = certificate.why_not(now)
    return no_guarantee(code, certificate).as_json()[terminal.language] if code else ""
