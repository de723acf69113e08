"""The command `newstrace`: parse, call, print.

Data goes to stdout, logs and progress to stderr.  Heavy libraries are imported where they are used.
"""

import json
import logging
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from db.errors import BadInput, MonitorsFailed, NewsError

FORMATS = ("jsonl", "csv")
GRAPHS = {
    "links": ("graphml", "prov", "mermaid", "dot"),
    "chains": ("graphml", "prov", "mermaid", "dot"),
    "flows": ("graphml",),
}
GRAPH_FORMS = GRAPHS["links"]
EXPORTS = ("articles", "matches", "links", "evidence", "outlets", "chains", "stories", "flows", "coverage")
DAY = click.DateTime(["%Y-%m-%d"])
JSON_LOG = "newstrace.json_log"  # in the meta of a context: words go to the log


class _Commands(click.Group):
    """The commands in the order of the README, their errors as one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
        try:
            return super().invoke(ctx)
        except NewsError as error:
            _say(str(error), error=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            ctx.exit(0)
        except OSError as error:  # of a file we were named: a folder, no right to it, a full disk
            if error.filename is None:
                raise
            _say(f"{error.filename}: {error.strerror}", error=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            _say("stopped; what is stored stays, and the next run goes on from there")
            ctx.exit(130)
        finally:
            signal.signal(signal.SIGTERM, before)


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(package_name="newstrace")
@click.option(
    "--db", "path", type=click.Path(dir_okay=False), help="The database (default: in NEWSTRACE_HOME)."
)
@click.pass_context
def main(ctx: click.Context, path: str | None) -> None:
    """Crawl news, find who shares text with whom, and trace who took it from whom.

    Exit codes: 0 done, also when some inputs were refused (counted on stderr); 1 nothing could be done;
    2 usage; 3 monitors failed; 75 another run holds the lock.
    """
    ctx.obj = path


def _database(ctx: click.Context) -> Path:
    if ctx.obj:
        return Path(ctx.obj)
    from crawler.sites import home

    return home() / "newstrace.db"


def _reading(ctx: click.Context):
    """The database, read-only; says which file it opened."""
    from db.open import open_read

    path = _database(ctx)
    db = open_read(path)
    _say(f"reading {path}")
    return db


@contextmanager
def _writing(ctx: click.Context, *, links: bool = False) -> Iterator[Any]:
    """The database, for the one run that may write; `links`: what is stored is to be compared."""
    from db.open import lock, open_db
    from db.texts import must_keep_texts_at

    path = _database(ctx)
    if links:
        must_keep_texts_at(path)
    with lock(path):
        yield open_db(path, create=True)


def _say(words: str, *, error: bool = False) -> None:
    """Words for people, on standard error; as a line of the log where the log is asked for as JSON."""
    ctx = click.get_current_context(silent=True)
    if ctx and ctx.meta.get(JSON_LOG):
        logging.getLogger("newstrace").log(logging.ERROR if error else logging.INFO, words)
    else:
        click.echo(words, err=True)


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


def _now() -> datetime:
    return datetime.now(UTC)


def _tell() -> Any:
    from db.progress import Tell, on_terminal

    return Tell(_say, on_terminal(sys.stderr))


@main.command()
@click.argument("domains", nargs=-1)
@click.option("--sites", "catalogue", type=click.Path(exists=True, dir_okay=False), help="Another catalogue.")
@click.option("--due", is_flag=True, help="Only what is due by its own rhythm.")
@click.option("--limit", type=click.IntRange(min=1), help="At most this many article pages.")
@click.option("--per-site", type=click.IntRange(min=1), help="At most this many requests to one site.")
@click.option(
    "--minutes", type=click.FloatRange(min=0, min_open=True), help="Ask for nothing more after these."
)
@click.option("--warc", type=click.Path(file_okay=False), help="Keep each fetched page in WARC files here.")
@click.option("--monitor", is_flag=True, help="Exit 3 when the run does not look healthy.")
@click.option("--json-log", is_flag=True, help="Log as JSON lines.")
@click.option("--no-link", is_flag=True, help="Store only; link later with `newstrace link`.")
@click.pass_context
def crawl(
    ctx: click.Context,
    domains: tuple[str, ...],
    catalogue: str | None,
    *,
    monitor: bool,
    no_link: bool,
    **asked: Any,
) -> None:
    """Crawl the sites of the catalogue, store what is new, then link it."""
    from crawler import run
    from crawler.sites import catalogue_in_use

    ctx.meta[JSON_LOG] = asked["json_log"]
    asked = _asked_of_crawl(**asked)
    sites = _named(catalogue_in_use(catalogue))
    sites.pick(domains)
    with _writing(ctx, links=True) as db:
        summary = run.crawl(_database(ctx), sites, domains=domains, say=_say, **asked)
        if summary.idle:
            _say_next_due(db)
        _finish(ctx, db, summary, link_too=not no_link, monitor=monitor)


def _named(sites: Any) -> Any:
    """The catalogue, once it says who asks: a crawl that may not start must leave no database behind."""
    from crawler.sites import contact

    contact(sites)
    return sites


def _asked_of_crawl(
    *, minutes: float | None, warc: str | None, json_log: bool, **others: Any
) -> dict[str, Any]:
    """The options of `crawl` as its function takes them."""
    from crawler.run import log_as_json

    return others | {
        "seconds": minutes and minutes * 60,
        "warc": warc and Path(warc),
        "settings": log_as_json() if json_log else None,
    }


def _monitor(db: Any, summary: Any) -> None:
    from crawler.monitors import problems

    if found := problems(db, summary):
        raise MonitorsFailed("\n".join(found))


@main.command()
@click.argument("urls", nargs=-1, required=True)
@click.pass_context
def fetch(ctx: click.Context, urls: tuple[str, ...]) -> None:
    """Fetch, store and link these article pages."""
    from crawler import run
    from crawler.sites import catalogue_in_use

    good, told = run.fetchable(urls)
    if not good:
        raise BadInput("\n".join(told))
    for words in told:
        _say(words)
    sites = _named(catalogue_in_use())
    with _writing(ctx, links=True) as db:
        summary = run.fetch(_database(ctx), good, catalogue=sites, say=_say)
        _finish(ctx, db, summary, link_too=True)


@main.command()
@click.argument("url", required=False)
@click.option("--unresolved", is_flag=True, help="Every source that is named and was not seen.")
@click.option("--budget", type=click.IntRange(min=1), default=100, show_default=True, help="Requests.")
@click.option("--sites", "catalogue", type=click.Path(exists=True, dir_okay=False), help="Another catalogue.")
@click.pass_context
def chase(ctx: click.Context, url: str | None, unresolved: bool, budget: int, catalogue: str | None) -> None:
    """Go after the sources that a stored page names: its links, the outlet's lists, its search page."""
    from crawler import run
    from crawler.sites import catalogue_in_use
    from db.find import find_article
    from db.leads import leads, seen_now

    if bool(url) == unresolved:
        raise click.UsageError("give the URL of a stored page, or --unresolved")
    _must_exist(ctx)
    with _writing(ctx, links=True) as db:
        found = leads(db, find_article(db, url)["url"] if url else None)
        if not found:
            _say("no source that is named and not seen")
            return
        sites = catalogue_in_use(catalogue)
        summary = run.chase(_database(ctx), found, budget=budget, catalogue=sites, say=_say)
        _finish(ctx, db, summary, link_too=True)
        for lead, page in seen_now(db, found):
            click.echo(f"{lead.name}: {page}")


