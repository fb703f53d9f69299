"""A small shop with models, keys and a server on either database."""

import shutil
from pathlib import Path

from core.settings import Settings
from core.storage import open_store
from features.ingest import ingest
from features.sources import load_mapping
from serving.keys import Scope, create_key
from tests.serving.conftest import END, Home, Server, shop_settings, start_server, train, write_shop


def make_shop(folder: Path, database_url: str | None = None) -> Home:
    """A home with events, keys and a release."""
    folder.mkdir(parents=True)
    write_shop(folder)
    settings = settings_of(folder, database_url)
    store = open_store(settings)
    ingest(load_mapping(folder / "mapping.yaml"), settings, store, settings.make_clock())
    with store.write() as connection:
        keys = {"all": create_key(connection, "all", list(Scope), now=END).token}
    train(settings, store)
    store.close()
    return Home(folder, keys)


def settings_of(folder: Path, database_url: str | None = None) -> Settings:
    """The settings of such a home."""
    return shop_settings(folder, database_url=database_url)


def serve(home: Home, database_url: str | None = None) -> Server:
    """A real server of the home."""
    return start_server(home, **({"TAGLOOP_DATABASE_URL": database_url} if database_url else {}))


def copy_of(home: Home, folder: Path) -> Home:
    """The same shop on SQLite in another folder."""
    shutil.copytree(home.folder, folder)
    return Home(folder, home.keys)


def purchase(event_id: str, customer_id: str = "c1") -> dict[str, object]:
    """An event as a caller sends it."""
    return {
        "event_id": event_id,
        "customer_id": customer_id,
        "occurred_at": END.isoformat(),
        "type": "purchase",
        "item_id": "c1",
        "order_id": event_id,
        "amount": 9.5,
    }
