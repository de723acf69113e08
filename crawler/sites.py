"""The catalogue: `sites.toml` and `outlets.toml` in, checked sites and known outlets out.

A file is checked whole before anything is fetched, and every problem in it is told at once.
A user's own files in `home()` are layered over the shipped ones and win by domain.
"""

import difflib
import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import tomli
from sqlite_utils import Database

from crawler.home import home
from db.errors import BadCatalogue, BadUrl, NoContact
from db.outlets import Names
from db.records import OUTLET_KINDS, Alias, Outlet
from db.store import put_outlets
from db.urls import canonical, is_web

SHIPPED_SITES = Path(__file__).with_name("sites.toml")
SHIPPED_OUTLETS = Path(__file__).with_name("outlets.toml")
MAX_DELAY = 3600  # seconds between two requests to one host
ALIAS_NEEDS = ("none", "case", "anchor")

_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?:/[\w.-]{1,80})?")
_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One site to crawl: an outlet, and where its articles are listed."""

    domain: str
    name: str
    kind: str = "outlet"  # one of db.records.OUTLET_KINDS; discovery: may list pages on any host
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    start_urls: tuple[str, ...] = ()
    language: str | None = None
    country: str | None = None
    family: str | None = None
    aliases: tuple[Alias, ...] = ()
    delay: float | None = None  # seconds between two requests to one host; None: the default
    search: str | None = None  # the site's search page, "{query}" where the words go
    allow_private: bool = False  # its hosts may be loopback or private addresses

    @property
    def outlet(self) -> Outlet:
        """The outlet that publishes here."""
        return Outlet(
            domain=self.domain,
            name=self.name,
            kind=self.kind,
            family=self.family,
            country=self.country,
            language=self.language,
            aliases=self.aliases,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The sites of one crawl, and whom their owners may write to about it."""

    sites: tuple[Site, ...] = ()
    contact: str | None = None
    shipped: frozenset[str] = frozenset()  # domains of the sites that are none of the user's own

    def pick(self, domains: Collection[str]) -> "Catalogue":
        """This catalogue with the sites of `domains` only; all of them when none is named.

        Raises BadCatalogue for a domain that is not listed.
        """
        wanted = {d.strip().lower().removeprefix("www.") for d in domains if d.strip()}
        listed = {site.domain for site in self.sites}
        if missing := sorted(wanted - listed):
            near = difflib.get_close_matches(missing[0], listed, n=3)
            hint = f" (listed: {', '.join(near)})" if near else ""
            raise BadCatalogue(f"not in the catalogue: {', '.join(missing)}{hint}")
        return replace(self, sites=tuple(s for s in self.sites if not wanted or s.domain in wanted))


def read_catalogue(path: str | Path) -> Catalogue:
    """The catalogue in one file. Raises BadCatalogue with every problem in it."""
    path = Path(path)
    problems = _Problems(path)
    data = _load(path)
    problems.unknown_keys("the top of the file", data, ("contact", "site"))
    sites = [_site(table, where, problems) for table, where in _tables(data, "site", problems)]
    _no_doubles([s.domain for s in sites], "site", problems)
    stated = data.get("contact")
    if stated is not None and not _is_contact(stated):
        problems.add("the top of the file", "contact", f"{stated!r} is no mail address and no http(s) URL")
    problems.tell()
    return Catalogue(sites=tuple(sites), contact=stated)


def read_outlets(path: str | Path) -> tuple[Outlet, ...]:
    """The outlets in one `outlets.toml`. Raises BadCatalogue with every problem in it."""
    path = Path(path)
    problems = _Problems(path)
    data = _load(path)
    problems.unknown_keys("the top of the file", data, ("outlet",))
    outlets = [_outlet(table, where, problems) for table, where in _tables(data, "outlet", problems)]
    _no_doubles([o.domain or "" for o in outlets], "outlet", problems)
    problems.tell()
    return tuple(outlets)


def catalogue_in_use(path: str | Path | None = None) -> Catalogue:
    """The catalogue at `path`; without one the shipped sites with the user's own layered over them."""
    if path is not None:
        return read_catalogue(path)
    shipped, own = read_catalogue(SHIPPED_SITES), own_catalogue()
    if own is None:
        return replace(shipped, shipped=frozenset(site.domain for site in shipped.sites))
    taken = {site.domain for site in own.sites}
    rest = tuple(site for site in shipped.sites if site.domain not in taken)
    return Catalogue(
        sites=own.sites + rest,
        contact=own.contact or shipped.contact,
        shipped=frozenset(site.domain for site in rest),
    )