def _finish(ctx: click.Context, db: Any, summary: Any, *, link_too: bool, monitor: bool = False) -> None:
    """Say what a crawl did, link what it stored, and exit as it went; what monitors found goes first."""
    _say(summary.as_text())
    if summary.outcome == "stopped":
        ctx.exit(130)
    if link_too:
        _link(db)
    if monitor:
        _monitor(db, summary)
    if not summary.reached and not (summary.idle and ctx.command is crawl):
        ctx.exit(1)


def _say_next_due(db: Any) -> None:
    from db.frontier import next_due
    from db.screen import minute

    if when := next_due(db):
        _say(f"the next visit is due {minute(when.isoformat())} UTC")


@main.command("import")
@click.argument("files", nargs=-1, required=True)
@click.option("--map", "columns", help="Where a key has another name: url=link,text=body.")
@click.option("--url", help="The address of a saved page.")
@click.option("--domain", "domains", multiple=True, help="Of WARC files: only pages of this domain.")
@click.option("--language", "languages", multiple=True, help="Of WARC files: only articles in this language.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Of WARC files: only pages fetched since.")
@click.pass_context
def import_(
    ctx: click.Context, files: tuple[str, ...], columns: str | None, url: str | None, **which: Any
) -> None:
    """Read JSON Lines, CSV, SQLite, WARC or saved pages into the database; does not link. `-` is stdin."""
    from crawler.imports import import_files
    from crawler.standard_input import as_files

    mapping = _mapping(columns)
    _check_url(url, files)
    with _writing(ctx, links=True) as db, as_files(files) as named:
        filters = _filters(**which)
        counts = import_files(db, named, mapping, url=url, now=_now(), tell=_tell(), filters=filters)
    _say(_counted(counts))
    if counts["stored"] + counts["new versions"]:
        _say("link them with: newstrace link")
    if not any(counts.get(what) for what in ("stored", "new versions", "known", "taken in before")):
        ctx.exit(1)


