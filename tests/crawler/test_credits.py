"""Whom a page credits for its text: pages and sentences written here, on invented events."""

import json
from dataclasses import replace

import pytest
import trafilatura
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import sites
from crawler.credits import PageWords, credits_in_text, find_credits, name_like, verdict
from crawler.structured import json_ld, meta
from db.outlets import Names
from db.records import CREDIT_KINDS, Outlet

NAMES = sites.names()
PARAGRAPHS = (
    "The harbour of Harwick stays closed until Friday after two ferries touched in thick morning fog.",
    "Nobody was hurt, the harbour master wrote in a short notice that hung on the door of his office.",
    "Divers went down at noon and came back with a rudder, a bell and a box of somebody's letters.",
    "The older of the two ships had been painted only last spring, in a green that many disliked.",
    "Both captains have been asked to bring their papers on Thursday, together with a sober witness.",
)


def page(
    before="", after="", head="", paragraphs=PARAGRAPHS, url="https://harwick.example/a-story", above=""
):
    text = "".join(f"<p>{p}</p>" for p in paragraphs)
    html = (
        f"<html lang=en><head><title>Harbour</title>{head}</head><body><nav><a href=/>CNN</a></nav>"
        f"<article>{above}<h1>Harbour of Harwick closed</h1>{before}{text}{after}</article>"
        "<aside class=related><p>More from Reuters</p></aside><footer>© 2024 AFP</footer></body></html>"
    )
    tree = trafilatura.load_html(html)
    return PageWords(
        tree=tree,
        url=url,
        text="\n".join(paragraphs),
        language="en",
        objects=json_ld(tree),
        meta=meta(tree),
        own=NAMES.at(url),
    )


def found(page_words, kinds=CREDIT_KINDS):
    return [(e.kind, e.domain or e.name) for e in find_credits(page_words, NAMES) if e.kind in kinds]


def test_a_headline_about_an_agency_makes_the_word_above_it_a_topic():
    words = replace(page(above="<p>Reuters</p>"), title="Reuters closes its Harwick office")
    assert [e.name for e in find_credits(words, NAMES) if e.kind in CREDIT_KINDS] == []


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, []),
        ({"before": "<p class=byline>By Anna Berg, Reuters</p>"}, [("agency_byline", "reuters.com")]),
        ({"before": "<p class=byline>By Anna Berg and Reuters</p>"}, [("wire_merged", "reuters.com")]),
        ({"before": "<div>Associated Press</div>"}, [("agency_byline", "apnews.com")]),
        ({"above": "<div>REUTERS</div>"}, [("agency_byline", "reuters.com")]),
        ({"above": "<div>From AFP News</div>"}, [("agency_byline", "afp.com")]),
        ({"above": "<div>The Guardian</div>"}, []),
        ({"above": "<div>Reuters sold</div>"}, []),
        ({"before": "<div>Redaktion | dpa</div>"}, [("wire_merged", "dpa.com")]),
        (
            {"after": "<p>This story was co-published with ProPublica.</p>"},
            [("republished_notice", "propublica.org")],
        ),
        ({"before": "<p class=author>Anna Berg with AP</p>"}, [("wire_merged", "apnews.com")]),
        ({"after": "<p>Source: Valley Tribune</p>"}, [("source_line", "Valley Tribune")]),
        ({"after": "<p>Source: University of Harwick</p>"}, []),
        ({"after": "<p>Source: Bandini</p>"}, []),
        ({"after": "<p>© 2024 Reuters</p>"}, [("source_line", "reuters.com")]),
        (
            {"after": "<p>This article was originally published by Hollow Creek.</p>"},
            [("republished_notice", "Hollow Creek")],
        ),
        ({"after": "<p>Reuters contributed to this report.</p>"}, [("wire_merged", "reuters.com")]),
        (
            {"head": '<meta name=author content="Anna Berg, AFP">'},
            [("structured_data", "afp.com")],
        ),
        (
            {"head": '<link rel=canonical href="https://www.cnn.com/2024/11/03/ferries/index.html">'},
            [("canonical_elsewhere", "cnn.com")],
        ),
        ({"head": '<link rel=canonical href="https://www.cnn.com/">'}, []),
        (
            {
                "head": '<script type="application/ld+json">{"@type":"NewsArticle","author":[{"name":"dpa"}],'
                '"isBasedOn":null,"creditText":7}</script>'
            },
            [("structured_data", "dpa.com")],
        ),
        ({"before": "<figure><figcaption>Fog. Anna Berg / AFP</figcaption></figure>"}, []),
        ({"after": "<p>Photo: Anna Berg / AFP / Profimedia</p>"}, []),
        ({"before": "<span>AA</span>"}, []),
        ({"after": "<p>First published on <time>Mon 15 May 2023</time></p>"}, []),
    ],
)
def test_a_credit_is_read_where_it_stands(parts, expected):
    assert found(page(**parts)) == expected


