from collections.abc import Callable
from typing import Any

from core.storage import open_store
from models.release_read import CURRENT_FILE


def test_a_new_release_serves_within_seconds_without_a_restart(
    start: Callable[..., Any], publish: Callable[..., None], until: Callable[..., None]
) -> None:
    server = start()
    with server.client() as api:
        before = api.get("/v1/models").json()["release_id"]
        store = open_store(server.home.settings)
        publish(server.home.settings, store, version=2)
        until(lambda: api.get("/v1/models").json()["release_id"] != before)
        assert api.get("/v1/models").json()["models"]["interest"]["version"] == 2
        store.close()


def test_a_damaged_release_leaves_the_one_before_serving(
    start: Callable[..., Any], until: Callable[..., None]
) -> None:
    server = start()
    current = server.home.settings.releases_path / CURRENT_FILE
    with server.client() as api:
        replacement = current.with_name("other")
        replacement.write_text("0" * 20 + "\n")
        replacement.replace(current)
        until(lambda: "release_not_loaded" in server.log.read_text())
        assert api.post("/v1/predict", json={"customers": [{"customer_id": "c1"}]}).status_code == 200


def test_a_tag_added_to_the_taxonomy_is_known_within_seconds(
    start: Callable[..., Any], until: Callable[..., None]
) -> None:
    server = start()
    file = server.home.settings.taxonomy
    assert file is not None
    with server.client() as api:
        file.write_text(file.read_text().replace("key: gourmet", "key: gourmand"))
        until(lambda: "gourmand" in [tag["key"] for tag in api.get("/v1/tags").json()["tags"]])
