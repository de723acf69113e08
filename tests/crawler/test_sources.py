"""Feeds, sitemaps and front pages, the broken ones among them."""

import gzip

import pytest

from crawler import sources
from crawler.sources import MAX_INFLATED, Entry, page_links, read_feed, read_sitemap
from db.errors import BadInput

RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Quarry</title>
<item><title>Stone &amp; sand</title><link>/news/stone?utm_source=rss</link>
 <pubDate>Mon, 16 Mar 2026 06:00:00 +0200</pubDate>
 <source url="https://hill.example/rss">Hill Wire</source></item>
<item><title>No link</title></item>
<item><guid isPermaLink="true">https://quarry.example/news/sand</guid></item>
</channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Quarry</title><entry><title>Stone</title>
<link rel="alternate" href="https://quarry.example/a"/><published>2026-03-16T06:00:00Z</published>
<updated>2026-03-16T07:00:00Z</updated>
<source><title>Hill Wire</title><link href="https://hill.example/"/></source></entry></feed>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Q</title></channel>
<item rdf:about="y"><title>Stone</title><link>https://quarry.example/a</link><dc:date>2026-03-16</dc:date></item>
</rdf:RDF>"""
URL = "https://quarry.example/list"


def test_a_feed_keeps_links_times_and_sources_as_they_stand():
    feed = read_feed(RSS, URL)
    assert (feed.title, feed.problem) == ("Quarry", "")
    assert feed.entries == (
        Entry(
            link="https://quarry.example/news/stone?utm_source=rss",
            title="Stone & sand",
            published="Mon, 16 Mar 2026 06:00:00 +0200",
            source_name="Hill Wire",
            source_url="https://hill.example/rss",
        ),
        Entry(link="https://quarry.example/news/sand"),
    )


@pytest.mark.parametrize(
    ("body", "published", "updated", "source"),
    [
        (ATOM, "2026-03-16T06:00:00Z", "2026-03-16T07:00:00Z", "https://hill.example/"),
        (RDF, None, "2026-03-16", None),
        (gzip.compress(ATOM), "2026-03-16T06:00:00Z", "2026-03-16T07:00:00Z", "https://hill.example/"),
    ],
)
def test_other_kinds_of_feed(body, published, updated, source):
    (entry,) = read_feed(body, URL).entries
    assert entry.link == "https://quarry.example/a"
    assert (entry.published, entry.updated, entry.source_url) == (published, updated, source)


def test_a_feed_that_breaks_off_keeps_what_stands_before():
    feed = read_feed(RSS[: RSS.index(b"<item><guid")], URL)
    assert [entry.title for entry in feed.entries] == ["Stone & sand"]
    assert feed.problem


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"  ", "empty"),
        (b"<!doctype html><html><body>Not here</body></html>", "an HTML page"),
        (b'{"items": []}', "it begins"),
        (gzip.compress(RSS)[:60], "cut short"),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><rss version="2.0"><channel/></rss>', "declares entities"),
    ],
)
def test_what_is_no_feed_is_named_with_its_url(body, said):
    with pytest.raises(BadInput, match=f"{URL}: .*{said}"):
        read_feed(body, URL)


def test_a_feed_is_never_taken_for_a_file_name(tmp_path):
    path = tmp_path / "feed.xml"
    path.write_bytes(RSS)
    with pytest.raises(BadInput):
        read_feed(str(path).encode(), URL)


INDEX = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://quarry.example/old.xml</loc><lastmod>2025-01-01</lastmod></sitemap>
<sitemap><loc>/new.xml.gz</loc><lastmod>2026-03-01</lastmod></sitemap></sitemapindex>"""
NEWS = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:i="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://quarry.example/a?id=1 </loc><lastmod>2026-03-16</lastmod>
 <i:image><i:loc>https://quarry.example/a.jpg</i:loc></i:image>
 <n:news><n:publication><n:name>Quarry</n:name><n:language>ro</n:language></n:publication>
 <n:publication_date>2026-03-16T06:00:00+02:00</n:publication_date><n:title>Piatra</n:title></n:news></url>
<url><loc>mailto:desk@quarry.example</loc></url>
<url><loc>https://quarry.example/b</loc></url></urlset>"""


def test_an_index_gives_its_newest_sitemaps_first():
    children = read_sitemap(INDEX, URL).children
    assert [child.link for child in children] == [
        "https://quarry.example/new.xml.gz",
        "https://quarry.example/old.xml",
    ]


@pytest.mark.parametrize("body", [NEWS, gzip.compress(NEWS)])
def test_a_news_sitemap_gives_pages_with_what_it_says_of_them(body):
    first, second = read_sitemap(body, URL).pages
    assert first == Entry(
        link="https://quarry.example/a?id=1",
        title="Piatra",
        published="2026-03-16T06:00:00+02:00",
        updated="2026-03-16",
        language="ro",
    )
    assert second == Entry(link="https://quarry.example/b")


