"""How often the audit's interval holds the truth, over repeated draws of the weeks that a replay has lived through."""

from benchmarks.report import Figure
from core.language import Text
from core.settings import Settings
from tagloop.replaying.audit_draws import coverage_of, draw_again
from tagloop.replaying.home import FOLDER
from tagloop.replaying.record import AUDIT_LEVEL

DRAWS = 200
CHANCE = 0.05
"""What 200 draws may fall short by without the interval being wrong: 0.9 less two standard errors."""


def measure(settings: Settings, tags: list[str]) -> list[Figure]:
    """The share of the draws whose interval holds the truth; the home's own replay is drawn from.

    Raises:
        NotReadyError: The home has no replay: `tagloop replay --from 2017-10-01` makes one.
    """
    replayed = settings.model_copy(update={"home": settings.home / FOLDER})
    found = coverage_of(draw_again(replayed, tags, DRAWS))
    meaning = Text(
        "share of {draws} audits of a replay's weeks whose {level} interval holds the truth (95%: {low} to {high}); "
        "{decisions} decisions each, intervals {width} wide",
        {
            "draws": found.draws,
            "level": f"{AUDIT_LEVEL:.0%}",
            "low": f"{found.low:.2f}",
            "high": f"{found.high:.2f}",
            "decisions": f"{found.decisions:.0f}",
            "width": f"{found.width:.2f}",
        },
    )
    return [Figure("review.audit_coverage", found.share, meaning, target=AUDIT_LEVEL - CHANCE)]
