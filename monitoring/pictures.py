"""The charts of what monitoring found, from its summary: for the console's page and for the report alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from core.language import Language, Text
from models.card.content import Named
from monitoring.charts import Level, Line, calibration_chart, course_chart
from monitoring.summary import latest

Found = Mapping[str, Any]


@dataclass(frozen=True)
class Picture:
    """A chart with its title and the figure beside it."""

    title: Text | Named
    figure: str
    chart: Markup


def overview(found: Found, language: Language = "en") -> list[Picture]:
    """Over the windows: how far features moved, who is asked of reviewers, events, and the risk of leaving."""
    ends = _ends(found)
    return [
        picture
        for picture in (
            _drift(found, ends, language),
            _review(found, ends, language),
            _volume(found, ends, language),
            _churn(found, ends, language),
        )
        if picture is not None
    ]


def by_tag(found: Found, names: Mapping[str, Named], language: Language = "en") -> list[Picture]:
    """Of every promised tag the estimated and the realised precision where it is applied, and its target."""
    ends, pictures = _ends(found), []
    last = found["windows"][-1]["course"]["tags"] if found["windows"] else {}
    for tag, now in last.items():
        if now["target"] is None:
            continue
        name = names.get(tag) or Named(tag, tag)
        estimated = latest(found, ("tags", tag, "estimated"))
        realised = latest(found, ("tags", tag, "realised"))
        if not any([*estimated, *realised]):
            continue  # it is applied to too few to tell
        told = Text(
            "{tag}: estimated and realised precision where it is applied, against {target}",
            {"tag": getattr(name, language), "target": f"{now['target']:.0%}"},
        )
        chart = course_chart(
            [
                Line(_nth(estimated, 0), _nth(estimated, 1), _nth(estimated, 2)),
                Line(_nth(realised, 0), kind="other", is_dots=True),
            ],
            ends=ends,
            told=told.render(language),
            levels=[Level(now["target"], "target")],
            span=(_floor([*_nth(estimated, 1), *_nth(realised, 0), now["target"]]), 1.0),
        )
        value = next((one for one in reversed(_nth(estimated, 0)) if one is not None), None)
        pictures.append(Picture(name, "" if value is None else f"{value:.0%}", chart))
    return pictures


def calibration(found: Found, language: Language = "en") -> Picture | None:
    """What was said against what came true: of the first window whose outcomes are known, and of the last."""
    known = [one for one in latest(found, ("calibration",)) if one]
    if not known:
        return None
    sets = [("other", known[0]), ("", known[-1])] if len(known) > 1 else [("", known[-1])]
    told = Text("Said against what came true, then and now")
    gap = sum(abs(one[0] - one[1]) * one[2] for one in known[-1]) / sum(one[2] for one in known[-1])
    return Picture(Text("Calibration"), f"{gap:.1%}", calibration_chart(sets, told=told.render(language)))


def _drift(found: Found, ends: tuple[str, str], language: Language) -> Picture | None:
    values = latest(found, ("features",))
    levels = next((one["whole"] for one in found["checks"] if one["check"] == "feature_drift"), None)
    if not any(value is not None for value in values):
        return None
    drawn = [
        Level(levels[name], kind)
        for name, kind in (("warning", "ideal"), ("critical", "target"))
        if levels and levels[name] is not None
    ]
    told = Text("Share of what the models go by that moved, by window")
    return Picture(
        Text("Features that moved, by importance"),
        _percent(values[-1]),
        course_chart([Line(values)], ends=ends, told=told.render(language), levels=drawn),
    )


def _review(found: Found, ends: tuple[str, str], language: Language) -> Picture:
    asked, decided = latest(found, ("review", "asked")), latest(found, ("review", "decided"))
    waiting = [
        None if tags is None else float(sum(one["review"] for one in tags.values()))
        for tags in latest(found, ("tags",))
    ]
    told = Text("Suggestions for review in each window, and how many were decided")
    values = waiting if not any(asked) else asked
    return Picture(
        Text("Review load"),
        _count(values[-1] if values else None),
        course_chart(
            [Line(values), Line(decided, kind="other", is_dots=True)],
            ends=ends,
            told=told.render(language),
            form=",.0f",
        ),
    )


def _volume(found: Found, ends: tuple[str, str], language: Language) -> Picture:
    values = [
        None if events is None else float(sum(events.values())) for events in latest(found, ("events",))
    ]
    told = Text("Events in each window")
    chart = course_chart([Line(values)], ends=ends, told=told.render(language), form=",.0f")
    return Picture(Text("Events"), _count(values[-1] if values else None), chart)


def _churn(found: Found, ends: tuple[str, str], language: Language) -> Picture | None:
    values = latest(found, ("churn", "mean"))
    if not any(value is not None for value in values):
        return None
    told = Text("Mean risk of leaving, by window")
    chart = course_chart([Line(values)], ends=ends, told=told.render(language))
    return Picture(Text("Mean risk of leaving"), _percent(values[-1]), chart)


def _ends(found: Found) -> tuple[str, str]:
    windows = found["windows"]
    return (f"{windows[0]['ended_at']:%m-%d}", f"{windows[-1]['ended_at']:%m-%d}") if windows else ("", "")


def _nth(values: Sequence[Any], place: int) -> list[float | None]:
    return [None if value is None else value[place] for value in values]


def _floor(values: Sequence[float | None]) -> float:
    """Where a scale of precision begins: some way below what is drawn, at a tenth."""
    lowest = min([value for value in values if value is not None], default=0.0)
    return max(int(10 * lowest - 0.5) / 10, 0.0)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _count(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"
