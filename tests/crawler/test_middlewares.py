"""Addresses no page may send us to, and what a page says of text mining."""

import asyncio
import os

import pytest
from aiohttp.abc import AbstractResolver
from scrapy import Request
from scrapy.http import Headers

from crawler.addresses import PrivateAddress, PublicOnly, as_address, is_public
from crawler.middlewares import Proxy, proxies
from crawler.reservations import Reservation, reservation
from db.errors import BadInput


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_which_addresses_are_public(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.0.0.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("a.example", None),
        ("1and1.example", None),
        ("999.1.1.1", None),
    ],
)
def test_short_spellings_of_an_address_are_understood(host, address):
    assert as_address(host) == address


class Inner(AbstractResolver):
    """A resolver that finds the addresses it was given."""

    def __init__(self, *addresses):
        self.addresses = addresses

    async def resolve(self, host, port=0, family=0):
        return [{"hostname": host, "host": found, "port": port} for found in self.addresses]

    async def close(self):
        self.addresses = ()


def resolved(resolver, name):
    return [found["host"] for found in asyncio.run(resolver.resolve(name, 80))]


def test_of_the_addresses_of_a_name_only_the_public_ones_are_connected_to():
    assert resolved(PublicOnly(Inner("10.0.0.1", "8.8.8.8"), {"proxy.example"}), "trap.example") == [
        "8.8.8.8"
    ]


def test_a_name_that_has_private_addresses_only_is_refused():
    with pytest.raises(PrivateAddress, match=r"trap\.example resolves to a private address"):
        resolved(PublicOnly(Inner("10.0.0.1", "::1"), {"proxy.example"}), "trap.example")


def test_a_host_that_may_be_private_keeps_its_address():
    assert resolved(PublicOnly(Inner("10.0.0.1"), {"proxy.example"}), "proxy.example") == ["10.0.0.1"]


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        ({}, "http://a.example/", None),
        ({"http_proxy": "http://p.example:3128"}, "http://a.example/", "http://p.example:3128"),
        ({"http_proxy": "p.example:3128"}, "http://a.example/", "http://p.example:3128"),
        ({"http_proxy": "http://p.example:3128"}, "https://a.example/", None),
        ({"https_proxy": "http://me:word@p.example"}, "https://a.example/", "http://me:word@p.example"),
        ({"http_proxy": "http://p.example", "no_proxy": "a.example"}, "http://a.example/", None),
        (
            {"http_proxy": "http://p.example", "no_proxy": "b.example"},
            "http://a.example/",
            "http://p.example",
        ),
    ],
)
def test_a_request_goes_by_the_proxy_of_the_environment(monkeypatch, environment, url, proxy):
    for name in [name for name in os.environ if "proxy" in name.lower()]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    request = Request(url, meta={"proxy": "http://left-over.example"})
    Proxy().process_request(request)
    assert request.meta["proxy"] == proxy


def test_a_proxy_of_another_kind_is_told_without_its_password(monkeypatch):
    monkeypatch.setenv("http_proxy", "socks5://me:word@p.example:1080")
    with pytest.raises(BadInput, match=r"^http_proxy=p\.example:1080: give the address of an http proxy$"):
        proxies()


@pytest.mark.parametrize(
    ("headers", "body", "found"),
    [
        ({}, b"<html><meta name='robots' content='index'>", None),
        ({"TDM-Reservation": "1"}, b"", Reservation(words="tdm-reservation: 1", reserved=True)),
        ({"tdm-reservation": "0"}, b"", Reservation(words="tdm-reservation: 0", reserved=False)),
        ({"X-Robots-Tag": "noindex"}, b"", None),
        ({"X-Robots-Tag": "noai"}, b"", Reservation(words="x-robots-tag: noai", reserved=False)),
        (
            {},
            b'<meta content="1" name="TDM-Reservation">',
            Reservation(words="meta tdm-reservation: 1", reserved=True),
        ),
        (
            {},
            b"<meta name=robots content='noai, noimageai'>",
            Reservation(words="meta robots: noai, noimageai", reserved=False),
        ),
    ],
)
def test_what_a_page_says_of_text_mining(headers, body, found):
    assert reservation(Headers(headers), body) == found
