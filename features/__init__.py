"""The feature pipeline: a shop's events in, feature rows as of any instant out.

Contract, sources, lake and histories bring the events in; the kernel and its families turn them into numbers.
"""

from features.build import Panel, build, build_panel
from features.outcomes import Horizon
from features.source import FeatureSource, open_source

__all__ = ["FeatureSource", "Horizon", "Panel", "build", "build_panel", "open_source"]