def ld(**stated):
    said = json.dumps({"@type": "NewsArticle", **stated})
    return {"head": f'<script type="application/ld+json">{said}</script>'}


def organization(name, **more):
    return {"@type": "Organization", "name": name, **more}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (ld(author=[{"@type": "Person", "name": "Anna Berg"}, organization("AFP")]), ["afp.com"]),
        (ld(contributor=organization("PA Media")), ["pa.media"]),
        (ld(provider=organization("AFP")), ["afp.com"]),
        (ld(author={"name": "Anna Berg", "worksFor": organization("Associated Press")}), ["apnews.com"]),
        (ld(author={"name": "Anna Berg", "affiliation": "The Guardian"}), []),  # a guest, perhaps
        (ld(author={"name": "Anna Berg", "sameAs": "https://www.reuters.com/authors/anna-berg"}), []),
        (ld(keywords=["Reuters"], about=[organization("CNN")], mentions=[organization("BBC")]), []),
        ({"head": "<meta name=news-agency content=dpa>"}, ["dpa.com"]),
        ({"head": "<meta name=copyright content=dpa>"}, ["dpa.com"]),
        ({"head": "<meta name=copyright content='The Guardian'>"}, []),
        ({"head": "<meta name=news_keywords content='Reuters, AFP'>"}, []),
        ({"before": "<div itemprop=author itemscope><meta itemprop=name content=AFP></div>"}, ["afp.com"]),
        ({"before": "<div itemprop=image itemscope><meta itemprop=author content=AFP></div>"}, []),
        ({"before": "<address>By AFP</address>"}, ["afp.com"]),
        ({"before": "<address>12 Harbour Street, Harwick</address>"}, []),
        ({"before": '<div class="agency-logo"><img src=/a.svg alt="AFP logo"></div>'}, ["afp.com"]),
        ({"before": '<div class="hero"><img src=/a.jpg alt="Reuters"></div>'}, []),
        ({"after": '<footer class="article-footer"><p>Source: dpa</p></footer>'}, ["dpa.com"]),
        (
            {"after": '<div class="labels"><a rel=tag href=/a>AFP</a> <a rel=tag href=/r>Reuters</a></div>'},
            [],
        ),
        ({"after": "<div class=etiquetas>EFE</div>"}, []),
        ({"before": "<div class=x><span>3 May 2026 | 10:00</span><span>AFP</span></div>"}, ["afp.com"]),
        ({"before": "<div class=x>Follow us on Google News and MSN</div>"}, []),
    ],
)
def test_a_source_is_read_from_the_places_where_large_publishers_put_it(parts, expected):
    assert [source for _, source in found(page(**parts))] == expected


@pytest.mark.parametrize(
    "classes",
    ["ArticleAuthor", "Byline_byline__x1y2", "agency-name", "kaynak", "autoria", "firma", "kildeangivelse",
     "article__source", "provider-name", "storyAttribution", "szerzo", "toimittaja"],
)  # fmt: skip
def test_a_byline_is_known_by_the_class_of_its_element(classes):
    before = f'<div><div class="{classes}"><span>The Guardian</span></div></div>'
    assert [source for _, source in found(page(before=before))] == ["theguardian.com"]
    assert found(page(before=before.replace("The Guardian", "Anna Berg"))) == []


