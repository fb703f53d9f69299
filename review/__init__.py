"""What a person decided about a customer's tag, and the labels that follow from it."""

from review.consensus import ReviewLabel, read_labels
from review.decisions import Decision, Recorded, Standing, decided, record
from review.tables import Label

__all__ = ["Decision", "Label", "Recorded", "ReviewLabel", "Standing", "decided", "read_labels", "record"]
