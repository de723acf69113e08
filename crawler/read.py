"""`newstrace read`: what is read from pages, as JSON, storing nothing."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from crawler.extract import read_page
from crawler.parallel import DIED, FEW, Loss, in_order
from crawler.rows import json_lines_of, read_page_file
from crawler.sites import catalogue_in_use
from crawler.sites import names as known_names
from db.errors import BadInput, NewsError
from db.outlets import Names
from db.records import CREDIT_KINDS, Evidence, Reading
from db.urls import is_web

Answer = dict[str, Any]


def read_inputs(
    inputs: Sequence[str], listed: str | None, *, url: str | None, now: datetime
) -> Iterator[Answer]:
    """One answer per input, in order: pages on disk (`-`: on stdin), addresses, then what `listed` lists.

    `listed` is a file of JSON Lines with `path` and `url`.  An input that cannot be read gives
    {"input", "error"}.
    """
    names = known_names(catalogue_in_use())
    fetched = _fetch([i for i in inputs if is_web(i)], names)
    if "-" in inputs:  # here, for no other process has our standard input
        fetched["-"] = _read_file(("-", url or ""), names, now=now)
    jobs: Iterator[tuple[str, str] | Answer] = _jobs(inputs, listed, url, fetched)
    yield from in_order(partial(_read_file, now=now), jobs, names, few=FEW, loss=Loss(told=_lost))


def _jobs(
    inputs: Iterable[str], listed: str | None, url: str | None, fetched: dict[str, Answer]
) -> Iterator[tuple[str, str] | Answer]:
    """What to read: (path, address), or an answer that is there already."""
    for given in inputs:
        yield fetched.get(given, (given, url or ""))
    for number, row in json_lines_of(listed) if listed else ():
        path = row.get("path") if isinstance(row, dict) else None
        if isinstance(path, str) and path:
            beside = Path(path) if listed == "-" or Path(path).is_absolute() else Path(listed).parent / path
            there = path if Path(path).exists() or not beside.exists() else str(beside)
            yield there, str(row.get("url") or "")
        else:
            why = str(row) if isinstance(row, BadInput) else "no `path`"
            yield {"input": f"{listed} line {number}", "error": why}


def _lost(job: tuple[str, str] | Answer) -> Answer:
    """The answer for a page whose reader was killed over it."""
    return job if isinstance(job, dict) else {"input": job[0], "url": job[1], "error": DIED}


def _read_file(job: tuple[str, str] | Answer, names: Names, *, now: datetime) -> Answer:
    if isinstance(job, dict):
        return job
    path, url = job
    try:
        page = read_page_file(path)
        reading = read_page(page, url, names=names, now=now)
        if not url and reading.canonical:
            reading = read_page(page, reading.canonical, names=names, now=now)
    except NewsError as error:
        return {"input": path, "url": url, "error": str(error)}
    return {"input": path} | as_json(reading, names)


def _fetch(urls: Sequence[str], names: Names) -> dict[str, Answer]:
    if not urls:
        return {}
    from crawler.run import fetchable, read_urls

    good, _ = fetchable(urls)
    found: dict[str, Reading | str] = {url: fetchable([url])[1][0] for url in urls if url not in good}
    try:
        found |= read_urls(good) if good else {}
    except NewsError as error:  # no contact: the pages on disk are read all the same
        found |= dict.fromkeys(good, str(error))
    return {
        url: {"input": url}
        | (as_json(said, names) if isinstance(said, Reading) else {"url": url, "error": said})
        for url, said in found.items()
    }


def as_json(reading: Reading, names: Names) -> Answer:
    """What was read from one page; the keys are the command's contract.  An unreadable one has `error`."""
    told = {
        "url": reading.url,
        "title": reading.title,
        "text": reading.text,
        "published": reading.published and reading.published.isoformat(),
        "published_basis": reading.published_basis,
        "authors": list(reading.authors),
        "byline": reading.byline,
        "language": reading.language,
        "section": reading.section,
        "kind": reading.kind,
        "canonical": reading.canonical,
        "credits": [_credit(e, names) for e in reading.evidence if e.kind in CREDIT_KINDS],
        "photo_credits": [_credit(e, names) for e in reading.evidence if e.kind == "photo_credit"],
        "is_republication": reading.is_republication,
        "reason": reading.reason,
        "times": [_time(t) for t in reading.times],
        "titles": dict(reading.titles),
        "image": reading.image,
        "extractor": reading.extractor,
    }
    return told | ({"error": f"unreadable: {reading.reason}"} if reading.kind == "unreadable" else {})


def _time(claim: Any) -> Answer:
    return {
        "kind": claim.kind,
        "basis": claim.basis,
        "raw": claim.raw,
        "earliest": claim.earliest.isoformat(),
        "latest": claim.latest.isoformat(),
        "zone_known": claim.zone_known,
        "plausible": claim.plausible,
    }


def _credit(found: Evidence, names: Names) -> Answer:
    known = names.by_domain.get(found.domain or "")
    return {
        "source": known.name if known else found.name,
        "domain": found.domain,
        "kind": found.kind,
        "quote": found.quote,
        "region": found.region,
        "name": found.name,
        "target_url": found.target_url,
        "hop": found.hop,
        "language": found.language,
        "rule": found.rule,
        "scope": found.scope,
    }


def json_text(answer: Answer) -> str:
    """An answer as one line of JSON; lone surrogates, which no terminal takes, are escaped."""
    line = json.dumps(answer, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(answer)
    return line