@pytest.mark.parametrize(
    "words",
    ["Agencies", "News Agency", "Wire Reports", "Staff and wire services", "Agence", "Agencia de noticias",
     "Nachrichtenagentur", "Web Desk", "Redaktion"],
)  # fmt: skip
def test_words_for_any_agency_name_none(words):
    assert found(page(before=f"<p class=byline>{words}</p>")) == []
    assert found(page(**ld(author=organization(words)))) == []


def test_an_article_element_says_its_source_in_an_attribute():
    words = page()
    next(words.tree.iter("article")).set("data-source", "dpa")
    assert found(words) == [("structured_data", "dpa.com")]
    next(words.tree.iter("article")).set("data-source", "homepage")
    assert found(words) == []


def test_photo_credits_are_kept_apart():
    words = page(before="<figure><figcaption>Fog. Anna Berg / AFP / Profimedia</figcaption></figure>")
    assert [domain for _, domain in found(words, ("photo_credit",))] == ["afp.com", "profimedia.com"]


def test_the_publisher_does_not_credit_itself():
    words = page(before="<p class=byline>Reuters</p>", url="https://www.reuters.com/world/a-ferry-story")
    assert found(words) == []


def test_a_family_is_one_house():
    words = page(
        paragraphs=(*PARAGRAPHS, "Fog again, MSNBC reported."), url="https://www.nbcnews.com/a-ferry-story"
    )
    assert found(words) == []


def test_a_compilation_gives_each_source_its_paragraphs():
    paragraphs = (
        PARAGRAPHS[0].replace("after two", "after, CNN reports, two"),
        PARAGRAPHS[1],
        PARAGRAPHS[2] + " That is what Bloomberg reported.",
        PARAGRAPHS[3],
    )
    text = "\n".join(paragraphs)
    scopes = {
        e.domain: text[slice(*e.scope)].split("\n")
        for e in find_credits(page(paragraphs=paragraphs), NAMES)
        if e.kind == "reports_phrase"
    }
    assert scopes == {"cnn.com": list(paragraphs[:2]), "bloomberg.com": list(paragraphs[2:])}


def test_a_quote_stands_where_its_span_says():
    words = page(paragraphs=(*PARAGRAPHS, "Fog is expected again tonight along the coast, CNN reports."))
    (credit,) = [e for e in find_credits(words, NAMES) if e.kind == "reports_phrase"]
    assert words.text[credit.start : credit.end] == credit.quote
    assert credit.name == "CNN"


def test_a_linked_credit_keeps_its_address():
    after = '<p>Source: <a href="https://valleytribune.com/2024/11/ferry?utm_source=x">Valley Tribune</a></p>'
    (credit,) = [e for e in find_credits(page(after=after), NAMES) if e.kind in CREDIT_KINDS]
    assert (credit.domain, credit.target_url) == (
        "valleytribune.com",
        "https://valleytribune.com/2024/11/ferry",
    )


def test_links_of_the_body_to_other_outlets_are_kept():
    paragraphs = (*PARAGRAPHS, 'As <a href="https://www.bbc.com/news/harwick-1">seen here</a>, fog is old.')
    links = [e for e in find_credits(page(paragraphs=paragraphs), NAMES) if e.kind == "body_link"]
    assert [(e.quote, e.target_url) for e in links] == [("seen here", "https://www.bbc.com/news/harwick-1")]


