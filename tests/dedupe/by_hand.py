"""Pages made by hand, linked in a database in memory, and their links told."""

import random
from datetime import UTC, datetime, timedelta

from db.export import links as exported
from db.progress import Tell, silent
from db.records import Article, Evidence, Outlet, Reading, TimeClaim
from db.store import check, open_db, put_article
from dedupe.run import link

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
WORDS = """
    harbour ferry council meeting budget river bridge storm repair school winter engine captain voted asked
    promised island village tower market bread lantern signal orchard valley teacher doctor letter morning
    evening silver copper timber glass window garden festival parade museum archive railway tunnel station
""".split()  # noqa: SIM905 - a list of these would be 40 lines


def paragraph(seed, count=45):
    return " ".join(random.Random(seed).choices(WORDS, k=count)).capitalize() + "."


def text(*seeds):
    return "\n".join(paragraph(seed) for seed in seeds)


def credit(name, kind="source_line", url=None):
    return Evidence(kind=kind, quote=f"Source: {name}", region="tail", name=name, target_url=url)


def site(url):
    domain = url.split("/")[2]
    return Outlet(domain=domain, name=domain.split(".")[0].title())


def page(url, body, *evidence, hour=None, kind="article", at=None, known=None):
    at = at or (NOW - timedelta(days=1) + timedelta(hours=hour) if hour is not None else None)
    times = ()
    if at:
        times = (
            TimeClaim(kind="published", basis="jsonld", raw="", earliest=at, latest=at, zone_known=True),
        )
    reading = Reading(
        url=url, kind=kind, title=url, text=body, times=times, evidence=evidence, published_basis="jsonld"
    )
    return Article(reading=reading, outlet=known or site(url), fetched=NOW)


def linked(*articles):
    db = open_db(":memory:")
    for article in articles:
        put_article(db, article)
    link(db, now=NOW, tell=Tell(str, silent))
    assert check(db) == []
    return db


def told(db, status="accepted"):
    """(child, source, relation) of the links of a status."""
    return {
        (k["child_url"], k["parent_url"] or k["parent_name"], k["relation"])
        for k in exported(db, all_=True)
        if k["status"] == status
    }