def _filters(domains: tuple[str, ...], languages: tuple[str, ...], since: datetime | None):
    """Which pages of WARC files to take; None: all of them."""
    if not (domains or languages or since):
        return None
    from crawler.warc import Filters

    return Filters(
        domains=frozenset(name.lower().removeprefix("www.") for name in domains),
        languages=frozenset(name.lower() for name in languages),
        since=since and since.replace(tzinfo=UTC),
    )


def _check_url(url: str | None, files: tuple[str, ...]) -> None:
    """Refuse a --url that names no page, or that is to name several."""
    from db.urls import is_identifier

    if url is not None and not is_identifier(url):
        raise click.UsageError(
            f"--url {url[:200]!r} is no address: write it whole, as https://paper.example/page"
        )
    if url and len(files) != 1:
        raise click.UsageError("--url names one saved page: give one file with it")


def _mapping(columns: str | None) -> dict[str, str]:
    from crawler.rows import KEYS

    pairs = [pair.partition("=") for pair in columns.split(",")] if columns else []
    for key, equals, column in pairs:
        if key.strip() not in KEYS or not equals or not column.strip():
            raise click.UsageError(f"--map takes KEY=COLUMN,... with a KEY of {', '.join(KEYS)}; not {key!r}")
    named = [key.strip() for key, _, _ in pairs]
    if twice := next((key for key in named if named.count(key) > 1), None):
        raise click.UsageError(f"--map gives {twice} two columns: give each key once")
    return {key.strip(): column.strip() for key, _, column in pairs}


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items())


@main.command()
@click.argument("inputs", nargs=-1, metavar="FILE_OR_URL...")
@click.option(
    "--from", "listed", type=click.Path(dir_okay=False), help="JSON Lines of {path, url}; `-` is stdin."
)
@click.option("--url", help="The address of a saved page.")
@click.pass_context
def read(ctx: click.Context, inputs: tuple[str, ...], listed: str | None, url: str | None) -> None:
    """Show what is read from pages, storing nothing: one JSON line per input, in the order given."""
    from crawler.read import json_text, read_inputs

    if not inputs and not listed:
        raise click.UsageError("give files or URLs to read, or --from FILE")
    _check_url(url, inputs)
    good = 0
    for answer in read_inputs(inputs, listed, url=url, now=_now()):
        good += "error" not in answer
        click.echo(json_text(answer))
    if not good:
        ctx.exit(1)


@main.command()
@click.option("--outlet", help="Only the pages of this domain.")
@click.pass_context
def reread(ctx: click.Context, outlet: str | None) -> None:
    """Read stored raw pages again under the present wordings, and link what changed."""
    from crawler.imports import reread_pages

    _must_exist(ctx)
    with _writing(ctx, links=True) as db:
        known = _known_outlets(db, (outlet,) if outlet else ())
        counts = reread_pages(db, known[0] if known else None, tell=_tell())
        _say(_counted(counts))
        _link(db)


@main.command()
@click.option("--rebuild", is_flag=True, help="Compare and judge everything again.")
@click.pass_context
def link(ctx: click.Context, rebuild: bool) -> None:
    """Compare and link what is not linked yet."""
    _must_exist(ctx)
    with _writing(ctx, links=True) as db:
        _link(db, rebuild=rebuild)


def _link(db: Any, *, rebuild: bool = False) -> None:
    from crawler.sites import put_known_outlets
    from dedupe.run import link as link_all

    put_known_outlets(db)
    _say(_counted(link_all(db, now=_now(), tell=_tell(), rebuild=rebuild)))