def test_a_sitemap_that_breaks_off_keeps_what_stands_before():
    sitemap = read_sitemap(NEWS[:-40], URL)
    assert len(sitemap.pages) == 1
    assert "cut off" in sitemap.problem


def test_entities_of_a_sitemap_are_not_resolved(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    body = (
        f'<!DOCTYPE u [<!ENTITY x SYSTEM "file://{secret}"><!ENTITY y "loud">]>'
        "<urlset><url><loc>http://a.example/&y;&x;</loc></url>"
        "<url><loc>http://a.example/b</loc></url></urlset>"
    )
    links = [page.link for page in read_sitemap(body.encode(), URL).pages]
    assert "http://a.example/b" in links
    assert not any("hidden" in link or "loud" in link for link in links)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b"<html><body>x</body></html>", "its root is <html>"),
        (RSS, "its root is <rss>"),
        (b"plain words", "not a sitemap"),
        (gzip.compress(NEWS)[:80], "cut short"),
        (b"\x1f\x8bnonsense", "broken gzip"),
        (gzip.compress(b" " * (MAX_INFLATED + 10)), "more than 50 MB"),
    ],
)
def test_what_is_no_sitemap_is_named_with_its_url(body, said):
    with pytest.raises(BadInput, match=f"{URL}: .*{said}"):
        read_sitemap(body, URL)


@pytest.mark.parametrize(
    ("href", "words", "taken"),
    [
        ("/news/stone-falls-on-road", "Stone", True),
        ("/2026/03/16/stone", "Stone", True),
        ("/world/stone.html", "Stone", True),
        ("/a?id=12345", "Stone", True),
        ("/s/1", "Stone falls on the road", True),
        ("/s/2", "<h3>Stone falls</h3>", True),
        ("/sport", "Sport", False),
        ("/", "Quarry, the news of the stone", False),
        ("/tag/stone-and-sand", "All about stone and sand", False),
        ("/privacy", "What we do with your data", False),
        ("/img/stone-on-the-road.jpg", "Stone falls on the road", False),
        ("https://other.example/news/stone-falls-on-road", "Stone falls on the road", False),
        ("javascript:void(0)", "Stone falls on the road", False),
        ("http://[broken", "Stone falls on the road", False),
        ("/rescued-cat/", "A rescued cat comes home", True),
    ],
)
def test_which_links_of_a_front_page_look_like_articles(href, words, taken):
    html = f'<?xml version="1.0" encoding="utf-8"?><html><body><a href="{href}">{words}</a></body></html>'
    front = page_links(html, "https://quarry.example/", lambda url: "quarry.example" in url)
    assert bool(front.pages) is taken


def test_a_front_page_names_its_feeds_but_not_those_of_comments():
    html = """<head><base href="https://quarry.example/sub/">
    <link rel="alternate" type="application/rss+xml" href="feed">
    <link rel="alternate" type="application/atom+xml" title="Comments" href="/c/feed">
    <link rel="alternate" hreflang="ro" href="/ro/"></head>"""
    front = page_links(html, "https://quarry.example/", lambda url: "quarry.example" in url)
    assert front.feeds == ("https://quarry.example/sub/feed",)


def test_links_of_a_front_page_are_bounded_and_not_doubled():
    html = "".join(
        f'<a href="/n/{n}-{n}-x-y?utm_source=a">x</a><a href="/n/{n}-{n}-x-y#c">x</a>' for n in range(9)
    )
    front = page_links(html, "https://quarry.example/", lambda url: True, limit=4)
    assert len(front.pages) == 4


def test_an_empty_front_page_is_named():
    with pytest.raises(BadInput, match="an empty page"):
        page_links(" ", URL, lambda url: True)


RSS_ENTRY = "<item><link>http://a.example/{n}</link></item>"
ATOM_ENTRY = "<entry><link href='http://a.example/{n}'/></entry>"


@pytest.mark.parametrize(
    ("head", "entry", "tail"),
    [
        ("<rss version='2.0'><channel>", RSS_ENTRY, "</channel></rss>"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'>", ATOM_ENTRY, "</feed>\n"),
        ("<rss version='2.0'><channel>", RSS_ENTRY, ""),
    ],
    ids=["rss", "atom", "cut off"],
)
def test_of_an_endless_feed_the_first_entries_are_read_and_the_rest_is_not_parsed(
    monkeypatch, head, entry, tail
):
    monkeypatch.setattr(sources, "MAX_ENTRIES", 3)
    body = (head + "".join(entry.format(n=n) for n in range(9)) + tail).encode()
    assert len(sources._first_entries(body)) < len(body) / 1.5
    feed = sources.read_feed(body, "http://a.example/feed")
    assert [e.link for e in feed.entries] == [f"http://a.example/{n}" for n in range(3)]
    assert bool(feed.problem) is (tail == "")
