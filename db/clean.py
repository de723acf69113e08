"""Articles as SQLite can hold them: their texts cleaned, their spans moved along."""

from collections.abc import Iterator
from dataclasses import replace

from db.records import Article, Evidence, Outlet, Reading, TimeClaim
from db.values import plain


def cleaned(article: Article) -> Article:
    """The same article without NUL characters and lone surrogates; spans still fit the text."""
    said = "".join(_said(article))
    if plain(said) == said:  # nearly always, and then nothing is made anew
        return article
    return replace(
        article,
        reading=_reading(article.reading),
        outlet=_outlet(article.outlet),
        urls=tuple((plain(url), relation) for url, relation in article.urls),
        robots=_or_none(article.robots),
        reservation=_or_none(article.reservation),
    )


def _said(article: Article) -> Iterator[str]:
    """Every piece of text that an article holds."""
    reading, outlet = article.reading, article.outlet
    yield from (reading.url, reading.title, reading.text, reading.byline, reading.reason, outlet.name)
    yield from (reading.language or "", reading.section or "", reading.canonical or "", reading.image or "")
    yield from (outlet.domain or "", article.robots or "", article.reservation or "")
    yield from (url for url, _ in article.urls)
    yield from (claim.raw for claim in reading.times)
    for item in reading.evidence:
        yield from (item.quote, item.name, item.domain or "", item.target_url or "")


def _or_none(text: str | None) -> str | None:
    return None if text is None else plain(text)


def _outlet(outlet: Outlet) -> Outlet:
    return replace(outlet, name=plain(outlet.name), domain=_or_none(outlet.domain))


def _reading(reading: Reading) -> Reading:
    text = reading.text
    return replace(
        reading,
        url=plain(reading.url),
        title=plain(reading.title),
        text=plain(text),
        language=_or_none(reading.language),
        byline=plain(reading.byline),
        section=_or_none(reading.section),
        canonical=_or_none(reading.canonical),
        image=_or_none(reading.image),
        reason=plain(reading.reason),
        times=tuple(_time(claim) for claim in reading.times),
        evidence=tuple(_evidence(item, text) for item in reading.evidence),
    )


def _time(claim: TimeClaim) -> TimeClaim:
    return replace(claim, raw=plain(claim.raw))


def _evidence(item: Evidence, text: str) -> Evidence:
    scope = item.scope and (_moved(item.scope[0], text), _moved(item.scope[1], text))
    return replace(
        item,
        quote=plain(item.quote),
        name=plain(item.name),
        domain=_or_none(item.domain),
        target_url=_or_none(item.target_url),
        start=None if item.start is None else _moved(item.start, text),
        end=None if item.end is None else _moved(item.end, text),
        scope=scope,
    )


def _moved(offset: int, text: str) -> int:
    """The offset after the NUL characters before it are gone."""
    return offset - text.count("\x00", 0, offset)
