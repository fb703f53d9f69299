"""API keys: made once, shown once, kept as a hash, revocable."""

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from core.errors import InvalidInputError, NotAllowedError, NotFoundError, NotSignedInError
from core.storage import Store
from serving.tables import ApiKey

PREFIX = "tl"
REMEMBERED_SECONDS = 2.0  # a revoked key stops within this time
REMEMBERED_KEYS = 1_000


class Scope(StrEnum):
    """What a key may do."""

    PREDICT = "predict"
    EVENTS = "events"
    FEEDBACK = "feedback"
    REVIEW = "review"
    READ = "read"
    MANAGE = "manage"


@dataclass(frozen=True)
class Caller:
    """Who calls: the key's id, its name and what it may do."""

    key_id: str
    name: str
    scopes: frozenset[str]

    def require(self, scope: Scope) -> None:
        """Say nothing when the key has the scope.

        Raises:
            NotAllowedError: It has not.
        """
        if scope not in self.scopes:
            raise NotAllowedError(
                "The key {name} lacks the scope {scope}; it has {scopes}. "
                "Make one with `tagloop keys create`",
                name=repr(self.name),
                scope=scope.value,
                scopes=", ".join(sorted(self.scopes)) or "-",
            )


@dataclass(frozen=True)
class NewKey:
    """A key just made; `token` is what the caller sends, and cannot be had again."""

    key_id: str
    token: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class KeyEntry:
    """What is known of a key."""

    key_id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


def create_key(connection: Connection, name: str, scopes: Iterable[str], *, now: datetime) -> NewKey:
    """A new key with those scopes; its secret has 256 random bits.

    Raises:
        InvalidInputError: A scope does not exist, or none is given.
    """
    wanted = tuple(sorted(set(scopes)))
    unknown = [scope for scope in wanted if scope not in set(Scope)]
    if unknown or not wanted:
        raise InvalidInputError(
            "scopes: expected some of {known}, got {given}",
            known=", ".join(Scope),
            given=", ".join(wanted) or "-",
        )
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = {
        "key_id": key_id,
        "secret_sha256": _hash(secret),
        "name": name,
        "scopes": list(wanted),
        "created_at": now,
    }
    connection.execute(insert(ApiKey), [row])
    return NewKey(key_id, f"{PREFIX}_{key_id}_{secret}", wanted)


def revoke_key(connection: Connection, key_id: str, *, now: datetime) -> None:
    """End a key; servers that remember it notice within `REMEMBERED_SECONDS`.

    Raises:
        NotFoundError: There is no such key.
    """
    known = connection.scalars(select(ApiKey.key_id).order_by(ApiKey.created_at)).all()
    if key_id not in known:
        raise NotFoundError(
            "There is no key {key}; the keys are {known}", key=repr(key_id), known=", ".join(known) or "-"
        )
    connection.execute(
        update(ApiKey).where(ApiKey.key_id == key_id, ApiKey.revoked_at.is_(None)).values(revoked_at=now)
    )


def list_keys(connection: Connection) -> list[KeyEntry]:
    """Every key that was ever made, oldest first."""
    rows = connection.execute(select(ApiKey.__table__).order_by(ApiKey.created_at, ApiKey.key_id))
    return [KeyEntry(r.key_id, r.name, tuple(r.scopes), r.created_at, r.revoked_at) for r in rows]


class KeyRing:
    """Tells whose token it is; what it found is remembered for `REMEMBERED_SECONDS`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._remembered: OrderedDict[str, tuple[float, Caller]] = OrderedDict()

    def caller(self, token: str | None) -> Caller:
        """Who sends the token.

        Raises:
            NotSignedInError: There is none, it is not known, or it was revoked.
        """
        if not token:
            raise NotSignedInError(
                "This call needs an API key: send it as `Authorization: Bearer tl_...`. "
                "Make one with `tagloop keys create`"
            )
        hashed = _hash(token)  # the token itself stays nowhere in memory
        until, caller = self._remembered.get(hashed, (0.0, None))
        if caller is None or until < time.monotonic():
            caller = self._look_up(token)
            self._remember(hashed, caller)
        return caller

    def of_key(self, key_id: str) -> Caller | None:
        """Whose key it is, for whoever showed it before; None if it was revoked."""
        with self._store.read() as connection:
            row = connection.execute(
                select(ApiKey.__table__).where(ApiKey.key_id == key_id, ApiKey.revoked_at.is_(None))
            ).one_or_none()
        return Caller(row.key_id, row.name, frozenset(row.scopes)) if row else None

    def _look_up(self, token: str) -> Caller:
        prefix, _, rest = token.partition("_")
        key_id, _, secret = rest.partition("_")
        with self._store.read() as connection:
            row = connection.execute(
                select(ApiKey.__table__).where(
                    ApiKey.key_id == _printable(key_id), ApiKey.revoked_at.is_(None)
                )
            ).one_or_none()
        matches = hmac.compare_digest(row.secret_sha256 if row else "", _hash(secret))
        if row is None or not matches or prefix != PREFIX:
            raise NotSignedInError(
                "This API key is not valid: it was mistyped or revoked. Make one with `tagloop keys create`"
            )
        return Caller(row.key_id, row.name, frozenset(row.scopes))

    def _remember(self, hashed: str, caller: Caller) -> None:
        self._remembered[hashed] = (time.monotonic() + REMEMBERED_SECONDS, caller)
        while len(self._remembered) > REMEMBERED_KEYS:
            self._remembered.popitem(last=False)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _printable(key_id: str) -> str:
    # Headers arrive as Latin-1 and may hold anything; what no key can hold never reaches the database.
    return key_id if key_id.isascii() and key_id.isalnum() else ""
