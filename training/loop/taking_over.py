"""The release in which the parts that take over serve beside those that stay."""

from models.inputs import PARTS
from models.release_manifest import RefusalEntry
from training.given import Given
from training.learn import Learned
from training.loop.champion import Champion
from training.loop.retrained import Comparison
from training.promotion import promote
from training.register import Registered


def promote_parts(
    given: Given, learned: Learned, registered: Registered, champion: Champion, comparison: Comparison
) -> str:
    """The id of the release, now serving; see `training.promotion.promote`."""
    new = comparison.takes_over
    stays = [part for part in champion.versions if part not in new]
    there = [part for part in PARTS if part in new or part in stays]
    estimators = {
        part: learned.trained.estimators[part] if part in new else champion.estimators[part] for part in there
    }
    versions = {part: registered.versions[part] if part in new else champion.versions[part] for part in there}
    return promote(
        given.settings,
        given.registry,
        given.source,
        given.taxonomy,
        estimators,
        versions,
        learned.present,
        _refusals(learned, champion, stays),
    )


def _refusals(learned: Learned, champion: Champion, stays: list[str]) -> list[RefusalEntry]:
    """What is missing of the parts that stay, as their release said it, and of the others as was found now."""
    before = champion.facts.refusals if champion.facts else ()
    now = [finding.as_entry() for finding in learned.refusals]
    return [*(one for one in before if one.part in stays), *(one for one in now if one.part not in stays)]