def own_catalogue() -> Catalogue | None:
    """The user's own sites, without the shipped ones; None where there is no such file."""
    file = home() / "sites.toml"
    return read_catalogue(file) if file.exists() else None


@cache
def shipped_outlets() -> tuple[Outlet, ...]:
    """The outlets this project knows by itself."""
    return read_outlets(SHIPPED_OUTLETS)


def own_outlets() -> tuple[Outlet, ...]:
    """The outlets of the user's own `outlets.toml`; none without that file."""
    own_file = home() / "outlets.toml"
    return read_outlets(own_file) if own_file.exists() else ()


def names(catalogue: Catalogue | None = None) -> Names:
    """Every outlet we know by name: the catalogue in use first, then the user's, then the shipped ones.

    Layers that list one domain are merged: the first states what it is, all lend their aliases.
    """
    sites = catalogue.sites if catalogue else ()
    merged: dict[str, Outlet] = {}
    for outlet in (*(site.outlet for site in sites), *own_outlets(), *shipped_outlets()):
        key = outlet.domain or outlet.name
        merged[key] = _merge(merged[key], outlet) if key in merged else outlet
    return Names(merged.values())


def put_known_outlets(
    db: Database, catalogue: Catalogue | None = None, *, known_names: Names | None = None
) -> None:
    """Store every outlet we know, so that credits can be resolved; the catalogue's are believed most, and
    of them the user's own: a shipped site stored before shall not keep its name.

    Without a catalogue the user's own sites are believed.  `known_names`: what `names(catalogue)` gave,
    where that is at hand.
    """
    catalogue = catalogue or own_catalogue()
    known = (known_names or names(catalogue)).by_domain
    sites = dict.fromkeys(site.domain for site in catalogue.sites) if catalogue else {}  # in their order
    put_outlets(db, (outlet for domain, outlet in known.items() if domain not in sites), "outlets")
    shipped = catalogue.shipped if catalogue else frozenset()
    put_outlets(db, (known[domain] for domain in sites if domain in shipped), "catalogue")
    put_outlets(db, (known[domain] for domain in sites if domain not in shipped), "own")


def contact(catalogue: Catalogue | None = None) -> str:
    """Whom a site may write to about our visits: a mail address or a URL.

    NEWSTRACE_CONTACT wins over the catalogue. Raises NoContact when neither is there or fits.
    """
    stated = os.environ.get("NEWSTRACE_CONTACT") or (catalogue.contact if catalogue else None)
    if not stated:
        raise NoContact(
            "a crawl must say who it is: set NEWSTRACE_CONTACT to a mail address or a URL, "
            'or write contact = "you@your.site" at the top of the catalogue'
        )
    if not _is_contact(stated):
        raise NoContact(f"the contact {stated!r} is no mail address and no http(s) URL (NEWSTRACE_CONTACT)")
    return stated


def _merge(first: Outlet, other: Outlet) -> Outlet:
    return replace(
        first,
        family=first.family or other.family,
        country=first.country or other.country,
        language=first.language or other.language,
        aliases=tuple(dict.fromkeys((*first.aliases, *other.aliases))),
    )


