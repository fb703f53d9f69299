"""Sends one signed delivery to its target and says what became of it (Standard Webhooks, specification 1.0)."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.errors import InvalidInputError
from tags.outbox.addresses import Address, addresses_of, check_addresses, port_of

if TYPE_CHECKING:
    from httpx import AsyncClient

TRY_SECONDS = 15.0  # for a whole try, from looking up the name to the last header of the answer
ADDRESSES_TRIED = 3
TAKEN, REDIRECTS, REFUSALS = range(200, 300), range(300, 400), range(400, 600)
USER_AGENT = "tagloop-webhooks"
_LONGEST_PROBLEM = 500


@dataclass(frozen=True)
class Answer:
    """What a target said: its status if it gave one, what went wrong in words, and when it wants to be asked again."""

    status: int | None = None
    problem: str = ""
    come_back_after: timedelta | None = None
    seconds: float = 0.0

    @property
    def is_taken(self) -> bool:
        """Whether it has the delivery now."""
        return self.status in TAKEN


def signed_headers(secret: str, delivery_id: str, body: str, *, now: datetime) -> dict[str, str]:
    """The headers that let the target know who sends, and that nothing was changed on the way."""
    from standardwebhooks import Webhook  # noqa: PLC0415 (only where something is sent)

    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(delivery_id, now, body),
        "content-type": "application/json",
        "user-agent": USER_AGENT,
    }


def new_client() -> "AsyncClient":
    """A client that follows no redirect, keeps no connection, and asks no proxy that the environment names."""
    import httpx  # noqa: PLC0415 (a tenth of a second of import, only where something is sent)

    return httpx.AsyncClient(
        follow_redirects=False,
        trust_env=False,
        timeout=TRY_SECONDS,
        # A connection is to one address and was shown the certificate of one name: no other name may use it.
        limits=httpx.Limits(max_keepalive_connections=0),
    )


async def send(client: "AsyncClient", url: str, headers: dict[str, str], body: str, *, local: bool) -> Answer:
    """What the target answered; nothing that it does raises, and no more than its headers is read."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(TRY_SECONDS):
            status, wish = await _post(client, url, headers, body, local=local)
    except TimeoutError:
        return Answer(problem=f"no answer within {TRY_SECONDS:g} seconds")
    except (OSError, InvalidInputError) as error:
        return Answer(problem=str(error)[:_LONGEST_PROBLEM] or type(error).__name__)
    except Exception as error:  # noqa: BLE001 (whatever the library makes of a strange answer, the try has failed)
        said = " ".join(str(error).split())
        return Answer(problem=f"{type(error).__name__}: {said}"[:_LONGEST_PROBLEM])
    return Answer(status, _problem(status), wish, loop.time() - began)


async def _post(
    client: "AsyncClient", url: str, headers: dict[str, str], body: str, *, local: bool
) -> tuple[int, timedelta | None]:
    import httpx  # noqa: PLC0415 (as above)

    parts = urlsplit(url)
    host, port = parts.hostname or "", port_of(parts)
    addresses = await asyncio.to_thread(addresses_of, host, port)
    check_addresses(host, addresses, local=local)
    tried = addresses[:ADDRESSES_TRIED]
    for place, address in enumerate(tried):
        try:
            return await _post_to(client, url, address, headers, body)
        except httpx.ConnectError:
            if place == len(tried) - 1:
                raise
    raise OSError(f"{host} has no address")


async def _post_to(
    client: "AsyncClient", url: str, address: Address, headers: dict[str, str], body: str
) -> tuple[int, timedelta | None]:
    """Call that very address, which was looked at, under the name that the certificate is for."""
    import httpx  # noqa: PLC0415 (as above)

    named = httpx.URL(url)
    request = client.build_request(
        "POST",
        named.copy_with(host=str(address)),
        headers={**headers, "host": named.netloc.decode("ascii")},
        content=body.encode(),
        extensions={"sni_hostname": named.host},
    )
    response = await client.send(request, stream=True)
    try:
        return response.status_code, _wish(response.headers.get("retry-after"))
    finally:
        await response.aclose()


def _wish(header: str | None) -> timedelta | None:
    """What `Retry-After` asks for where it is a number of seconds; a date is left to the own schedule."""
    text = (header or "").strip()
    return timedelta(seconds=int(text)) if text.isascii() and text.isdigit() and len(text) < 8 else None  # noqa: PLR2004


def _problem(status: int) -> str:
    if status in TAKEN:
        return ""
    if status in REDIRECTS:
        return f"it answered {status}: redirects are not followed, register the address that it leads to"
    return f"it answered {status}"
