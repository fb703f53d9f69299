"""The page about drift: whether to worry, about what, and how it came to be."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from core.language import Language
from models.card.content import Named
from monitoring.charts import bar_chart
from monitoring.pictures import Picture, by_tag, calibration, overview
from monitoring.retrainings import Kept, read_retrainings
from monitoring.summary import summary
from serving.console.frame import ROOT, language_of, page, service_of, signed_in
from serving.service import Service

FEATURES_SHOWN = 12
CHANGES_SHOWN = 12

router = APIRouter(include_in_schema=False)


@router.get(f"{ROOT}/drift")
async def drift_page(request: Request) -> Response:
    """What monitoring found last, and over time."""
    who = await signed_in(request)
    if isinstance(who, Response):
        return who
    shown = await asyncio.to_thread(_shown, service_of(request), language_of(request))
    return await page(request, "drift.html.j2", "drift", **shown)


def _shown(service: Service, language: Language) -> dict[str, Any]:
    with service.store.read() as connection:
        found = summary(connection)
        changes = read_retrainings(connection, until=service.now())[-CHANGES_SHOWN:]
    names = {tag.key: Named(tag.name.en, tag.name.zh) for tag in service.live.taxonomy.tags}
    known = calibration(found, language)
    return {
        "found": found,
        "overview": [_picture(one, language) for one in overview(found, language)],
        "precision": [_picture(one, language) for one in by_tag(found, names, language)],
        "calibration": _picture(known, language) if known else None,
        "features": _features(found, service, language),
        "changes": [_change(one) for one in reversed(changes)],
    }


def _picture(one: Picture, language: Language) -> dict[str, Any]:
    title = getattr(one.title, language) if isinstance(one.title, Named) else one.title.render(language)
    return {"title": title, "figure": one.figure, "chart": one.chart}


def _change(one: Kept) -> dict[str, Any]:
    """A change of the models, or an attempt at one."""
    after = [
        f"{part} {before} → {one.after[part]}" for part, before in one.before.items() if part in one.after
    ]
    new = [f"{part} {version}" for part, version in one.after.items() if part not in one.before]
    moved = [text for text in after if text.split(" ")[1] != text.rsplit(" ", 1)[1]]
    return {
        "at": one.began_at,
        "kind": one.kind,
        "happened": one.happened,
        "words": one.words or _reasons(one),
        "versions": ", ".join([*moved, *new]),
    }


def _features(found: dict[str, Any], service: Service, language: Language) -> list[dict[str, Any]]:
    """The features that moved, those that alarm first, then those that the models go by most."""
    moved: list[dict[str, Any]] = next(
        (one["findings"] for one in found["checks"] if one["check"] == "feature_drift"), []
    )
    weights = (found["windows"][-1]["course"].get("importance") or {}) if found["windows"] else {}
    most = max(weights.values(), default=0.0) or 1.0
    snapshot = service.live.maybe_snapshot
    told = snapshot.column_definitions if snapshot else {}
    ordered = sorted(moved, key=lambda one: (one["alarm"] is None, -weights.get(one["subject"], 0.0)))
    return [
        {
            **one,
            "definition": dict(zip(("en", "zh"), told.get(one["subject"], ("", "")), strict=True))[language],
            "bar": bar_chart(weights.get(one["subject"], 0.0) / most),
        }
        for one in ordered[:FEATURES_SHOWN]
    ]


def _reasons(one: Kept) -> dict[str, str]:
    """Why it was looked for something better, by language."""
    reasons = one.said.get("reasons", ())
    return {
        language: joint.join(reason[language] for reason in reasons)
        for language, joint in (("en", "; "), ("zh", "；"))
    }
