"""Signed-in browsers: a cookie that no script can read stands for a key; a second secret proves the page is ours."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from core.storage import Store
from serving.keys import Caller, KeyRing
from serving.tables import ReviewSession

LASTS = timedelta(hours=12)
COOKIE = "tagloop_session"
CSRF_HEADER = "X-CSRF-Token"


@dataclass(frozen=True)
class SignedIn:
    """A browser that is signed in: who uses it, and the secret that its pages send with every change."""

    caller: Caller
    csrf: str
    ends_at: datetime

    def proves(self, csrf: str | None) -> bool:
        """Whether a request comes from one of our pages: other sites cannot know the secret."""
        return hmac.compare_digest(self.csrf.encode(), (csrf or "").encode())


class Sessions:
    """Begins, finds and ends sessions; several threads may share it."""

    def __init__(self, store: Store, keys: KeyRing) -> None:
        self._store = store
        self._keys = keys

    def begin(self, caller: Caller, now: datetime) -> str:
        """A new session of the caller; what the cookie is to hold. Sessions that are over are removed."""
        token = secrets.token_urlsafe(32)
        with self._store.write() as connection:
            connection.execute(delete(ReviewSession).where(ReviewSession.ends_at <= now))
            connection.execute(
                insert(ReviewSession).values(
                    session_sha256=_hash(token),
                    key_id=caller.key_id,
                    csrf=secrets.token_urlsafe(32),
                    began_at=now,
                    ends_at=now + LASTS,
                )
            )
        return token

    def find(self, token: str | None, now: datetime) -> SignedIn | None:
        """The session that a cookie stands for; None if it is over, or its key was revoked."""
        if not token:
            return None
        with self._store.read() as connection:
            row = connection.execute(
                select(ReviewSession.__table__).where(
                    ReviewSession.session_sha256 == _hash(token), ReviewSession.ends_at > now
                )
            ).one_or_none()
        caller = self._keys.of_key(row.key_id) if row else None
        return SignedIn(caller, row.csrf, row.ends_at) if row and caller else None

    def end(self, token: str | None) -> None:
        """Sign the browser out."""
        with self._store.write() as connection:
            connection.execute(
                delete(ReviewSession).where(ReviewSession.session_sha256 == _hash(token or ""))
            )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
