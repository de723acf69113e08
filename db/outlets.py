"""Which outlet a name or an address means: the judgement that reading and linking share.

A name counts only when its alias' need is met: short tokens such as AP or PA are words of other
languages too, so they need their exact case, or an anchored place (byline, dateline, source line).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from db.records import Alias, Outlet
from db.urls import outlet_key

_ARTICLES = re.compile(r"^(?:the|la|le|l|el|il|die|der|das|de|het)\s+")
_DASHES = str.maketrans("-–—_", "    ")


def fold(name: str) -> str:
    """A name for comparing: case, diacritics, punctuation and a leading article dropped.

    >>> fold("The Hot-News.ro"), fold("Agenţia  ȘTIRI")
    ('hot news.ro', 'agentia stiri')
    """
    plain = name.translate(_DASHES).casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", name.translate(_DASHES)).casefold()
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = " ".join(re.sub(r"[^\w\s.&+]", " ", plain).split()).strip(". ")
    return _ARTICLES.sub("", plain)


@dataclass(frozen=True, slots=True)
class _Spelling:
    outlet: Outlet
    text: str
    needs: str
    language: str | None


class Names:
    """The outlets we know, found by name or by address.

    The first outlet given wins a name: give the catalogue in use before the shipped list.
    """

    def __init__(self, outlets: Iterable[Outlet]) -> None:
        self.by_domain: dict[str, Outlet] = {}
        self._spellings: dict[str, list[_Spelling]] = {}
        for outlet in outlets:
            if outlet.domain and outlet.domain in self.by_domain:
                continue
            if outlet.domain:
                self.by_domain[outlet.domain] = outlet
            for alias in (*outlet.aliases, *_own_names(outlet)):
                self._spellings.setdefault(fold(alias.text), []).append(
                    _Spelling(outlet, alias.text, alias.needs, alias.language)
                )
        self.editions = frozenset(d for d in self.by_domain if d.count(".") > 1 and "/" not in d)

    def find(self, name: str, *, anchored: bool) -> Outlet | None:
        """The outlet that `name`, whole, means; None when unknown or its alias needs more.

        `anchored`: the name stands where only a source stands (byline, dateline, source line).
        """
        for spelling in self._spellings.get(fold(name), ()):
            spelled = spelling.needs == "none" or spelling.text in name
            if spelled and (anchored or spelling.needs != "anchor"):
                return spelling.outlet
        return None

    def at(self, url: str) -> Outlet:
        """The outlet that publishes at `url`: a listed one, or a new one named by its key."""
        key = outlet_key(url, self.editions)
        return self.by_domain.get(key) or Outlet(domain=key, name=key)

    def same_house(self, a: Outlet, b: Outlet) -> bool:
        """Whether two outlets are one, or of one family."""
        return (a.family or a.domain or a.name) == (b.family or b.domain or b.name)

    def spellings(self) -> Iterator[tuple[str, str, str, str | None]]:
        """Every (spelling as written, its need, outlet key or name, its language), for building patterns."""
        for spellings in self._spellings.values():
            for s in spellings:
                yield s.text, s.needs, s.outlet.domain or s.outlet.name, s.language


def _own_names(outlet: Outlet) -> Iterator[Alias]:
    """The name itself: two letters (AP, TT) need an anchored place, capitals their case.

    An alias of the same spelling says better what the name needs (APA is a word in Romanian).
    """
    needs = "case" if outlet.name.isupper() or len(outlet.name) == 3 else "none"
    if outlet.name not in {alias.text for alias in outlet.aliases}:
        yield Alias(text=outlet.name, needs="anchor" if len(outlet.name) <= 2 else needs)
    if outlet.domain:
        yield Alias(text=outlet.domain)