class _Problems:
    """What is wrong in one file, collected so that it is told at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: list[str] = []

    def add(self, where: str, key: str, what: str) -> None:
        self.found.append(f"{self.path}: {where}: {key}: {what}")

    def unknown_keys(self, where: str, table: Mapping[str, Any], allowed: Collection[str]) -> None:
        for key in table:
            if key not in allowed:
                self.add(where, key, f"unknown key (allowed: {', '.join(allowed)})")

    def tell(self) -> None:
        if self.found:
            raise BadCatalogue("\n".join(self.found))


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomli.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadCatalogue(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadCatalogue(f"{path}: not UTF-8 text (byte {error.start})") from error
    except tomli.TOMLDecodeError as error:
        raise BadCatalogue(f"{path}: not TOML: {error}") from error


def _tables(data: Mapping[str, Any], kind: str, problems: _Problems) -> list[tuple[Mapping[str, Any], str]]:
    """The tables `[[kind]]`, each with the words that name it in an error."""
    tables = data.get(kind, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        problems.add("the top of the file", kind, f"write each one as a table [[{kind}]]")
        return []
    if not tables:
        problems.add("the top of the file", kind, f"no table [[{kind}]] in this file")
    numbered = enumerate(tables, start=1)
    return [(t, f"[[{kind}]] number {n} ({t.get('domain') or t.get('name') or '?'})") for n, t in numbered]


def _no_doubles(domains: list[str], kind: str, problems: _Problems) -> None:
    first: dict[str, int] = {}
    for number, name in enumerate(domains, start=1):
        if name and name in first:
            where = f"[[{kind}]] number {number} ({name})"
            problems.add(where, "domain", f"already listed as number {first[name]}")
        first.setdefault(name, number)


Check = Callable[[Any], Any]
"""Takes a TOML value, gives what we keep; raises ValueError saying what is allowed."""


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("text that is not empty")
    return value.strip()


def _domain(value: Any) -> str:
    name = value.strip().lower() if isinstance(value, str) else ""
    if not _DOMAIN.fullmatch(name) or name.startswith("www."):
        raise ValueError('a domain such as "hotnews.ro" (no scheme, no www., ASCII)')
    return name


def _code(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z]{2,3}", value):
        raise ValueError('a code of two letters such as "ro"')
    return value.lower()


def _kind(value: Any) -> str:
    if value not in OUTLET_KINDS:
        raise ValueError("one of " + ", ".join(OUTLET_KINDS))
    return value


def _url(value: Any) -> str:
    try:
        good = isinstance(value, str) and is_web(value.strip()) and bool(canonical(value))
    except BadUrl:
        good = False
    if not good:
        raise ValueError("an http:// or https:// URL")
    return value.strip()


def _search(value: Any) -> str:
    if not _passes(_url, value) or "{query}" not in value:
        raise ValueError("an http:// or https:// URL with {query} where the words go")
    return value.strip()


def _urls(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError('a list of URLs: ["https://..."]')
    bad = [item for item in value if not _passes(_url, item)]
    if bad:
        raise ValueError(f"http:// or https:// URLs, which {bad[0]!r} is not")
    return tuple(dict.fromkeys(item.strip() for item in value))


def _delay(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_DELAY:
        raise ValueError(f"seconds, a number from 0 to {MAX_DELAY}")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _aliases(value: Any) -> tuple[Alias, ...]:
    if not isinstance(value, list):
        raise ValueError("a list of names or of {text, language, needs}")
    return tuple(_alias(item) for item in value)


def _alias(value: Any) -> Alias:
    table = {"text": value} if isinstance(value, str) else value
    allowed = f"a name or {{text, language, needs = {' | '.join(ALIAS_NEEDS)}}}, which {value!r} is not"
    if not isinstance(table, dict) or not {"text"} <= table.keys() <= {"text", "language", "needs"}:
        raise ValueError(allowed)
    language, needs = table.get("language"), table.get("needs", "none")
    if needs not in ALIAS_NEEDS or not _passes(_text, table["text"]):
        raise ValueError(allowed)
    if language is not None and not _passes(_code, language):
        raise ValueError(allowed)
    return Alias(text=table["text"].strip(), language=language and language.lower(), needs=needs)


def _is_contact(value: Any) -> bool:
    return isinstance(value, str) and (is_web(value) or bool(_MAIL.fullmatch(value)))


def _passes(check: Check, value: Any) -> bool:
    try:
        check(value)
    except ValueError:
        return False
    return True


OUTLET_KEYS: Mapping[str, Check] = {
    "domain": _domain, "name": _text, "kind": _kind, "language": _code, "country": _code,
    "family": _domain, "aliases": _aliases,
}  # fmt: skip
SITE_KEYS: Mapping[str, Check] = {
    **OUTLET_KEYS, "feeds": _urls, "sitemaps": _urls, "start_urls": _urls, "delay": _delay,
    "search": _search, "allow_private": _flag,
}  # fmt: skip


def _site(table: Mapping[str, Any], where: str, problems: _Problems) -> Site:
    kept = _checked(table, where, SITE_KEYS, problems)
    if not any(table.get(key) for key in ("feeds", "sitemaps", "start_urls")):
        problems.add(where, "feeds, sitemaps, start_urls", "nothing to visit: name at least one URL")
    return Site(**{"domain": "", "name": "", **kept})


def _outlet(table: Mapping[str, Any], where: str, problems: _Problems) -> Outlet:
    return Outlet(**{"domain": "", "name": "", **_checked(table, where, OUTLET_KEYS, problems)})


def _checked(
    table: Mapping[str, Any], where: str, checks: Mapping[str, Check], problems: _Problems
) -> dict[str, Any]:
    """The values of one table that pass their checks; the others are added to the problems."""
    problems.unknown_keys(where, table, checks.keys())
    kept = {}
    for key in (key for key in table if key in checks):
        try:
            kept[key] = checks[key](table[key])
        except ValueError as allowed:
            problems.add(where, key, f"{table[key]!r:.80} is not allowed here: give {allowed}")
    for key in _missing(table, ("domain", "name")):
        problems.add(where, key, "missing")
    return kept


def _missing(table: Mapping[str, Any], required: Iterable[str]) -> list[str]:
    return [key for key in required if key not in table]