@main.command()
@click.argument("url")
@click.option("--json", is_flag=True, help="The chain as one JSON object.")
@click.option("--mermaid", is_flag=True, help="As a Mermaid diagram.")
@click.option("--dot", is_flag=True, help="As a Graphviz graph.")
@click.option("--fetch", "fetch_first", is_flag=True, help="Fetch the page first when it is not stored.")
@click.option("--text", is_flag=True, help="URL is `-`: trace the text on stdin instead.")
@click.option("--licences", type=click.Path(exists=True, dir_okay=False), help="Another licences.toml.")
@click.pass_context
def trace(
    ctx: click.Context, url: str, fetch_first: bool, text: bool, licences: str | None, **forms: bool
) -> None:
    """Show the chain behind a URL, and the copies after it, each hop with its quotes."""
    from db import draw
    from db.lookup import chain

    form = _one_of(forms)
    if text and url != "-":
        raise click.UsageError("--text traces the text on stdin: give `-` as the URL")
    if url == "-":
        found = _trace_text(ctx)
    else:
        if fetch_first:
            _fetch_if_missing(ctx, url)
        db = _reading(ctx)
        found = chain(db, url, licences=_licences(db, licences))
    if form == "json":
        _print_json(found.as_dict())
    else:
        click.echo({"mermaid": draw.mermaid, "dot": draw.dot}.get(form or "", draw.tree)(found))
    if found.status == "not_stored":
        ctx.exit(1)


def _one_of(forms: Mapping[str, bool]) -> str | None:
    """The form that was asked for; None where none was."""
    asked = [name for name, wanted in forms.items() if wanted]
    if len(asked) > 1:
        raise click.UsageError(f"--{asked[0]} or --{asked[1]}, not both")
    return asked[0] if asked else None


def _fetch_if_missing(ctx: click.Context, url: str) -> None:
    from db.lookup import chain
    from db.open import open_db

    path = _database(ctx)
    if not path.exists() or chain(open_db(path), url).status == "not_stored":
        ctx.invoke(fetch, urls=(url,))


def _trace_text(ctx: click.Context):
    from dedupe.pasted import trace_text

    words = sys.stdin.buffer.read(5_000_001)
    if len(words) > 5_000_000 or not words.strip():
        raise BadInput(
            "the text on stdin is empty" if not words.strip() else "a text of more than 5,000,000 bytes"
        )
    return trace_text(_reading(ctx), words.decode("utf-8", "replace"))


@main.command()
@click.argument("what", type=click.Choice(EXPORTS), required=False)
@click.option("--format", "form", type=click.Choice(FORMATS + GRAPH_FORMS), help="[default: jsonl]")
@click.option("--all", "every", is_flag=True, help="Links of every status, stories of one page.")
@click.option("--since", type=DAY, help="Published (else first seen) on this day, UTC, or later.")
@click.option("--until", type=DAY, help="Published (else first seen) on this day, UTC, or earlier.")
@click.option("--outlet", multiple=True, help="Only of this domain, or this name; may be repeated.")
@click.option("--language", multiple=True, help="Only in this language (two letters); may be repeated.")
@click.option("--relation", multiple=True, help="Only links of this relation; may be repeated.")
@click.option("--licences", type=click.Path(exists=True, dir_okay=False), help="Another licences.toml.")
@click.option("--unresolved", is_flag=True, help="Of outlets: the names nobody could place, to fill in.")
@click.option("--describe", is_flag=True, help="Print what every column means.")
@click.pass_context
def export(
    ctx: click.Context,
    what: str | None,
    form: str | None,
    describe: bool,
    licences: str | None,
    **filters: Any,
) -> None:
    """Print a table: articles, matches, links, evidence, outlets, chains, stories, flows or coverage.

    Links and chains also as a graph: graphml (Gephi), prov (W3C PROV-JSON), mermaid, dot; flows as graphml.
    """
    from db import export as exports

    if form in GRAPH_FORMS and (describe or form not in GRAPHS.get(what or "", ())):
        fit = [name for name, forms in GRAPHS.items() if form in forms]
        raise click.UsageError(f"--format {form} is for {' and '.join(fit)}")
    if describe:
        return _describe(what, form)
    if what is None:
        raise click.UsageError(f"say what to export: {', '.join(EXPORTS)}")
    if filters.pop("unresolved"):
        return _unresolved(ctx, what, form, asked=any(filters.values()))
    every, wanted = filters.pop("every"), _wanted(what, filters)
    db = _reading(ctx)
    wanted = replace(wanted, outlet=_known_outlets(db, wanted.outlet))
    _tell_languages(db, wanted.language)
    more = {"licences": _licences(db, licences)} if what in ("links", "flows") else {}
    if form in GRAPH_FORMS and what == "chains":
        return _print_graph("links", exports.chain_links(db, wanted), form)
    rows = exports.EXPORTS[what](db, all_=every, wanted=wanted, **more)
    if form in GRAPH_FORMS:
        return _print_graph(what, rows, form)
    return _print_rows(rows, form, exports.COLUMNS[what])


