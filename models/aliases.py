"""Which versions carry `@champion`, asked of MLflow's store without MLflow: a server can look every few seconds."""

import base64
import json
import os
from collections.abc import Iterable
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from sqlalchemy import NullPool, create_engine, inspect, text

from core.file_stamp import stamp
from models.inputs import PARTS
from models.registry import CHAMPION
from models.release_manifest import MANIFEST_FILE, Manifest
from models.release_read import CURRENT_FILE, current_release_id

WAIT_SECONDS = 5.0
_ALIASES = "registered_model_aliases"
_HTTP_NOT_FOUND, _HTTP_BAD_REQUEST = 404, 400


def read_champions(tracking_uri: str) -> dict[str, int]:
    """The version of each part that carries the alias in MLflow's database or on its server.

    Raises:
        SQLAlchemyError: The database does not answer.
        OSError: The server does not.
    """
    if tracking_uri.startswith(("http://", "https://")):
        return dict(_from_server(tracking_uri))
    return _from_database(tracking_uri)


def stamp_of(tracking_uri: str) -> object:
    """Equal while nobody wrote to MLflow's file; None where its store is no file."""
    file = tracking_uri.removeprefix("sqlite:///")
    return None if file == tracking_uri else [stamp(Path(file + suffix)) for suffix in ("", "-wal")]


def stamp_of_release(releases: Path) -> object:
    """Equal while the same release serves."""
    return stamp(releases / CURRENT_FILE)


def served_versions(releases: Path) -> dict[str, int]:
    """The version of each part in the release that serves; none before the first promotion."""
    release_id = current_release_id(releases)
    if release_id is None:
        return {}
    manifest = Manifest.model_validate_json((releases / release_id / MANIFEST_FILE).read_bytes())
    return {part: origin.version for part, origin in manifest.facts.origins.items()}


def _from_database(url: str) -> dict[str, int]:
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return {}  # looking must not make one
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        if not inspect(connection).has_table(_ALIASES):
            return {}
        # The table's name and the alias are MLflow's and ours.
        rows = connection.execute(
            text(f"SELECT name, version FROM {_ALIASES} WHERE alias = :alias"),  # noqa: S608
            {"alias": CHAMPION},
        )
        return {row.name: int(row.version) for row in rows if row.name in PARTS}


def _from_server(address: str) -> Iterable[tuple[str, int]]:
    for part in PARTS:
        query = urlencode({"name": part, "alias": CHAMPION})
        url = f"{address.rstrip('/')}/api/2.0/mlflow/registered-models/alias?{query}"
        try:
            # The address is the setting's, checked to be HTTP.
            with urlopen(Request(url, headers=_credentials()), timeout=WAIT_SECONDS) as answer:  # noqa: S310
                yield part, int(json.load(answer)["model_version"]["version"])
        except HTTPError as error:
            if error.code not in {
                _HTTP_NOT_FOUND,
                _HTTP_BAD_REQUEST,
            }:  # no such model, or no such alias of it
                raise


def _credentials() -> dict[str, str]:
    """What MLflow's own client would send, from the same variables."""
    if token := os.environ.get("MLFLOW_TRACKING_TOKEN"):
        return {"Authorization": f"Bearer {token}"}
    if name := os.environ.get("MLFLOW_TRACKING_USERNAME"):
        pair = f"{name}:{os.environ.get('MLFLOW_TRACKING_PASSWORD', '')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {}
