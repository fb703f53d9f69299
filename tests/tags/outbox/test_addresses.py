from ipaddress import ip_address

import pytest

from core.errors import InvalidInputError
from tags.outbox.addresses import check_addresses, check_url, is_public


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example.com/hooks",
        "ftp://crm.example.com/hooks",
        "https://",
        "https://user:secret@crm.example.com/hooks",
        "https://crm.example.com/hooks#part",
        "https://crm.example.com:99999/hooks",
        "https://crm.example.com/ho oks",
        "https://crm.example.com/\x7f",
        "https://顾客.example/hooks",
        "https://localhost/hooks",
        "https://db.internal/hooks",
        "https://10.0.0.7/hooks",
        "https://[fd00::7]/hooks",
        "https://crm.example.com/" + "x" * 2_000,
    ],
)
def test_what_is_no_public_address_of_https_is_refused_by_name(url: str) -> None:
    with pytest.raises(InvalidInputError, match=r"^url: "):
        check_url(url, local=False)


@pytest.mark.parametrize("url", ["https://crm.example.com/hooks?of=tagloop", "https://8.8.8.8:8443/"])
def test_a_public_address_of_https_may_be_a_target(url: str) -> None:
    check_url(url, local=False)


def test_the_setting_allows_http_and_addresses_inside() -> None:
    check_url("http://127.0.0.1:9000/hooks", local=True)
    check_addresses("crm", [ip_address("10.0.0.7")], local=True)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 (to be refused)
        "100.64.0.1",
        "192.168.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "ff02::1",
    ],
)
def test_no_address_inside_is_public_however_it_is_written(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(InvalidInputError, match="lies inside one's own network"):
        check_addresses("crm.example.com", [ip_address("8.8.8.8"), ip_address(address)], local=False)