def _unresolved(ctx: click.Context, what: str, form: str | None, *, asked: bool) -> None:
    """Print the names that mean no outlet, for `sites apply`."""
    from db.unresolved import COLUMNS, unresolved

    if what != "outlets" or asked:
        raise click.UsageError("--unresolved is for `export outlets` alone, without filters")
    _print_rows(unresolved(_reading(ctx)), form, COLUMNS)


def _print_graph(what: str, rows: Any, form: str) -> None:
    from db import graphs
    from db.derivations import to_prov

    if form == "graphml":
        graph = graphs.flows_graph(rows) if what == "flows" else graphs.links_graph(rows)
        click.echo(graphs.to_graphml(graph))
    else:
        click.echo({"prov": to_prov, "mermaid": graphs.to_mermaid, "dot": graphs.to_dot}[form](rows))


def _print_rows(rows: Any, form: str | None, columns: tuple[str, ...]) -> None:
    from db import export as exports

    if form == "csv":
        exports.to_csv(rows, sys.stdout, columns)
    else:
        exports.to_jsonl(rows, sys.stdout)


def _describe(what: str | None, form: str | None) -> None:
    from db.codebook import COLUMNS, as_text, codebook

    if form:
        _print_rows(codebook(what), form, COLUMNS)
    else:
        click.echo(as_text(codebook(what)))


def _wanted(what: str, filters: dict[str, Any]):
    """The rows that the filters want; those that have nothing to hold against are refused."""
    from db.filters import Wanted, refused
    from db.records import RELATIONS

    days = {name: filters[name] and filters[name].date() for name in ("since", "until")}
    named = {name: tuple(filters[name]) for name in ("outlet", "language", "relation")}
    wanted = Wanted(**days, **named)
    if unfit := refused(what, wanted):
        raise click.UsageError(f"export {what} takes no --{unfit[0]}")
    if wanted.since and wanted.until and wanted.since > wanted.until:
        raise click.UsageError(f"--since {wanted.since} is after --until {wanted.until}")
    if strange := set(wanted.relation) - set(RELATIONS):
        raise click.UsageError(f"--relation is one of {', '.join(RELATIONS)}; not {min(strange)!r}")
    return wanted


def _licences(db: Any, path: str | None):
    """The licences in `path`, else in the user's own licences.toml; None where there is neither."""
    from crawler.sites import home
    from db.licences import Licences, read_licences
    from db.lookup import names

    file = Path(path) if path else home() / "licences.toml"
    return Licences(read_licences(file), names(db)) if file.exists() else None


@main.command()
@click.option("--since", default="1d", show_default=True, help="12h, 1d, 2w or a day (UTC).")
@click.option("--outlet", help="Only what this domain, or this name, took or others took from it.")
@click.option("--format", "form", type=click.Choice(("text", "csv", "atom")), help="[default: text]")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
@click.option("--licences", type=click.Path(exists=True, dir_okay=False), help="Another licences.toml.")
@click.option("--quiet", is_flag=True, help="Not a word when nothing is new: cron then mails nothing.")
@click.pass_context
def report(ctx: click.Context, since: str, outlet: str | None, licences: str | None, **how: Any) -> None:
    """What is new: copies with no credit or licence, other copies, edits, withdrawn stories still carried."""
    from db.open import open_read
    from db.report import report as found_since
    from db.report import time_before

    if how["as_json"] and how["form"]:
        raise click.UsageError("--json or --format, not both")
    now = _now()
    try:
        start = time_before(since, now)
    except BadInput as error:
        raise click.UsageError(f"--since: {error}") from error
    db = open_read(_database(ctx)) if how["quiet"] else _reading(ctx)
    known = _known_outlets(db, (outlet,) if outlet else ())
    found = found_since(db, start, now, outlet=known[0] if known else None, licences=_licences(db, licences))
    _print_report(found, how["form"], as_json=how["as_json"])
    if not found and not how["quiet"]:
        _say(f"nothing new since {found.since}")


def _print_report(found: Any, form: str | None, *, as_json: bool) -> None:
    from db import report_forms as forms
    from db.export import to_csv

    if as_json:
        _print_json(found.as_dict())
    elif form == "csv":
        to_csv(forms.as_rows(found), sys.stdout, forms.COLUMNS)
    elif form == "atom":
        click.echo(forms.as_atom(found))
    elif found:
        click.echo(forms.as_text(found))


