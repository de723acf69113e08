"""Which addresses may be connected to: those of the public internet, and what a resolver may answer.

A name is checked when it is resolved for a connection, so what is checked is what is connected to.
"""

import ipaddress
import re
import socket
from collections.abc import Collection

from aiohttp.abc import AbstractResolver, ResolveResult


class PrivateAddress(OSError):
    """A name that has no other addresses than private ones."""


class PublicOnly(AbstractResolver):
    """Passes on only the public addresses that `inner` finds, but for the hosts in `allowed`."""

    def __init__(self, inner: AbstractResolver, allowed: Collection[str]) -> None:
        self._inner = inner
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The public addresses of a host. Raises PrivateAddress when all it has are private."""
        found = await self._inner.resolve(host, port, family)
        if host in self._allowed:
            return found
        public = [one for one in found if is_public(one["host"])]
        if found and not public:
            raise PrivateAddress(f"refused: {host} resolves to a private address")
        return public

    async def close(self) -> None:
        """Close the resolver behind this one."""
        await self._inner.close()


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the public internet; an IPv4 one inside IPv6 counts as itself.

    >>> is_public("192.0.43.8"), is_public("10.0.0.1"), is_public("::ffff:127.0.0.1"), is_public("224.0.0.1")
    (True, False, False, False)
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1] or _nat64(found)
        if inner is not None:
            found = inner
    return found.is_global and not found.is_multicast


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address in 64:ff9b::/96 (RFC 6052)."""
    inside = address in ipaddress.ip_network("64:ff9b::/96")
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if inside else None


def as_address(name: str) -> str | None:
    """The address a host literally is, also in the short forms that resolvers take (127.1, 0x7f.1)."""
    if ":" in name:
        return name
    if not re.fullmatch(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}", name):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        return None