@pytest.mark.parametrize(
    ("text", "byline", "language", "expected"),
    [
        ("HARWICK (AFP) - Two ferries touched.", "", "en", [("agency_dateline", "afp.com", 1)]),
        ("Two ferries touched.", "By Anna Berg, Reuters", "en", [("agency_byline", "reuters.com", 1)]),
        ("Feriboturile s-au atins, relatează AFP, preluată de Agerpres.", "", "ro",
         [("reports_phrase", "afp.com", 2), ("reports_phrase", "agerpres.ro", 1)]),
        ("Feriboturile s-au atins, potrivit Mediafax.", "", "ro", [("reports_phrase", "mediafax.ro", 1)]),
        ("Feriboturile s-au atins.\nSursa: Ziarul Văii", "", "ro", [("source_line", "Ziarul Văii", 1)]),
        ("APA din port era rece.", "", "ro", []),
        (f"{PARAGRAPHS[0]}\nSource: Hot News RU\n\n{PARAGRAPHS[1]}\n{PARAGRAPHS[2]}", "", "en",
         [("source_line", "hotnews.ro", 1)]),
        ("The club said AFP said its reporters left.", "", "en", []),
        ("The WXYZ tower (KMIZ) - is tall.", "", "en", []),
    ],
)  # fmt: skip
def test_a_plain_text_is_read_line_by_line(text, byline, language, expected):
    own = Outlet(domain="harwick.example", name="Harwick Post")
    evidence = credits_in_text(text, byline, language, own, NAMES)
    assert [(e.kind, e.domain or e.name, e.hop) for e in evidence if e.kind in CREDIT_KINDS] == expected


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Valley Tribune on Monday", "Valley Tribune"),
        ("Ziarul de Vest.", "Ziarul de Vest"),
        ("a friend of mine", ""),
        ("バレー新聞", "バレー新聞"),
        ("news.example and more", "news.example"),
    ],
)
def test_an_unknown_name_ends_where_its_capitals_end(words, name):
    assert name_like(words) == name


def test_the_tree_stays_as_it_is():
    from lxml import etree

    words = page(before="<p class=byline>Reuters</p>")
    before = etree.tostring(words.tree)
    find_credits(words, NAMES)
    assert etree.tostring(words.tree) == before


@pytest.mark.parametrize(
    ("parts", "expected", "reason"),
    [
        ({}, False, "no other outlet"),
        ({"before": "<p class=byline>Reuters</p>"}, True, "author or source"),
        ({"before": "<p class=byline>By Anna Berg with AP</p>"}, None, "shares the text"),
        ({"before": "<p class=byline>Harwick Post, AFP</p>"}, None, "own desk"),
        ({"after": "<p>Reuters contributed to this report.</p>"}, False, "a part only"),
        ({"after": "<p>This article was originally published by Hollow Creek.</p>"}, True, "first stood"),
        ({"after": "<p>© 2024 Reuters</p>"}, None, "without saying"),
        ({"paragraphs": (*PARAGRAPHS, "Fog again, CNN reports.")}, False, "a part only"),
    ],
)
def test_the_page_alone_says_whether_it_is_a_copy(parts, expected, reason):
    words = page(**parts)
    own = Outlet(domain="harwick.example", name="Harwick Post")
    found_one, why = verdict(find_credits(words, NAMES), words.text, own)
    assert found_one is expected
    assert reason in why


def test_an_empty_text_is_no_verdict():
    assert verdict((), "", Outlet(domain="harwick.example", name="Harwick Post"))[0] is None


def test_a_notice_may_name_a_sister_title():
    after = "<p>This article was originally published by Business Insider.</p>"
    words = page(after=after, url="https://www.businessinsider.de/a-story")
    assert found(words) == [("republished_notice", "businessinsider.com")]


def test_no_address_of_the_page_means_no_own_outlet():
    words = page(before="<p class=byline>Reuters</p>", url="")
    assert found(words) == [("agency_byline", "reuters.com")]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["AFP", "https://cnn.com/a"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "url", "@id"]), inner)
    ),
    max_leaves=12,
)
FIELDS = ["author", "creator", "isBasedOn", "image", "creditText", "sourceOrganization", "copyrightHolder"]


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES))
@settings(max_examples=60, deadline=None)
def test_no_json_ld_value_is_too_strange(fields):
    words = replace(page(), objects=({"@type": "NewsArticle", **fields},))
    find_credits(words, NAMES)


@given(st.text(max_size=400), st.text(max_size=60), st.sampled_from([None, "en", "de", "zh", "tr", "ar"]))
@settings(max_examples=120, deadline=None)
def test_no_text_is_too_strange(text, byline, language):
    own = Outlet(domain=None, name="")
    for e in credits_in_text(text, byline, language, own, NAMES):
        assert e.start is None or text[e.start : e.end] == e.quote