def _known_outlets(db: Any, asked: tuple[str, ...]) -> tuple[str, ...]:
    """The outlets asked for, domains without `www.`; one that is not in the database is told.

    Raises BadInput when none of them is.
    """
    from db.find import nearest_outlets, outlet_named

    if not asked:
        return ()
    named = tuple(outlet_named(db, name) or name for name in asked)
    told = []
    for name in named:
        if not outlet_named(db, name):
            near = nearest_outlets(db, name)
            told.append(
                f"no outlet {name!r} in the database" + (f" (there are: {', '.join(near)})" if near else "")
            )
    if len(told) == len(named):
        raise BadInput("\n".join(told))
    for words in told:
        _say(words)
    return named


def _tell_languages(db: Any, asked: tuple[str, ...]) -> None:
    """Say which of the languages asked for nothing here is in."""
    from db.find import languages

    there = languages(db) if asked else []
    for language in asked:
        if language not in there:
            _say(f"nothing in the language {language!r} in the database (there are: {', '.join(there)})")


@main.command()
@click.argument("size", metavar="N", type=click.IntRange(min=1))
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed draws another sample.")
@click.option("--out", type=click.Path(dir_okay=False), help="The file to make (default: stdout).")
@click.pass_context
def sample(ctx: click.Context, size: int, seed: int, out: str | None) -> None:
    """Draw N links and non-links to label in a spreadsheet; `judge --from` reads them back."""
    from db.export import to_csv
    from db.sample import COLUMNS
    from db.sample import sample as draw_sample

    rows = draw_sample(_reading(ctx), size, seed)
    if out is None:
        to_csv(rows, sys.stdout, COLUMNS)
        return
    try:  # never over a file that may hold labels; the mark at its start tells spreadsheets of UTF-8
        with Path(out).open("x", encoding="utf-8-sig", newline="") as file:
            to_csv(rows, file, COLUMNS)
    except OSError as error:
        raise BadInput(f"{out}: cannot be made: {error.strerror}") from error
    _say(f"{len(rows):,} rows in {out}: fill in `verdict` (accept, reject, unsure), `note` and `by`")


@main.command()
@click.argument("words", nargs=-1, metavar="CHILD SOURCE accept|reject")
@click.option("--note", default="", help="Why.")
@click.option("--by", default="", help="Who says so.")
@click.option("--from", "filled", multiple=True, metavar="FILE...", help="Filled files of `sample`.")
@click.option("--report", is_flag=True, help="Print every judgement, and what they say of the links.")
@click.option("--json", "as_json", is_flag=True, help="The figures as one JSON object.")
@click.pass_context
def judge(
    ctx: click.Context, words: tuple[str, ...], note: str, by: str, filled: tuple[str, ...], **how: bool
) -> None:
    """Say that the page CHILD took from the page SOURCE, or that it did not; no rule undoes it.

    A source whose page was not seen is written phantom:NAME.  With --from, the words of several
    coders: the majority decides, and the accuracy of the links and the coders' agreement are printed.
    """
    from db.judgements import judge as put_judgement

    if filled and not how["report"]:
        return _judge_files(ctx, (*filled, *words), by, as_json=how["as_json"])
    if how["report"] and not (filled or words):
        return _judged(_reading(ctx), None, as_json=how["as_json"])
    if len(words) != 3 or words[2] not in ("accept", "reject") or filled or how["as_json"]:
        raise click.UsageError("give CHILD SOURCE accept|reject, or --from FILE..., or --report")
    child, source, verdict = words
    _must_exist(ctx)
    with _writing(ctx) as db:
        put_judgement(db, child, source, verdict, note=note, by=by, now=_now())
    return _say(f"{verdict}ed: {child} <- {source}")


def _judge_files(ctx: click.Context, files: tuple[str, ...], by: str, *, as_json: bool) -> None:
    """Keep the words of filled files, say what was refused, print what the words say of the links."""
    from db.coders import take_files

    _must_exist(ctx)
    with _writing(ctx) as db:
        pairs, kept, refused = take_files(db, [Path(file) for file in files], by=by, now=_now())
        for told in refused:
            _say(told)
        _say(f"{kept:,} judgements kept, {len(refused):,} rows refused")
        _judged(db, pairs, as_json=as_json)
    if not kept:
        ctx.exit(1)


