"""What a person decided about a customer's tag, and the labels that follow from it."""

from review.decisions import Decision, Recorded, ReviewLabel, Standing, decided, read_labels, record
from review.tables import Label

__all__ = ["Decision", "Label", "Recorded", "ReviewLabel", "Standing", "decided", "read_labels", "record"]
