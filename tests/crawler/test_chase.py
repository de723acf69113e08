"""Credits followed to the page they name: by their link, the outlet's feed, its search, an archive."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from crawler.chase import promising, query, search_url
from db.frontier import Listing
from db.leads import Lead
from tests.crawler.test_news import HTML, ROOT, SITE, XML, Press, page, rows, rss

NOW = datetime(2026, 3, 16, 6, tzinfo=UTC)
SOURCE = "/news/the-quarry-of-upperton-opens-again"
WIRE = '[[site]]\ndomain = "hillwire.example"\nname = "Hill Wire"\nkind = "agency"\ndelay = 0\n{lists}\n'


def lead(**more):
    told = {"targets": (), "titles": ("The quarry of Upperton opens again",), "since": NOW}
    return Lead(phantom=1, outlet="hillwire.example", name="Hill Wire", **told | more)


def listing(slug, hours=0):
    url = f"http://hillwire.example/{slug}"
    return Listing(url=url, link=url, basis="feed", newest=NOW - timedelta(hours=hours))


def test_pages_that_share_words_and_time_are_promising_the_likeliest_first():
    pages = [
        listing("a-band-plays-on"),
        listing("quarry-opens", 2),
        listing("upperton-quarry-opens-again", 5),
        listing("upperton-quarry-opens-again-old", 24 * 9),
    ]
    assert [p.url.rpartition("/")[2] for p in promising(pages, lead())] == [
        "upperton-quarry-opens-again",
        "quarry-opens",
    ]


def test_a_headline_becomes_a_question_to_the_sites_own_search():
    assert query("The quarry of Upperton opens again") == "quarry Upperton opens again"
    asked = search_url("http://a.example/?s={query}", "Piatra & vatra din Zăvoreni")
    assert asked == "http://a.example/?s=Piatra+vatra+Z%C4%83voreni"


def credited(link):
    return page("Upperton").replace(b"</article>", b"<p>Source: " + link + b"</p></article>")


def press(link=b"Hill Wire", **wire):
    routes = {
        ("copier.example", "/feed"): (200, XML, rss("copier.example", "/x/quarry-opens-at-last")),
        ("copier.example", "/x/quarry-opens-at-last"): (200, HTML, credited(link)),
        ("hillwire.example", SOURCE): (200, HTML, page("Upperton")),
    }
    routes |= {("hillwire.example", path): answer for path, answer in wire.items()}
    return Press(routes)


def begun(folder, proxy, *words, **more):
    """The process of a command that reaches the web through `proxy` only, first of a group of its own."""
    environment = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
    environment |= {"http_proxy": f"http://127.0.0.1:{proxy.port}", "NEWSTRACE_HOME": str(folder / "home")}
    return subprocess.Popen(
        [sys.executable, "-m", "newstrace", "--db", str(folder / "n.db"), *words],
        cwd=ROOT, env=environment | more, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip


def newstrace(folder, proxy, *words, **more):
    """The same, once it is over."""
    command = begun(folder, proxy, *words, **more)
    told, log = command.communicate(timeout=120)
    return subprocess.CompletedProcess(words, command.returncode, told, log)


def catalogue(folder, lists):
    file = folder / "sites.toml"
    copier = SITE.format(
        domain="copier.example", name="Copier", delay=0, lists='feeds = ["http://copier.example/feed"]'
    )
    file.write_text(f'contact = "desk@quarry.example"\n{copier}{WIRE.format(lists=lists)}')
    return str(file)


LINKED = b"<a href='http://hillwire.example" + SOURCE.encode() + b"'>Hill Wire</a>"
FEED = 'feeds = ["http://hillwire.example/feed"]'
SEARCH = 'start_urls = ["http://hillwire.example/"]\nsearch = "http://hillwire.example/find?q={query}"'
FOUND = (200, HTML, b"<h2><a href='" + SOURCE.encode() + b"'>The quarry of Upperton opens again</a></h2>")


@pytest.mark.parametrize(
    ("link", "lists", "wire"),
    [
        (LINKED, SEARCH, {}),
        (b"Hill Wire", FEED, {"/feed": (200, XML, rss("hillwire.example", SOURCE, "/news/a-band-plays-on"))}),
        (b"Hill Wire", SEARCH, {"/find": FOUND}),
    ],
    ids=["by its link", "by the feed", "by the search"],
)
def test_a_named_source_is_found_and_the_copy_points_at_it(tmp_path, link, lists, wire):
    proxy, sites = press(link, **wire), catalogue(tmp_path, lists)
    done = newstrace(tmp_path, proxy, "crawl", "copier.example", "--sites", sites)
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path, "SELECT count(*) FROM articles WHERE phantom = 1") == [(1,)]
    done = newstrace(tmp_path, proxy, "chase", "--unresolved", "--sites", sites, "--budget", "6")
    assert done.returncode == 0, done.stderr
    assert not proxy.asked("hillwire.example", "/news/a-band-plays-on")
    links = "SELECT s.url FROM links l JOIN articles s ON s.id = l.source_id WHERE l.status = 'accepted'"
    assert rows(tmp_path, links) == [(f"http://hillwire.example{SOURCE}",)], done.stderr
    proxy.shutdown()
    proxy.server_close()


def test_a_source_that_nothing_leads_to_is_told(tmp_path):
    proxy, sites = press(), catalogue(tmp_path, 'start_urls = ["http://hillwire.example/"]')
    assert newstrace(tmp_path, proxy, "crawl", "copier.example", "--sites", sites).returncode == 0
    done = newstrace(tmp_path, proxy, "chase", "--unresolved", "--sites", sites)
    assert done.returncode == 1
    told = done.stderr.splitlines()
    assert told[0] == "no link, and no list or search of a site in the catalogue, leads to: Hill Wire"
    assert told[1] == "there was nothing to ask for"
    proxy.shutdown()
    proxy.server_close()


def test_a_page_that_is_gone_is_asked_of_the_archive_the_user_named(tmp_path):
    gone, kept = f"http://hillwire.example{SOURCE}", "/web/20260316070000/http://hillwire.example" + SOURCE
    proxy = press(**{SOURCE: (410, HTML, b"gone")})
    proxy.routes["web.archive.org", kept] = (200, HTML, page("Upperton"))
    archive = "http://web.archive.org/web/20260316070000/{url}"
    told = {"NEWSTRACE_CONTACT": "desk@quarry.example", "NEWSTRACE_ARCHIVE": archive}
    assert newstrace(tmp_path, proxy, "fetch", gone, **told).returncode == 0
    assert rows(tmp_path, "SELECT url FROM articles") == [(gone,)]
    assert rows(tmp_path, "SELECT basis, raw FROM time_claims WHERE basis = 'archive'")
    proxy.shutdown()
    proxy.server_close()