def _judged(db: Any, pairs: set[tuple[str, str]] | None, *, as_json: bool) -> None:
    """Print the figures of the words on these pairs; of all words, each one listed, for None."""
    from db.accuracy import accuracy, as_text
    from db.judgements import all_words

    found = accuracy(w for w in all_words(db) if pairs is None or (w.child, w.source) in pairs)
    _print_json(found.as_dict()) if as_json else click.echo(as_text(found, listed=pairs is None))


def _must_exist(ctx: click.Context) -> None:
    """A database to change must be there already; a mistyped name must not make one."""
    from db.open import must_exist

    must_exist(_database(ctx))


@main.command()
@click.argument("name", metavar="URL|DOMAIN")
@click.option("--never-fetch", is_flag=True, help="Also where nothing of it is known yet.")
@click.pass_context
def forget(ctx: click.Context, name: str, *, never_fetch: bool) -> None:
    """Erase a page's or a domain's texts, quotes and raw pages everywhere, and never fetch them again."""
    from db.forget import forget as erase
    from db.forget import knows

    _must_exist(ctx)
    with _writing(ctx) as db:
        if not never_fetch and not knows(db, name):
            _say(f"nothing of {name} is stored or waits to be fetched, so nothing was done; is it spelled as")
            _say("the pages are? To forbid fetching it nevertheless, add --never-fetch")
            ctx.exit(1)
        erased = erase(db, name, _now())
    _say(f"{erased:,} articles erased; {name} is not fetched again")


@main.command()
@click.argument("url")
@click.option("--out", required=True, type=click.Path(dir_okay=False), help="The ZIP to write.")
@click.option("--licences", type=click.Path(exists=True, dir_okay=False), help="Another licences.toml.")
@click.pass_context
def pack(ctx: click.Context, url: str, out: str, licences: str | None) -> None:
    """Write the evidence behind a URL as a ZIP: texts, quotes, passages, licences, hashes, times, PROV."""
    from db.pack import pack as made

    db = _reading(ctx)
    body = made(db, url, _now(), licences=_licences(db, licences))
    try:
        with Path(out).open("xb") as file:
            file.write(body)
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}") from error
    _say(f"wrote {out}, {len(body):,} bytes; check it with: newstrace verify {out}")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.pass_context
def verify(ctx: click.Context, file: str) -> None:
    """Is an evidence pack as it was made? Exit 1 when it is not, with what is wrong."""
    from db.pack import verify as checked

    manifest, wrong = checked(Path(file))
    click.echo("\n".join(wrong) or f"{len(manifest['sha256']):,} files as they were made {manifest['made']}")
    if wrong:
        ctx.exit(1)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--without-texts", is_flag=True, help="Leave out the texts and raw pages; quotes stay.")
@click.pass_context
def snapshot(ctx: click.Context, file: str, without_texts: bool) -> None:
    """Freeze the database into FILE, with its versions, its sum and a citation (FILE.json)."""
    from db.snapshot import snapshot as frozen

    told = frozen(_reading(ctx), Path(file), _now(), without_texts=without_texts)
    click.echo(told["citation"])


@main.command()
@click.argument("file", type=click.Path(dir_okay=False))
@click.pass_context
def backup(ctx: click.Context, file: str) -> None:
    """Copy the whole database to FILE; safe while a crawl runs."""
    from db.upkeep import backup as copy

    _say(f"{file}: {copy(_reading(ctx), file):,} bytes")


@main.command()
@click.option("--raw-older-than", "days", required=True, help="Days, as 90d.")
@click.option("--keep-linked", is_flag=True, help="Not those of articles with an accepted link.")
@click.pass_context
def prune(ctx: click.Context, days: str, keep_linked: bool) -> None:
    """Drop old raw pages; texts, evidence and links stay."""
    from db.upkeep import prune as drop

    if not days.removesuffix("d").isdecimal():
        raise click.UsageError(f"--raw-older-than takes days, as 90d; not {days!r}")
    _must_exist(ctx)
    before = _now() - timedelta(days=min(int(days.removesuffix("d")), 100_000))
    with _writing(ctx) as db:
        _say(f"{drop(db, before, keep_linked=keep_linked):,} raw pages dropped")


