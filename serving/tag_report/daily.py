"""Makes the report and keeps it for whoever asks what a tag is worth: once a day behind the refresh, and by hand."""

from datetime import datetime

from core.clock import Clock
from core.errors import NotReadyError
from core.settings import Settings
from core.storage import Store
from models.aliases import served_versions
from serving.snapshot import load_tags
from tags.certificates import Certificate, model_name, read_certificates
from tags.report.following import Progress
from tags.report.keeping import keep, newest
from tags.report.making import make_report
from tags.report.report import Report
from tags.taxonomy import Taxonomy


def report_now(
    settings: Settings,
    store: Store,
    taxonomy: Taxonomy,
    now: datetime,
    progress: Progress = lambda _done, _total: None,
) -> Report:
    """The report as of now; the store keeps it in place of the one before.

    Raises:
        NotReadyError: No events were loaded yet.
    """
    from review.audit_figures import audit_figures  # noqa: PLC0415 (pandas, for once a day)

    certificates = _certificates(settings, store)
    with store.read() as connection:
        audits = audit_figures(connection, settings, taxonomy, now=now)
    found = make_report(
        settings, store, taxonomy, now, certificates=certificates, audits=audits, progress=progress
    )
    keep(store, found)
    return found


def report_of_the_day(
    settings: Settings, store: Store, clock: Clock, progress: Progress = lambda _done, _total: None
) -> bool:
    """Whether a report was made: where the newest is of an earlier day of the shop's, or of other definitions.

    Before any events are loaded there is nothing to report.
    """
    taxonomy, now = load_tags(settings, store), clock.now()
    if _is_current(settings, store, taxonomy, now):
        return False
    try:
        report_now(settings, store, taxonomy, now, progress)
    except NotReadyError:
        return False
    return True


def _is_current(settings: Settings, store: Store, taxonomy: Taxonomy, now: datetime) -> bool:
    with store.read() as connection:
        kept = newest(connection)
    if kept is None or kept.taxonomy != taxonomy.version:
        return False
    made, present = (at.astimezone(settings.zone).date() for at in (kept.as_of, now))
    return made == present


def _certificates(settings: Settings, store: Store) -> dict[str, Certificate]:
    """Those of the models that serve, by tag; none before there are any."""
    models = [model_name(name, version) for name, version in served_versions(settings.releases_path).items()]
    with store.read() as connection:
        return read_certificates(connection, models)
