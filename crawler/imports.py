"""Rows of a file become articles: saved pages are read as crawled ones are, texts as they stand.

Nothing is fetched.  Reading runs in several processes; what is wrong with a row becomes a message
that names it, and the other rows go on.
"""

import gc
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from sqlite_utils import Database

from crawler.extract import read_page, read_text
from crawler.markup import one_line
from crawler.parallel import DIED, FEW, GARBAGE, Loss, in_order
from crawler.rows import Problem, Row, is_warc, read_rows
from crawler.sites import catalogue_in_use, put_known_outlets
from crawler.sites import names as known_names
from crawler.times import claim, stated_moment
from db.errors import BadInput, NewsError
from db.frontier import hints_of_article
from db.lookup import names as stored_names
from db.outlets import Names
from db.progress import Tell
from db.raw import RawPage, raw_pages, without_page
from db.records import NO_OUTLET, Article, Evidence, Outlet, Reading, TimeClaim
from db.search import indexed_at_once
from db.store import end_run, put_article, start_run, writing
from db.urls import canonical, is_web, unwrap

if TYPE_CHECKING:
    from crawler.warc import Filters

Item = TypeVar("Item")

CHUNK = 64  # rows read by one process at a time
BATCH = 2048  # articles stored in one transaction,
BATCH_SIZE = 16_000_000  # characters and bytes of them: of saved pages fewer, for they take long to read
MAX_TEXT = 5_000_000  # characters
UNDATED, MASKED, BEFORE = "dates not read", "masked", "taken in before"  # counts
_MASKS = "@ @ @"  # as some corpora, NELA-GT for one, replace words of their texts
_HOW_MASKED = "they are left out when texts are compared, so copies share less here than on their pages"


def import_files(
    db: Database,
    files: Iterable[str],
    mapping: Mapping[str, str],
    *,
    url: str | None,
    now: datetime,
    tell: Tell,
    filters: "Filters | None" = None,
) -> dict[str, int]:
    """Counts of what the rows of `files` did; every refused one is told, with its place and why.

    Counts: stored (new articles), new versions, known (nothing new), refused; and, where there are any,
    of those taken in: dates not read, masked (texts in which words are replaced by `@`); and WARC files that
    were taken in before.
    `filters` say which pages of WARC files are taken.
    """
    archives = [name for name in files if is_warc(name)]
    files = [name for name in files if not is_warc(name)]
    counts = {"stored": 0, "new versions": 0, "known": 0, "refused": 0}
    rows = (
        (f"{name} row {number}" if number else name, row)
        for name in files
        for number, row in _rows_or_problem(name, mapping, url)
    )
    read = read_all(rows, names_for(db), now)
    run = start_run(db, "import", now)
    outcome = "stopped"
    looked = gc.get_threshold()
    gc.set_threshold(*GARBAGE)  # thousands of articles are held at a time, and none is part of a circle
    try:
        for batch in _batches(read):
            store(db, batch, counts, tell)
            tell.progress("import", sum(counts.values()), 0)
        if archives:  # what they are read with takes a third of a second to load
            _import_archives(db, archives, filters, counts, tell)
        if MASKED in counts:
            tell.say(f"masked words (`@`) stand in {counts[MASKED]:,} of the texts: {_HOW_MASKED}")
        outcome = "done"
    finally:
        gc.set_threshold(*looked)
        end_run(db, run, outcome, counts, datetime.now(UTC))
    return counts


def _import_archives(
    db: Database, archives: Iterable[str], filters: "Filters | None", counts: dict[str, int], tell: Tell
) -> None:
    """WARC files; one that cannot be read is told and counted."""
    from crawler.warc import Filters
    from crawler.warc_import import Intake, import_warc

    intake = Intake(
        names=names_for(db),
        read=read_rows_of,
        lost=rows_lost,
        keep=lambda found: store(db, found, counts, tell),
        tell=tell,
    )
    for path in archives:
        try:
            if not import_warc(db, path, filters or Filters(), intake):
                _add(counts, BEFORE)
        except BadInput as error:
            counts["refused"] += 1
            tell.say(str(error))


def _rows_or_problem(
    name: str, mapping: Mapping[str, str], url: str | None
) -> Iterator[tuple[int, Row | BadInput]]:
    """The rows of a file; a file that cannot be read is one bad row."""
    number = None
    try:
        for number, row in read_rows(name, mapping, url):
            yield number, row
        if number is None:
            yield 0, BadInput("there is no row in it")
    except BadInput as error:
        yield 0, error


def store(db: Database, batch: Iterable[Article | Problem], counts: dict[str, int], tell: Tell) -> None:
    """Store a batch in one transaction; a row the store refuses is told like an unreadable one."""
    with indexed_at_once(db):
        for item in batch:
            if isinstance(item, Problem):
                _add(counts, "refused" if item.refused else UNDATED)
                tell.say(f"{item.place}: {item.message}")
                continue
            try:
                stored = put_article(db, item)
            except NewsError as error:
                counts["refused"] += 1
                tell.say(f"{item.url[:200]}: {error}")
                continue
            made = "stored" if stored.new_article else "new versions" if stored.new_version else "known"
            counts[made] += 1
            if _MASKS in item.reading.text:
                _add(counts, MASKED)


