"""Addresses no page may send us to, and what a page says of text mining."""

import pytest
from scrapy.http import Headers

from crawler.middlewares import GuardedResolver, _as_address, is_public
from crawler.reservations import Reservation, reservation


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
    assert _as_address(host) == address


class Inner:
    """A resolver that finds the addresses it was given."""

    def __init__(self, *addresses):
        self.addresses = addresses

    def resolveHostName(self, receiver, name, portNumber=0):
        receiver.resolutionBegan(self)
        for address in self.addresses:
            receiver.addressResolved(type("Address", (), {"host": address}))
        receiver.resolutionComplete()


class Receiver:
    def __init__(self):
        self.seen = []

    def resolutionBegan(self, resolution):
        self.seen.append("began")

    def addressResolved(self, address):
        self.seen.append(address.host)

    def resolutionComplete(self):
        self.seen.append("complete")


def test_a_name_that_resolves_to_a_private_address_has_none():
    resolver, receiver = GuardedResolver(Inner("10.0.0.1", "8.8.8.8"), {"proxy.example"}), Receiver()
    resolver.resolveHostName(receiver, "trap.example", portNumber=80)
    assert receiver.seen == ["began", "8.8.8.8", "complete"]
    assert resolver.refused == {"trap.example"}


def test_a_host_that_may_be_private_keeps_its_address():
    resolver, receiver = GuardedResolver(Inner("10.0.0.1"), {"proxy.example"}), Receiver()
    resolver.resolveHostName(receiver, "proxy.example")
    assert receiver.seen == ["began", "10.0.0.1", "complete"]
    assert not resolver.refused


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