@main.command()
@click.option("--systemd", "form", flag_value="systemd", help="A service and a timer.")
@click.option("--cron", "form", flag_value="cron", help="Lines for a crontab.")
@click.pass_context
def schedule(ctx: click.Context, form: str | None) -> None:
    """Print what makes systemd or cron crawl by itself; nothing is installed."""
    from crawler import schedule as texts

    if form is None:
        raise click.UsageError("--systemd or --cron")
    wanted = ("NEWSTRACE_HOME", "NEWSTRACE_CONTACT", "NEWSTRACE_ARCHIVE", "http_proxy", "https_proxy")
    settings = {name: os.environ[name] for name in wanted if os.environ.get(name)}
    program = Path(sys.executable).with_name("newstrace")
    click.echo(getattr(texts, form)(program, _database(ctx).absolute(), settings), nl=False)


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8001, show_default=True)
@click.option(
    "--write", is_flag=True, help="Judge links and fetch pages from the browser, with the token it prints."
)
@click.pass_context
def serve(ctx: click.Context, port: int, write: bool) -> None:
    """Browse the database in Datasette, on this machine; read-only, unless started with --write."""
    from secrets import token_urlsafe

    from crawler.sites import home
    from db.browse.answer import Tools
    from db.browse.errands import Errands
    from db.browse.serve import serve as browse
    from dedupe.match import compare_texts
    from dedupe.pasted import trace_text

    _must_exist(ctx)
    path = _database(ctx)
    command = [sys.executable, str(Path(__file__).absolute()), "--db", str(path)]
    writing = {"path": path, "secret": token_urlsafe(24), "errands": Errands(command)} if write else {}
    licences = home() / "licences.toml"
    browse(path, port, Tools(trace_text=trace_text, compare=compare_texts, licences=licences, **writing))


@main.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Counts, the last runs, and whether each detector still finds something."""
    from db.status import as_text, status_of

    found = status_of(_reading(ctx))
    _print_json(found) if as_json else click.echo(as_text(found))


@main.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Is the database whole? Exit 1 when it is not, with what is wrong."""
    from db.check import check as problems_of

    problems = problems_of(_reading(ctx))
    if as_json:
        _print_json({"ok": not problems, "problems": problems})
    else:
        click.echo("\n".join(problems) or "the database is whole")
    if problems:
        ctx.exit(1)


@main.group()
def sites() -> None:
    """The catalogue of sites."""


@sites.command("check")
@click.argument("domains", nargs=-1)
@click.option("--sites", "catalogue", type=click.Path(exists=True, dir_okay=False), help="Another catalogue.")
@click.option("--offline", is_flag=True, help="Only what is written; nothing is asked on the network.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def sites_check(
    ctx: click.Context, domains: tuple[str, ...], catalogue: str | None, *, offline: bool, as_json: bool
) -> None:
    """Are the catalogue, the outlets and the wordings right, and do the feeds and sitemaps answer?

    Exit 1 when something is wrong in a file, or when a list does not answer, is empty, stale, or
    names pages that may not be fetched.
    """
    from crawler.checks import check_sites
    from crawler.sites import catalogue_in_use

    written = dict(check_sites(catalogue))
    picked = catalogue_in_use(catalogue).pick(domains)
    if not as_json:
        click.echo("\n".join(f"{number:,} {what}: as they should be" for what, number in written.items()))
    visits = () if offline else _visited(picked, as_json=as_json)
    bad = sum(not visit.good for visit in visits)
    if as_json:
        from crawler.visits import as_dicts

        _print_json({"written": written, "lists": as_dicts(visits), "ok": not bad})
    if bad:
        _say(f"{bad:,} of {len(visits):,} lists need a look")
        ctx.exit(1)


@sites.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
def sites_apply(file: str) -> None:
    """Put the names of a filled file of `export outlets --unresolved` into your outlets.toml."""
    from crawler.placed import apply
    from crawler.sites import home

    done = apply(file, home())
    _say(f"{done.added:,} names added, {done.known:,} known already, {done.empty:,} without a domain")
    if done.added:
        _say(f"they are in {home() / 'outlets.toml'}; resolve them with: newstrace link")


def _visited(picked: Any, *, as_json: bool) -> tuple[Any, ...]:
    """What each list of the catalogue answers, printed as a table unless JSON is wanted."""
    from crawler.run import check_lists
    from crawler.visits import as_table

    many = sum(len((*site.feeds, *site.sitemaps, *site.start_urls)) for site in picked.sites)
    _say(f"asking {many:,} lists of {len(picked.sites):,} sites, each host at its own pace")
    visits = check_lists(picked)
    if not as_json:
        click.echo(as_table(visits))
    return visits


if __name__ == "__main__":
    main()