def _add(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def names_for(db: Database) -> Names:
    """The outlets that pages going into `db` are read with: those it was crawled with come first."""
    put_known_outlets(db)
    listed = known_names(catalogue_in_use())
    return Names([*stored_names(db).by_domain.values(), *listed.by_domain.values()])


def reread_pages(db: Database, outlet: str | None, *, tell: Tell) -> dict[str, int]:
    """Counts of reading the stored raw pages again: read, changed (text or evidence)."""
    from crawler.answers import with_hints

    counts = {"read": 0, "changed": 0}
    _tell_without_page(db, outlet, tell)
    names = names_for(db)
    read = in_order(_reread, raw_pages(db, outlet), names, few=FEW, loss=Loss(told=_page_lost))
    for batch in _chunks(read):
        with writing(db):
            for article in batch:
                if isinstance(article, Problem):
                    _add(counts, "failed")
                    tell.say(f"{article.place}: {article.message}")
                    continue
                listed = hints_of_article(db, article.url)
                reading = with_hints(article.reading, listed, names, article.fetched)
                stored = put_article(db, replace(article, reading=reading))
                counts["read"] += 1
                counts["changed"] += stored.new_version or stored.evidence_changed
        tell.progress("reread", counts["read"], 0)
    return counts


def _tell_without_page(db: Database, outlet: str | None, tell: Tell) -> None:
    """Say which articles cannot be read again, and what can be done about each kind."""
    texts, pruned = without_page(db, outlet)
    if texts:
        tell.say(
            f"{texts:,} articles were imported as text, without their page: they stay as they are"
            " (import the file again to read their words under the present wordings)"
        )
    if pruned:
        tell.say(
            f"{pruned:,} articles have no raw page any more (dropped by `newstrace prune`, or never kept): "
            "they stay as they are (fetch them again to read them under the present wordings)"
        )


def _page_lost(page: RawPage) -> Problem:
    return Problem(place=page.url, message=f"stays as it was: {DIED}")


def _reread(page: RawPage, names: Names) -> Article | Problem:
    reading = read_page(page.html, page.url, names=names, now=page.fetched)
    return Article(
        reading=reading, outlet=page.outlet, fetched=page.fetched, raw=page.html, status=page.status
    )


def read_all(
    rows: Iterable[tuple[str, Row | BadInput]], names: Names, now: datetime
) -> Iterator[Article | Problem]:
    """The articles of `rows`, each a (place, row) pair, in order, read in as many processes as cores."""
    work = partial(read_rows_of, now=now)
    for articles in in_order(work, _chunks(rows), names, loss=ROWS_LOST):
        yield from articles


def rows_lost(rows: Iterable[tuple[str, Row | BadInput]]) -> list[Article | Problem]:
    """What is said of (place, row) pairs whose reader was killed over them."""
    return [Problem(place=place, message=f"not stored: {DIED}") for place, _ in rows]


ROWS_LOST: Loss[list[tuple[str, Row | BadInput]], list[Article | Problem]] = Loss(
    told=rows_lost,
    parts=lambda rows: [[row] for row in rows],
    whole=lambda made: [item for items in made for item in items],
)


def _chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    items = iter(items)
    while chunk := list(islice(items, size)):
        yield chunk


def _batches(read: Iterable[Article | Problem]) -> Iterator[list[Article | Problem]]:
    """What is stored together: the more, the less is written of the search index and of what all share."""
    batch: list[Article | Problem] = []
    size = 0
    for item in read:
        batch.append(item)
        size += _size(item)
        if len(batch) >= BATCH or size >= BATCH_SIZE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _size(item: Article | Problem) -> int:
    if isinstance(item, Problem):
        return 0
    return len(item.reading.text) + (len(item.raw) if isinstance(item.raw, bytes) else 0)


def read_rows_of(
    chunk: Iterable[tuple[str, Row | BadInput]], names: Names, *, now: datetime
) -> list[Article | Problem]:
    """The articles of (place, row) pairs, and what is wrong with rows."""
    return [item for place, row in chunk for item in _read_one(place, row, names, now)]


def _read_one(place: str, row: Row | BadInput, names: Names, now: datetime) -> list[Article | Problem]:
    """The article of a row, after what could not be read of it; or only why it is not taken in."""
    if isinstance(row, BadInput):
        return [Problem(place=place, message=str(row))]
    try:
        article = to_article(row, names, now)
    except NewsError as error:
        return [Problem(place=place, message=str(error))]
    doubt = _undated(row, article)
    return [Problem(place=place, message=doubt, refused=False), article] if doubt else [article]


def _undated(row: Row, article: Article) -> str:
    """Why the time that a row gives is not taken, or ""."""
    if "published" not in row:
        return ""
    stated = f"{str(row['published'])[:60]!r}"
    claims = [t for t in article.reading.times if (t.kind, t.basis) == ("published", "import")]
    if not claims:
        return f"`published` is no time: {stated} (write 2026-03-01T12:00:00Z); stored without it"
    if not claims[0].plausible:
        return f"`published` is no likely time: {stated}; stored without it"
    return ""


def to_article(row: Row, names: Names, now: datetime) -> Article:
    """The article of one row; `url html text title published fetched language byline links outlet`.

    Raises BadInput or BadUrl when the row cannot be taken.
    """
    fetched = _fetched(row, now)
    url = str(row.get("url", "")).strip() or _own_address(row, names, fetched)
    address, captured = unwrap(url)
    if "html" in row:
        reading = _stated(read_page(_page(row), address, names=names, now=fetched), row, fetched)
    else:
        reading = _from_text(row, address, names, fetched)
    if captured is not None:
        seen = claim(captured.isoformat(), "seen", "archive", now=fetched)
        reading = replace(reading, times=(*reading.times, seen) if seen else reading.times)
    raw = _page(row) if "html" in row else None
    return Article(
        reading=replace(reading, url=address, evidence=(*reading.evidence, *_links(row))),
        outlet=_outlet(row, address, names),
        fetched=fetched,
        undated="fetched" not in row,
        urls=((url, "archive" if captured else "requested"),) if url != address else (),
        raw=raw.encode("utf-8", "replace") if isinstance(raw, str) else raw,
    )


def _page(row: Row) -> bytes | str:
    page = row["html"]
    return page if isinstance(page, bytes) else str(page)


def _own_address(row: Row, names: Names, now: datetime) -> str:
    """The address a saved page gives as its own."""
    stated = read_page(_page(row), "", names=names, now=now).canonical
    if not stated:
        raise BadInput("the page does not say its own address: give it with --url URL")
    return stated


def _from_text(row: Row, url: str, names: Names, fetched: datetime) -> Reading:
    text = str(row["text"])
    if len(text) > MAX_TEXT:
        raise BadInput(f"a text of {len(text):,} characters, {MAX_TEXT:,} are allowed")
    published = row.get("published")
    return read_text(
        text,
        url,
        names=names,
        title=str(row.get("title", "")),
        byline=str(row.get("byline", "")),
        language=str(row["language"]) if "language" in row else None,
        published=None if published is None else str(published),
        now=fetched,
    )


def _stated(reading: Reading, row: Row, fetched: datetime) -> Reading:
    """What the row says beside its page: a title or language the page lacks, and one more stated time."""
    language = reading.language or (str(row["language"]).lower()[:2] if "language" in row else None)
    reading = replace(reading, title=reading.title or one_line(str(row.get("title", ""))), language=language)
    told = _published(row, reading.url, language, fetched)
    if told is None:
        return reading
    reading = replace(reading, times=(*reading.times, told))
    if reading.published is not None or not told.plausible:
        return reading
    moment = stated_moment(told, url=reading.url, language=language)
    return replace(reading, published=moment, published_basis="import")


def _published(row: Row, url: str, language: str | None, fetched: datetime) -> TimeClaim | None:
    if "published" not in row:
        return None
    return claim(str(row["published"]), "published", "import", url=url, now=fetched, language=language)


def _fetched(row: Row, now: datetime) -> datetime:
    if "fetched" not in row:
        return now
    told = claim(str(row["fetched"]), "seen", "import", now=now)
    if told is None or told.latest.year < 1995:  # no web page was fetched then: a clock that reads 0
        raise BadInput(f"`fetched` is no time: {str(row['fetched'])[:60]!r} (write 2026-03-01T12:00:00Z)")
    return min(told.earliest, now) if told.zone_known else min(told.latest, now)


def _outlet(row: Row, address: str, names: Names) -> Outlet:
    """The outlet the row names, by domain or by name, or else the one its address belongs to."""
    told = str(row.get("outlet", "")).strip()
    if not told:
        return names.at(address) if is_web(address) else Outlet(domain=None, name=NO_OUTLET)
    if known := names.by_domain.get(told.lower()) or names.find(told, anchored=True):
        return known
    if "." in told and " " not in told:
        return names.at(f"http://{told}/")
    return Outlet(domain=names.at(address).domain if is_web(address) else None, name=told)


def _links(row: Row) -> tuple[Evidence, ...]:
    """The row's own list of links, as body links: addresses, or objects with `url` and `text`."""
    links = row.get("links", ())
    if isinstance(links, str):
        links = _listed(links)
    found = []
    for link in links if isinstance(links, list) else ():
        href, words = (link.get("url"), link.get("text")) if isinstance(link, Mapping) else (link, "")
        if isinstance(href, str) and is_web(href.strip()):
            target = canonical(href)
            found.append(
                Evidence(
                    kind="body_link",
                    quote=str(words or href),
                    region="body",
                    target_url=target,
                    rule="import",
                )
            )
    return tuple(found)


def _listed(links: str) -> list[object]:
    """A list in a CSV cell: JSON, or addresses with spaces between."""
    if links.lstrip().startswith("["):
        try:
            told = json.loads(links)
        except ValueError as error:
            raise BadInput(f"`links` is no JSON list ({error})") from error
        return told if isinstance(told, list) else []
    return list(links.split())
