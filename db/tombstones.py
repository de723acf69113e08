"""What was forgotten and must not come back: the names a URL goes by, checked against tombstones."""

import json

from sqlite_utils import Database

from db.urls import host, is_web, outlet_key
from db.values import one


def spellings(url: str) -> tuple[str, ...]:
    """`url` first, then the other ways to write the same page: http or https, `www.`, last slash.

    >>> spellings("https://a.example/x")[:3]
    ('https://a.example/x', 'https://a.example/x/', 'http://a.example/x')
    """
    if not is_web(url):
        return (url,)
    scheme, _, rest = url.partition("://")
    schemes = (scheme, "http" if scheme == "https" else "https")
    bare = rest.removeprefix("www.")
    hosts = (rest, bare if bare != rest else "www." + rest)
    return tuple(dict.fromkeys(f"{s}://{path}" for h in hosts for s in schemes for path in (h, _slashed(h))))


def _slashed(rest: str) -> str:
    """The same address with its path's last slash added or taken off; one with a query as it is."""
    if "?" in rest or "/" not in rest:
        return rest
    if rest.endswith("/"):
        return rest[:-1] if rest.count("/") > 1 else rest
    return rest + "/"


def covering(url: str) -> frozenset[str]:
    """Every name whose tombstone covers `url` (or an outlet's key): its spellings, outlet, host and above."""
    names = set(spellings(url))
    if ":" not in url:  # an outlet's key, as good as an address there
        url = f"https://{url}"
    if is_web(url):
        labels = host(url).split(".")
        names |= {".".join(labels[cut:]) for cut in range(len(labels))}
        names.add(outlet_key(url))
    return frozenset(names)


# Whether any of the names in a JSON list has a tombstone.
_ANY_TOMBSTONE = "SELECT 1 FROM tombstones WHERE name IN (SELECT value FROM json_each(?)) LIMIT 1"


def is_forgotten(db: Database, *urls: str) -> bool:
    """Whether one of `urls` (or of outlets' keys), its outlet or its domain was forgotten: never fetch or
    store it."""
    if one(db, "SELECT 1 FROM tombstones LIMIT 1") is None:  # nearly always, and spelling a URL costs more
        return False
    names = frozenset().union(*map(covering, urls))
    return one(db, _ANY_TOMBSTONE, [json.dumps(sorted(names))]) is not None
