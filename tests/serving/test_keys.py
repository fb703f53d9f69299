from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from core.errors import InvalidInputError, NotAllowedError, NotFoundError, NotSignedInError
from core.settings import Settings
from core.storage import Store, open_store
from serving import keys
from serving.keys import KeyRing, NewKey, Scope, create_key, list_keys, revoke_key
from serving.tables import ApiKey

NOW = datetime(2018, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(Settings(home=tmp_path))
    yield store
    store.close()


def made(store: Store, *scopes: Scope) -> NewKey:
    with store.write() as connection:
        return create_key(connection, "crm", scopes or list(Scope), now=NOW)


def test_a_key_tells_who_calls_and_what_they_may_do(store: Store) -> None:
    caller = KeyRing(store).caller(made(store, Scope.READ).token)
    assert (caller.name, set(caller.scopes)) == ("crm", {"read"})
    caller.require(Scope.READ)
    with pytest.raises(NotAllowedError, match="'crm' lacks the scope predict; it has read"):
        caller.require(Scope.PREDICT)


def test_the_store_holds_no_secret(store: Store) -> None:
    key = made(store)
    with store.read() as connection:
        row = connection.execute(select(ApiKey.__table__)).one()
    secret = key.token.split("_", 2)[2]
    assert secret not in str(row)
    assert len(secret) >= 43  # 256 bits in base 64


@pytest.mark.parametrize(
    "token", ["", None, "x", "tl_", "tl_00_11", "tl_é_x", "xx_{id}_{secret}", "tl_{id}_wrong", "{secret}"]
)
def test_anything_but_the_key_is_refused(store: Store, token: str | None) -> None:
    key = made(store)
    given = token and token.format(id=key.key_id, secret=key.token.split("_", 2)[2])
    with pytest.raises(NotSignedInError):
        KeyRing(store).caller(given)


def test_a_revoked_key_stops_within_seconds(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "REMEMBERED_SECONDS", 0.0)
    key, ring = made(store), KeyRing(store)
    ring.caller(key.token)
    with store.write() as connection:
        revoke_key(connection, key.key_id, now=NOW)
    with pytest.raises(NotSignedInError, match="mistyped or revoked"):
        ring.caller(key.token)
    with store.read() as connection:
        assert list_keys(connection)[0].revoked_at == NOW


def test_a_remembered_key_costs_no_query(store: Store) -> None:
    key, ring = made(store), KeyRing(store)
    first = ring.caller(key.token)
    store.close()
    assert ring.caller(key.token) is first


def test_a_scope_that_does_not_exist_is_refused(store: Store) -> None:
    with (
        store.write() as connection,
        pytest.raises(InvalidInputError, match="expected some of predict, events"),
    ):
        create_key(connection, "crm", ["admin"], now=NOW)


def test_a_key_that_does_not_exist_cannot_be_revoked(store: Store) -> None:
    key = made(store)
    with store.write() as connection, pytest.raises(NotFoundError, match=key.key_id):
        revoke_key(connection, "nope", now=NOW)