@pytest.mark.parametrize(
    ("text", "byline", "expected"),
    [
        ("TOLLEN (NPA) - The kiln burned all night.", "", ("agency_dateline", "NPA")),
        (
            "TOLLEN (Northern Press Agency) - The kiln burned.",
            "",
            ("agency_dateline", "Northern Press Agency"),
        ),
        ("COLUMBIA, Mo. (KMIZ) - The kiln burned.", "", None),
        ("The union (UGT) said no.", "", None),
        ("The kiln burned all night.\nSource: NPA", "", ("unplaced_source", "NPA")),
        ("The kiln burned all night.", "Northern News Agency", ("agency_byline", "Northern News Agency")),
        ("The kiln burned all night.", "Anna Berg", None),
    ],
)
def test_an_unknown_agency_is_told_by_its_place_and_its_name(text, byline, expected):
    own = Outlet(domain="valley.example", name="Valley Tribune")
    found = credits_in_text(text, byline, "en", own, Names([own]))
    assert [(e.kind, e.name) for e in found] == ([expected] if expected else [])


@pytest.mark.parametrize(
    "first",
    ["Reuters reports that three vessels sank off the coast.", "A mill burned on Monday, Reuters reported."],
)
def test_a_short_first_paragraph_is_read_like_a_long_one(first):
    rest = "The council met for four hours on Monday and decided that the two old piers be repaired soon. "
    body = f"<h1>Mill burns</h1><p>{first}</p><p>{rest * 2}</p><p>{rest * 3}</p>"
    tree = trafilatura.load_html(f"<html><body><article>{body}</article></body></html>")
    own = Outlet(domain="valley.example", name="Valley Tribune")
    text = "\n".join((first, rest * 2, rest * 3))
    page = PageWords(
        tree=tree, url="http://valley.example/mill", text=text, title="Mill burns", language="en",
        objects=(), meta={}, own=own,
    )  # fmt: skip
    (found,) = find_credits(page, sites.names())
    assert (found.kind, found.domain, found.region) == ("reports_phrase", "reuters.com", "lead")


HEADING = "Bakers of Harwick rise early"


def test_a_phrase_covers_its_paragraphs_up_to_the_next_heading():
    first, *rest = PARAGRAPHS
    credited = first.replace("after two", "after, CNN reports, two")
    body = f"<p>{credited}</p><p>{rest[0]}</p><h2>{HEADING}</h2><p>{rest[1]}</p><p>{rest[2]}</p>"
    text = "\n".join((credited, rest[0], HEADING, rest[1], rest[2]))
    tree = trafilatura.load_html(
        f"<html lang=en><body><article><h1>Harwick today</h1>{body}</article></body></html>"
    )
    own = Outlet(domain="valley.example", name="Valley Tribune")
    words = PageWords(tree=tree, url="http://valley.example/today", text=text, language="en", own=own)
    (credit,) = [e for e in find_credits(words, NAMES) if e.kind == "reports_phrase"]
    assert text[slice(*credit.scope)].split("\n") == [credited, rest[0]]


@pytest.mark.parametrize(
    ("language", "text", "named"),
    [
        ("en", "The quay is shut, according to CNN, Reuters and the BBC.", ["CNN", "Reuters", "BBC"]),
        ("en", "The captain told CNN, Reuters would not hear of it.", ["CNN"]),
        ("de", "Das meldeten AFP und Reuters am Abend.", ["AFP", "Reuters"]),
        ("fr", "Le quai ferme, selon Reuters et l’AFP.", ["Reuters", "AFP"]),
        ("ru", "Об этом сообщают Reuters и ТАСС.", ["Reuters", "ТАСС"]),
        ("en", "Reuters was not able to verify the footage.", ["Reuters"]),
        ("de", "Ein Reporter der AFP sah zwei Boote.", ["AFP"]),
    ],
)
def test_a_sentence_names_one_source_or_several(language, text, named):
    own = Outlet(domain="harwick.example", name="Harwick Post")
    found = credits_in_text(text, "", language, own, NAMES)
    assert {e.name.removeprefix("l’").removeprefix("the ") for e in found} == set(named)


@pytest.mark.parametrize(
    "byline", ["Anna Berg, former editor of Reuters", "Anna Berg, ancienne du Monde", "Anna Berg, früher AFP"]
)
def test_where_an_author_worked_before_is_no_source(byline):
    assert found(page(before=f"<p class=byline>{byline}</p>")) == []
