"""Why a model says what it says of a customer: contributions grouped, ranked, and told in both languages."""

from serving.reasons.explainer import Explainer

__all__ = ["Explainer"]
