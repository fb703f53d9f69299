"""The event lake: a Delta table partitioned by customer, read back bucket by bucket."""

import json
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, RemoveAction
from filelock import FileLock, Timeout

from core.errors import ConflictError, NotReadyError, UnavailableError
from core.ids import bucket_of
from features.lake_commits import commit, files_of, removal, write_part
from features.lake_rows import LAKE_SCHEMA, read_files
from features.uncommitted import Uncommitted

HASH_NAME = "blake2b-64 little-endian signed, modulo"
LOCK_WAIT_SECONDS = 600.0
BULK_APP = "tagloop-bulk"
LIVE_APP = "tagloop-live"
MOST_FILES = 24  # in a bucket, before it is rewritten: each more makes reading it slower
FEWEST_BUCKETS, MOST_BUCKETS = 8, 4096
EVENTS_A_BUCKET = 320_000  # memory grows with a bucket, files with their number


class LakeBusyError(UnavailableError):
    """Another process writes to the lake, for longer than was to be waited."""


class Lake:
    """The Delta table at one path.

    The hash and the number of buckets are fixed when the table is made and recorded in its description. Only
    this class writes to the table, and it writes each file sorted by customer, time and event key, so a bucket
    of one file needs no sort when it is read.
    """

    def __init__(self, path: Path, *, buckets: int | None = None) -> None:
        self.path = path
        self._wanted_buckets = buckets
        self._uncommitted = Uncommitted(path)

    @property
    def _uri(self) -> str:
        return (
            self.path.absolute().as_uri()
        )  # a plain path with a blank or Chinese letters is not found again

    def exists(self) -> bool:
        """Whether the table was made."""
        return DeltaTable.is_deltatable(self._uri)

    def table(self, version: int | None = None) -> DeltaTable:
        """The Delta table as of a version, the newest unless told otherwise.

        Raises:
            NotReadyError: No events were loaded yet.
            UnavailableError: Its files cannot be read.
        """
        if not self.exists():
            raise NotReadyError(
                "There is no event lake in {path}: load data first with `tagloop ingest MAPPING`",
                path=self.path,
            )
        try:
            return DeltaTable(self._uri, version=version)
        except (DeltaError, OSError) as error:
            raise self._unreadable(error) from error

    def check_version(self, version: int) -> None:
        """Say nothing when everything that the lake held at a version can still be read.

        Raises:
            NotReadyError: The version is gone, or files of it were erased.
        """
        try:
            files = files_of(DeltaTable(self._uri, version=version)) if version <= self.version() else None
        except (DeltaError, OSError):
            files = None
        if files is None:
            raise NotReadyError(
                "The event lake in {path} has no version {version}: it was made anew since, or its log was cleaned",
                path=self.path,
                version=version,
            )
        gone = [file for file in files if not Path(file).exists()]
        if gone:
            raise NotReadyError(
                "Version {version} of the event lake cannot be read any more: {gone} of its {files} files were erased",
                version=version,
                gone=len(gone),
                files=len(files),
            )

    def _unreadable(self, error: Exception) -> UnavailableError:
        return UnavailableError(
            "The event lake in {path} cannot be read ({reason}): give this user the right to read it, or put back a "
            "copy of the folder",
            path=self.path,
            reason=getattr(error, "strerror", None) or str(error).splitlines()[0],
        )

    def create(self, *, expected_events: int = 0) -> None:
        """Make the empty table unless it is there; how many events are expected decides its buckets if nobody did."""
        if self.exists():
            return
        buckets = self.planned_buckets(expected_events)
        self.path.mkdir(parents=True, exist_ok=True)
        DeltaTable.create(
            self._uri,
            LAKE_SCHEMA,
            mode="ignore",
            partition_by=["bucket"],
            description=json.dumps({"buckets": buckets, "hash": HASH_NAME}),
            # A training can be repeated from its version; Delta would forget versions after a month.
            configuration={"delta.logRetentionDuration": "interval 36500 days"},
        )

    def planned_buckets(self, expected_events: int) -> int:
        """How many buckets the table has, or will have if it is made for so many events."""
        return self.buckets if self.exists() else self._wanted_buckets or suitable_buckets(expected_events)

    @cached_property
    def buckets(self) -> int:
        """How many buckets the table has."""
        described = json.loads(self.table().metadata().description or "{}")
        if described.get("hash") != HASH_NAME:
            raise NotReadyError(
                "The lake in {path} was made with another hash ({hash}): load it again into a new home",
                path=self.path,
                hash=described.get("hash"),
            )
        return int(described["buckets"])

    def version(self) -> int:
        """The newest version of the table."""
        return self.table().version()

    def transaction_version(self, app: str) -> int:
        """The last batch that a writer committed, -1 if none: a batch is never appended twice."""
        last = self.table().transaction_version(app)
        return -1 if last is None else int(last)

    def writing(self, wait_seconds: float = LOCK_WAIT_SECONDS) -> AbstractContextManager[object]:
        """The lock to hold from looking at what the lake has until the rows that it lacks are appended.

        A thread that holds it may take it again. What a writer that died left behind is removed first.

        Raises:
            LakeBusyError: Another process holds it for longer than that.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # A singleton knows that its own thread holds it already.
        lock = FileLock(self.path.with_name(f"{self.path.name}.lock"), is_singleton=True)
        try:
            held = lock.acquire(timeout=wait_seconds)
        except Timeout:
            raise LakeBusyError(
                "Another load or server is writing to the lake in {path}: try again when it has ended",
                path=self.path,
            ) from None
        try:
            if lock.lock_counter == 1:
                self._remove_uncommitted()
        except BaseException:
            lock.release()
            raise
        return held

    def _remove_uncommitted(self) -> None:
        if not self._uncommitted.exists():
            return
        root = self.path.absolute()
        self._uncommitted.settle(Path(file).relative_to(root).as_posix() for file in files_of(self.table()))
        for half in [*root.glob("_delta_log/*.tmp"), *root.glob("_delta_log/*.json#*")]:
            half.unlink()

    def append(
        self, parts: Iterable[tuple[int, pa.Table]], *, app: str, batch: int, note: dict[str, str]
    ) -> int:
        """Commit the parts (bucket, its sorted events in LAKE_SCHEMA) all at once; the new version.

        Either all rows become visible or none. The parts are pulled one by one, so memory is bounded by the
        largest; a crash leaves files that no version names, and nothing else.

        Raises:
            ConflictError: The app's batch is there already, by another writer perhaps; nothing was committed.
        """
        with self.writing():
            table = self.table()
            last = table.transaction_version(app)
            if last is not None and last >= batch:
                raise ConflictError("The lake holds batch {batch} of {app} already", batch=batch, app=app)
            properties = CommitProperties(
                app_transactions=[Transaction(app, batch)], custom_metadata={"tagloop": json.dumps(note)}
            )
            try:
                added = [
                    write_part(self.path, self._uncommitted, bucket, part)
                    for bucket, part in parts
                    if len(part)
                ]
                # Delta refuses the commit if another one of the same app was made after this table was read.
                commit(self.path, table, added, properties)
            finally:
                self._remove_uncommitted()
            return self.version()

    def compact(self) -> int:
        """Rewrite each bucket of more than `MOST_FILES` files as one; how many buckets that were.

        The rows stay the same, and earlier versions keep their files. Hold `writing()` around it.
        """
        table = self.table()
        crowded = {
            bucket: files for bucket in range(self.buckets) if len(files := self._files(bucket)) > MOST_FILES
        }
        actions: list[AddAction | RemoveAction] = []
        try:
            for bucket, files in crowded.items():
                rows = self._read(files, [name for name in LAKE_SCHEMA.names if name != "bucket"])
                whole = rows.add_column(
                    0, LAKE_SCHEMA.field("bucket"), pa.array([bucket] * len(rows), pa.int32())
                )
                added = write_part(
                    self.path, self._uncommitted, bucket, whole.cast(LAKE_SCHEMA), data_change=False
                )
                actions += [added, *(removal(self.path, file, added.modification_time) for file in files)]
            if actions:
                commit(self.path, table, actions, None)
        finally:
            self._remove_uncommitted()
        return len(crowded)

    def _files(self, bucket: int, version: int | None = None) -> list[str]:
        return files_of(self.table(version), bucket)

    def read_bucket(self, bucket: int, columns: Sequence[str], *, version: int | None = None) -> pa.Table:
        """The bucket's events with those columns, sorted by customer, time and event key."""
        files = self._files(bucket, version)
        if not files:
            return LAKE_SCHEMA.empty_table().select(list(columns))
        return self._read(files, columns)

    def read_customer(self, customer_id: str, columns: Sequence[str]) -> pa.Table:
        """One customer's events with those columns, sorted by time and event key."""
        files = self._files(bucket_of(customer_id, self.buckets))
        if not files:
            return LAKE_SCHEMA.empty_table().select(list(columns))
        return self._read(files, columns, filters=[("customer_id", "=", customer_id)])

    def _read(
        self,
        files: Sequence[str],
        columns: Sequence[str],
        filters: Any = None,
    ) -> pa.Table:
        try:
            return read_files(files, columns, filters)
        except OSError as error:
            raise self._unreadable(error) from error


def suitable_buckets(events: int) -> int:
    """How many buckets keep each of them small.

    >>> suitable_buckets(0), suitable_buckets(20_000_000)
    (8, 63)
    """
    return min(max(-(-events // EVENTS_A_BUCKET), FEWEST_BUCKETS), MOST_BUCKETS)
