"""The times of a page, and which of them is the publication's."""

from datetime import UTC, datetime

import pytest
from lxml.html import document_fromstring

from crawler.page_times import page_times, published
from crawler.structured import article_objects, json_ld, meta

NOW = datetime(2026, 6, 1, tzinfo=UTC)
URL = "https://tarn-herald.example/news/a"


def told(body="", head="", url=URL, language="en"):
    tree = document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>")
    return page_times(tree, article_objects(json_ld(tree)), meta(tree), url=url, now=NOW, language=language)


def ld(words):
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", {words}}}</script>'


def when(claims, **kw):
    found = published(claims, **kw)
    return found and (found[0].isoformat()[:16], found[1])


META = '<meta property="article:published_time" content="2026-05-04T08:00:00+01:00">'
OTHER = '<aside><time datetime="2026-01-01T00:00">January</time></aside>'


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ({"head": ld('"datePublished": "2026-05-04T09:00:00+01:00"') + META}, ("2026-05-04T08:00", "jsonld")),
        ({"head": ld('"datePublished": 1777888800000')}, ("2026-05-04T10:00", "jsonld")),
        ({"head": ld('"datePublished": "2026-05-04"') + META}, ("2026-05-04T07:00", "meta")),
        ({"head": ld('"datePublished": "2031-05-04"') + META}, ("2026-05-04T07:00", "meta")),
        (
            {"head": META, "body": '<h1>a</h1><time datetime="2026-05-09">x</time>'},
            ("2026-05-04T07:00", "meta"),
        ),
        (
            {"body": OTHER + '<h1>a</h1><time datetime="2026-05-04T10:00+02:00">x</time>'},
            ("2026-05-04T08:00", "visible"),
        ),
        (
            {"body": '<h1>a</h1><span class="pub-date">4 May 2026, 10:05</span>'},
            ("2026-05-04T10:05", "visible"),
        ),
        ({"body": "<h1>a</h1><p><b>Ann Low</b> 4 May 2026</p>"}, ("2026-05-04T00:00", "visible")),
        ({"body": "<h1>a</h1><i>1/2/2004</i>", "url": URL + "/2026/05/04/x"}, ("2026-05-04T00:00", "url")),
        (
            {"body": '<h1>a</h1><time class="updated" datetime="2026-05-04T10:00Z">x</time>'},
            ("2026-05-04T10:00", "visible"),
        ),
        ({"body": "<h1>a</h1><p>no day at all</p>"}, None),
        (
            {"body": "<td><b>Bridge</b><br><font>Monday, May 4, 2026 10:00</font></td>"},
            ("2026-05-04T10:00", "visible"),
        ),
        (
            {
                "body": "<p class=print-date>Printed <time>2026-05-30 10:00</time></p>"
                "<h1>a</h1><time title='2026-05-04 10:00+02:00'>4 May</time>"
            },
            ("2026-05-04T08:00", "visible"),
        ),
        (
            {"body": "<h1>a</h1><cite><abbr title='2026-05-04T10:00+02:00'>an hour ago</abbr></cite>"},
            ("2026-05-04T08:00", "visible"),
        ),
        (
            {"body": "<h1>a</h1><span class=when data-timestamp=1777888800>an hour ago</span>"},
            ("2026-05-04T10:00", "visible"),
        ),
        (
            {"body": "<h1>a</h1><p class=relative><time><b>4 May 2026</b><i>4/5/2026</i></time></p>"},
            ("2026-05-04T00:00", "visible"),
        ),
        (
            {"body": "<h1>a</h1><time class=clock></time><div class=art-date>4.5.2026, 19:16 Uhr</div>"},
            ("2026-05-04T19:16", "visible"),
        ),
        (
            {
                "body": "<header><h1>Tarn</h1><time datetime=2026-05-30>today</time></header><main>"
                "<h1>Old bridge shut to carts</h1><time datetime=2026-05-04T10:00+02:00>4 May</time></main>"
            },
            ("2026-05-04T08:00", "visible"),
        ),
    ],
)
def test_the_best_plausible_claim_is_the_time_of_publication(page, expected):
    assert when(told(**page)) == expected


def test_a_changed_time_is_no_publication():
    claims = told(
        '<h1>a</h1><time class="entry-date published" datetime="2026-05-04">x</time>'
        '<time class="updated" datetime="2026-05-05">y</time>'
    )
    assert [(c.kind, c.raw) for c in claims if "-" in c.raw] == [
        ("published", "2026-05-04"),
        ("modified", "2026-05-05"),
    ]


def test_a_time_of_another_page_is_no_claim_of_this_one():
    claims = told(
        '<h1>a</h1><time datetime="2026-05-04">x</time><p>b</p><time datetime="2026-02-01">y</time>'
    )
    assert "2026-02-01" not in [c.raw for c in claims]


def test_the_word_updated_before_the_day_says_that_it_is_a_change():
    assert told('<h1>a</h1><span class="date">Updated: 4 May 2026</span>')[0].kind == "modified"


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("Published 4 May 2026 10:00 | Updated 5 May 2026 11:00", ["published", "modified"]),
        ("Mis à jour le 5 mai 2026 à 11:00 Publié le 4 mai 2026 à 10:00", ["modified", "published"]),
        ("입력 2026.05.04 10:00 수정 2026.05.05 11:00", ["published", "modified"]),
        ("公開 2026年5月4日 10:00 更新 2026年5月5日 11:00", ["published", "modified"]),
        ("Aktualisiert am 5.5.2026 um 11:00", ["modified"]),
        ("Ενημερώθηκε: 05/05/2026, 11:00", ["modified"]),
        ("최종수정 2026-05-05 11:00", ["modified"]),
        ("آخر تحديث 2026-05-05 11:00", ["modified"]),
    ],
)
def test_a_line_that_states_two_times_says_which_is_which(words, kinds):
    claims = told(f"<h1>a</h1><div class=date>{words}</div>", language=None)
    assert [c.kind for c in claims if c.basis == "visible"] == kinds


def test_the_tree_stays_as_it_is():
    from lxml import etree

    tree = document_fromstring("<html><body><h1>a</h1><p>4 May 2026</p><p>b</p></body></html>")
    before = etree.tostring(tree)
    page_times(tree, (), {}, url=URL, now=NOW)
    assert etree.tostring(tree) == before
