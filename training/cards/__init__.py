"""The cards of a training's versions: what they say, from what the training found."""

from training.cards.about import About
from training.cards.of_contest import contest_card
from training.cards.of_reviewed import reviewed_card
from training.cards.of_segments import segments_card

__all__ = ["About", "contest_card", "reviewed_card", "segments_card"]
