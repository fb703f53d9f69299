from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from core.storage import open_store
from serving.api.schemas.imports import ImportAnswer, ImportsAnswer
from tags.profile.reading import profile_at
from tests.serving.conftest import END, Server

NUMBERS = count()


def new_id() -> str:
    return f"crm-{next(NUMBERS)}"


def take(api: httpx.Client, *rows: dict[str, Any], import_id: str | None = None) -> ImportAnswer:
    response = api.post("/v1/imports", json={"import_id": import_id or new_id(), "rows": list(rows)})
    assert response.status_code == 200, response.text
    return ImportAnswer.model_validate_json(response.content)


def row(customer_id: str, tag: str = "gourmet", **more: Any) -> dict[str, Any]:
    return {"customer_id": customer_id, "tag": tag, **more}


def carried(server: Server, customer_id: str) -> set[str]:
    """The tags that the customer carries from now on; the server's clock began at `END`."""
    store = open_store(server.home.settings)
    with store.read() as connection:
        found = profile_at(connection, [customer_id], END + timedelta(days=1))
    store.close()
    return {one.tag for one in found.get(customer_id, ())}


def test_what_fits_is_applied_and_every_other_row_told(api: httpx.Client, server: Server) -> None:
    done = take(api, row("c31"), row("c33", "gourmand"), row("nobody-yet"), row("c31"), row("c35", "美食家"))
    assert (done.status, done.state) == ("imported", "done")
    assert (done.applied, done.repeated, done.held, done.refused) == (2, 1, 1, 1)
    (refused,) = done.refused_rows
    assert (refused.line, refused.reason) == (2, "unknown_tag")
    assert "nearest: gourmet" in refused.why
    assert "gourmet" in carried(server, "c31")
    assert "gourmet" in carried(server, "c35")


def test_the_reasons_are_told_in_the_callers_language(api: httpx.Client) -> None:
    body = {"import_id": new_id(), "rows": [row("c31", "gourmand")]}
    answer = api.post("/v1/imports", json=body, headers={"Accept-Language": "zh"}).json()
    assert answer["refused_rows"][0]["why"].startswith("没有标签")


def test_an_import_sent_again_counts_once_and_its_id_stands_for_it(api: httpx.Client) -> None:
    first = take(api, row("c37"))
    again = take(api, row("c37"), import_id=first.import_id)
    assert (again.status, again.applied, again.made_at) == ("already_imported", 1, first.made_at)
    other = api.post("/v1/imports", json={"import_id": first.import_id, "rows": [row("c39")]})
    assert other.status_code == 409
    assert "used before for other rows" in other.json()["detail"]


def test_an_import_is_undone_as_a_whole_and_once(api: httpx.Client, server: Server) -> None:
    done = take(api, row("c41"), row("c43"))
    assert "gourmet" in carried(server, "c41")
    response = api.post(f"/v1/imports/{done.import_id}/undo")
    undone = ImportAnswer.model_validate_json(response.content)
    assert (undone.status, undone.state, undone.undone_by) == ("undone", "undone", "all")
    assert "gourmet" not in carried(server, "c41") | carried(server, "c43")
    assert api.post(f"/v1/imports/{done.import_id}/undo").status_code == 409
    assert api.post("/v1/imports/none/undo").status_code == 404


def test_imports_are_listed_and_read(api: httpx.Client) -> None:
    done = take(api, row("c45", "nothing"))
    listed = ImportsAnswer.model_validate_json(api.get("/v1/imports").content).imports
    assert done.import_id in {one.import_id for one in listed}
    read = ImportAnswer.model_validate_json(api.get(f"/v1/imports/{done.import_id}").content)
    assert (read.status, read.refused, read.refused_rows) == ("known", 1, done.refused_rows)


def test_a_tag_waits_for_its_customer_and_is_there_when_the_event_is(
    api: httpx.Client, server: Server
) -> None:
    take(api, row("waited-for"))
    assert carried(server, "waited-for") == set()
    event = {
        "event_id": new_id(),
        "customer_id": "waited-for",
        "occurred_at": "2017-12-01T10:00:00+08:00",
        "type": "visit",
    }
    assert api.post("/v1/events", json={"events": [event]}).status_code == 200
    assert "gourmet" in carried(server, "waited-for")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"rows": []}, "rows"),
        ({"rows": [{"tag": "tea"}]}, "rows.0.customer_id"),
        ({"rows": [row("c1", confidence=2)]}, "rows.0.confidence"),
        ({"rows": [row("c1", until="soon")]}, "rows.0.until"),
    ],
)
def test_a_call_that_breaks_the_form_is_refused_by_name(
    api: httpx.Client, given: dict[str, Any], field: str
) -> None:
    response = api.post("/v1/imports", json={"import_id": new_id(), **given})
    assert response.status_code == 422
    assert [wrong["field"] for wrong in response.json()["errors"]] == [field]


def test_a_key_without_the_scope_may_not_import(server: Server) -> None:
    with server.client("events") as api:
        assert api.post("/v1/imports", json={"import_id": "x", "rows": [row("c1")]}).status_code == 403
