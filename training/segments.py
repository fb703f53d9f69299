"""Segments formed of the active customers, or the reason why there are none."""

from dataclasses import replace

from models.needs import STABLE_SEGMENTS
from models.segment_count import Candidate, UnstableSegmentsError
from models.segments import CustomerSegments
from training.preflight import Finding, Preflight


def form_segments(preflight: Preflight, *, seed: int) -> Preflight:
    """The preflight with the fitted segments; without any stable number of them, with the finding that says so."""
    if preflight.active is None:
        return preflight
    unfitted = CustomerSegments(preflight.behaviour, seed=seed)
    try:
        segments = unfitted.fit(preflight.active)
    except UnstableSegmentsError as error:
        finding = _finding(error.candidates, unfitted.min_share)
        return replace(preflight, active=None, findings=(*preflight.findings, finding))
    finding = _finding(segments.candidates_, segments.min_share)
    return replace(preflight, segments=segments, findings=(*preflight.findings, finding))


def _finding(candidates: tuple[Candidate, ...], min_share: float) -> Finding:
    """The best stability among the numbers whose smallest segment is large enough."""
    large = [one.stability for one in candidates if one.least_share >= min_share]
    values = {"tried": ", ".join(str(one.n_segments) for one in candidates), "share": min_share}
    least = STABLE_SEGMENTS.least
    return Finding("segments", STABLE_SEGMENTS, max(large, default=0.0), least, values=values)
