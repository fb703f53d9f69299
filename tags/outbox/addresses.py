"""Where a webhook may lead: https and public addresses only, unless the settings allow one's own network.

Whoever may register a webhook could otherwise have the server call what only the server can reach: the database, a
cloud's metadata. So every address that a name stands for is looked at right before it is called, and that very address
is called: a name that changes its mind in between gains nothing.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from core.errors import FieldError, InvalidInputError
from core.language import Text

URL_LIMIT = 2_000
_NAT64 = IPv6Network("64:ff9b::/96")  # global, and leads to whatever IPv4 address its last 32 bits say
_PORTS = {"https": 443, "http": 80}

Address = IPv4Address | IPv6Address


def check_url(url: str, *, local: bool) -> None:
    """Say nothing when a webhook may have this address as far as its text tells.

    Raises:
        InvalidInputError: It is no address of https, names a user, or leads into one's own network.
    """
    problem = _problem(url, local=local)
    if problem is not None:
        raise InvalidInputError(
            problem.message, fields=(FieldError("url", problem, "bad_url"),), **problem.values
        )


def _problem(url: str, *, local: bool) -> Text | None:
    wanted = "https://crm.example.com/hooks" if not local else "http://127.0.0.1:9000/hooks"
    not_one = Text(
        "url: expected an address such as {wanted}, got {got}", {"wanted": wanted, "got": repr(url[:200])}
    )
    if len(url) > URL_LIMIT or not url.isascii() or any(letter <= " " or letter == "\x7f" for letter in url):
        return not_one
    try:
        parts = urlsplit(url)
        port_of(parts)
    except ValueError:
        return not_one
    if parts.scheme not in _PORTS or not parts.hostname:
        return not_one
    if parts.scheme != "https" and not local:
        return Text(
            "url: expected https, got {got}; the setting webhooks_local allows http inside one's own network",
            {"got": parts.scheme},
        )
    if "@" in parts.netloc or parts.fragment:
        return Text("url: leave out the user, the password and what follows a #: they are not sent")
    return None if local else _inside(parts.hostname)


def _inside(host: str) -> Text | None:
    try:
        addresses: list[Address] = [ip_address(host)]
    except ValueError:
        is_local = host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
        return _refused(host) if is_local else None
    return None if all(map(is_public, addresses)) else _refused(host)


def _refused(host: object) -> Text:
    return Text(
        "url: {host} lies inside one's own network; the setting webhooks_local allows it", {"host": str(host)}
    )


def port_of(parts: SplitResult) -> int:
    """The port of an address.

    >>> port_of(urlsplit("https://crm.example.com/hooks"))
    443
    """
    return parts.port or _PORTS.get(parts.scheme, 0)


def is_public(address: Address) -> bool:
    """Whether everybody on the internet means the same machine by it.

    >>> [is_public(ip_address(text)) for text in ("8.8.8.8", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1")]
    [True, False, False, False]
    """
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def addresses_of(host: str, port: int) -> list[Address]:
    """The addresses that a name stands for now, in the order in which to try them.

    Raises:
        OSError: Nobody knows the name.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


def check_addresses(host: str, addresses: Sequence[Address], *, local: bool) -> None:
    """Say nothing when all of them may be called.

    Raises:
        InvalidInputError: One lies inside one's own network.
    """
    for address in addresses:
        if not local and not is_public(address):
            raise InvalidInputError(str(_refused(f"{host} ({address})")))
