"""Who stands behind a text: subjects, photographs, siblings, releases, relays and circles."""

import json

import pytest

from tests.traps.press import Sheet, prose, story

HILL, LAKE, MOOR = (
    f"https://{name}.example/2026/03/02/ferry-stops-in-may" for name in ("hill", "lake", "moor")
)
COAST = "https://coast.example/news/ferry"
BODY = story(1, 2, 3, 4)


def test_clients_of_an_unseen_agency_are_siblings_and_none_is_the_others_parent(newsroom):
    newsroom.take_in(
        Sheet(HILL, [*BODY, "Source: Reuters"], at="2026-03-02T10:00:00Z"),
        Sheet(LAKE, [f"HARWICK (Reuters) - {BODY[0]}", *BODY[1:]], at="2026-03-02T11:00:00Z"),
    )
    assert newsroom.told() == {
        (HILL, "Reuters", "republishes"), (LAKE, "Reuters", "republishes"), (HILL, LAKE, "sibling"),
    }  # fmt: skip


NO_SOURCES = {
    "the outlet is the subject": "The senator sued CNN over the broadcast and asked for a hearing in May.",
    "it speaks of itself": "AFP said its journalists had left the town before the storm came.",
    "a photograph's owner": "<figure><img src='/a.jpg'><figcaption>Photo: Ann Lo / AFP</figcaption></figure>",
    "a photograph's owner in a line": "Photo: Kenzo Lind / AFP / Profimedia Images",
    "a page's own name": "Source: Lake Courier",
}


@pytest.mark.parametrize("line", NO_SOURCES.values(), ids=NO_SOURCES)
def test_an_outlet_named_for_something_else_is_no_source(newsroom, line):
    newsroom.take_in(Sheet(LAKE, [BODY[0], line, *BODY[1:]]), Sheet(HILL, story(11, 12, 13)))
    assert newsroom.told() == set()


def test_an_agency_named_for_a_part_is_the_source_of_a_part(newsroom):
    newsroom.take_in(Sheet(LAKE, BODY, byline="Lake Courier with AFP"))
    assert newsroom.told() == {(LAKE, "AFP", "excerpts")}


@pytest.mark.parametrize("embargo", [True, False])
def test_a_release_is_the_parent_of_both_that_print_it(newsroom, embargo):
    release = "https://office.example/press/ferry"
    hours = ("10:00", "10:00", "10:00") if embargo else ("10:00", "12:00", "11:00")
    newsroom.take_in(
        *(
            Sheet(url, [*BODY, prose(20 + n)] if n else BODY, at=f"2026-03-02T{hour}:00Z")
            for n, (url, hour) in enumerate(zip((release, HILL, LAKE), hours, strict=True))
        )
    )
    assert newsroom.told() == {(HILL, release, "republishes"), (LAKE, release, "republishes")}


def test_a_compilation_has_both_parents_and_its_copy_only_the_compilation(newsroom):
    """CNN and AFP -> HotNews -> 247 News Reel, told by a bare name and a promo."""
    promo = "LIVETEXT Follow the latest developments of the harbour crisis, hour by hour, here at HotNews"
    cnn, afp, both, reel = (
        "https://cnn.com/2026/03/02/ferry", "https://afp.com/en/ferry", "https://hotnews.ro/ferry-1",
        "https://reel.example/story/9",
    )  # fmt: skip
    first, second = story(1, 2, 3, 4), story(5, 6, 7, 8)
    compiled = [
        f"{prose(30)} CNN reports.", *first[:3], f"According to AFP, {second[0][0].lower()}{second[0][1:]}",
        *second[1:3], promo,
    ]  # fmt: skip
    others = [Sheet(f"https://hotnews.ro/other-{n}", [*story(100 + n, 200 + n), promo]) for n in range(6)]
    newsroom.take_in(
        Sheet(cnn, first, at="2026-03-02T08:00:00Z"),
        Sheet(afp, second, at="2026-03-02T08:30:00Z"),
        Sheet(both, compiled, at="2026-03-02T10:00:00Z"),
        Sheet(reel, [*compiled, "Source: Hot News RU"], at="2026-03-02T11:00:00Z"),
        *others,
    )
    assert newsroom.told() == {
        (both, cnn, "excerpts"), (both, afp, "excerpts"), (reel, both, "republishes"),
    }  # fmt: skip


def test_the_credible_one_is_not_the_source_for_being_it(newsroom):
    blog, wire = "https://moor.example/blog/ferry", "https://polarwire.example/a/1"
    newsroom.take_in(
        Sheet(wire, [*BODY, "Source: Moor Gazette"], at="2026-03-02T12:00:00Z"),
        Sheet(blog, BODY, at="2026-03-02T09:00:00Z"),
    )
    assert newsroom.told() == {(wire, blog, "republishes")}


def test_a_licensed_copy_is_a_copy_all_the_same(newsroom):
    (newsroom.home / "licences.toml").write_text(
        '[[licence]]\noutlet = "lake.example"\nsource = "hill.example"\nfrom = 2020-01-01\n', "utf-8"
    )
    newsroom.take_in(
        Sheet(HILL, BODY, at="2026-03-02T09:00:00Z"),
        Sheet(LAKE, [*BODY, "Source: Hill Tribune"], at="2026-03-02T12:00:00Z"),
    )
    (link,) = newsroom.links()
    assert (link["child_url"], link["relation"], link["licensed"]) == (LAKE, "republishes", "yes")


def test_titles_of_one_owner_are_no_copies_of_each_other(newsroom):
    newsroom.take_in(
        Sheet(HILL, BODY, at="2026-03-02T09:00:00Z"),
        Sheet("https://hill-evening.example/a", [*BODY, "Source: Hill Tribune"], at="2026-03-02T12:00:00Z"),
    )
    assert newsroom.told() == set()


def test_two_that_name_each_other_are_not_put_in_an_order(newsroom):
    newsroom.take_in(
        Sheet(HILL, [*BODY, "Source: Lake Courier"]), Sheet(LAKE, [*BODY, "Source: Hill Tribune"])
    )
    assert newsroom.told() == set()


def test_addresses_that_declare_each_other_make_no_circle(newsroom):
    ring = {HILL: LAKE, LAKE: MOOR, MOOR: HILL}
    newsroom.take_in(*(Sheet(a, BODY, head=f'<link rel="canonical" href="{b}">') for a, b in ring.items()))
    stands = {(child, source) for child, source, _ in newsroom.told()}
    assert not stands >= set(ring.items())
    newsroom.run("check")


def test_an_article_that_credits_itself_has_no_source(newsroom):
    itself = f'Source: <a href="{LAKE}">Lake Courier</a>'
    declared = Sheet(
        LAKE, [*BODY, itself], ld={"isBasedOn": LAKE}, head=f'<link rel="canonical" href="{LAKE}">'
    )
    newsroom.take_in(declared, Sheet(HILL, story(11, 12, 13)))
    assert newsroom.told() == set()


def test_a_canonical_to_a_front_page_or_an_own_spelling_says_nothing(newsroom):
    newsroom.take_in(
        Sheet(HILL, BODY, head='<link rel="canonical" href="https://moor.example/">'),
        Sheet(
            LAKE,
            story(11, 12, 13),
            head='<link rel="canonical" href="https://www.lake.example/2026/03/02/ferry-stops-in-may">',
        ),
    )
    assert newsroom.told() == set()


def test_pages_that_declare_one_third_are_its_children(newsroom):
    pages = [
        Sheet(url, BODY, head=f'<link rel="canonical" href="{MOOR}">', at=f"2026-03-02T1{n}:00:00Z")
        for n, url in enumerate((HILL, LAKE), 1)
    ]
    newsroom.take_in(*pages)
    assert {(c, s) for c, s, relation in newsroom.told() if relation != "sibling"} == {
        (HILL, "Moor Gazette"), (LAKE, "Moor Gazette"),
    }  # fmt: skip
    newsroom.take_in(Sheet(MOOR, BODY, at="2026-03-02T09:00:00Z"))
    assert newsroom.told() == {(HILL, MOOR, "republishes"), (LAKE, MOOR, "republishes")}


RELAYS = {
    "en": (
        "The ferry of Harwick stops in May, {}", "The islanders had not been told of it before Monday.",
        ("according to AFP, as quoted by Reuters.", "Reuters reported, citing AFP."),
    ),
    "ro": (
        "Feribotul din Harwick nu va mai circula din luna mai, {}",
        "Locuitorii insulei nu au fost anunțați până luni seara, iar primarul a promis o barcă.",
        ("relatează AFP, preluată de Reuters.", "transmite Reuters, care citează AFP."),
    ),
    "fr": (
        "Le bac de Harwick ne circulera plus à partir du mois de mai, {}",
        "Les habitants de l’île n’avaient pas été prévenus lundi, et le maire promet un bateau.",
        ("selon l’AFP, citée par Reuters.",),
    ),
    "de": (
        "Die Fähre von Harwick fährt ab Mai nicht mehr, {}",
        "Die Bewohner der Insel hatten bis Montagabend nichts davon gehört, und der Pfarrer half.",
        ("meldet Reuters unter Berufung auf AFP.",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", RELAYS)
def test_a_relay_gives_two_hops(newsroom, language):
    lead, more, wordings = RELAYS[language]
    urls = {f"{LAKE}-{n}": [lead.format(words), more] for n, words in enumerate(wordings)}
    newsroom.take_in(*(Sheet(url, body, language=language) for url, body in urls.items()))
    for url in urls:
        sources = {k["parent_name"] for k in newsroom.links() if k["child_url"] == url}
        assert sources == {"Reuters"}
        chain = json.loads(newsroom.run("trace", url, "--json"))
        assert [n["outlet"] for n in chain["nodes"] if n["id"] in chain["origins"]] == ["AFP"]


def test_an_outlet_that_moved_to_another_domain_is_one_house_where_the_catalogue_says_so(newsroom):
    newsroom.know("hill-news.example", "Hill News", family="hill.example")
    moved = "https://hill-news.example/2026/ferry"
    newsroom.take_in(
        Sheet(HILL, BODY, at="2026-03-02T09:00:00Z"),
        Sheet(moved, BODY, at="2026-06-02T09:00:00Z"),
        Sheet(LAKE, [*BODY, f'Source: <a href="{HILL}">Hill Tribune</a>'], at="2026-03-02T12:00:00Z"),
    )
    assert newsroom.told() == {(LAKE, HILL, "republishes")}


def test_a_judged_link_whose_pages_are_forgotten_leaves_nothing_behind(newsroom):
    newsroom.take_in(
        Sheet(HILL, BODY, at="2026-03-02T09:00:00Z"),
        Sheet(LAKE, [*BODY, "Source: Hill Tribune"], at="2026-03-02T12:00:00Z"),
    )
    newsroom.run("judge", LAKE, HILL, "reject", "--by", "Ana")
    assert newsroom.told() == set()
    newsroom.run("forget", LAKE)
    newsroom.run("link", "--rebuild", fine=(0, 1))
    assert newsroom.links("--all") == []
    newsroom.run("check")
    newsroom.take_in(Sheet(HILL, BODY), Sheet(MOOR, [*BODY, "Source: Hill Tribune"]))
    assert newsroom.told() == {(MOOR, HILL, "republishes")}


def test_five_hundred_copies_of_one_story_all_find_it(newsroom):
    wire = {
        "url": "https://polarwire.example/a/1",
        "text": "\n".join(BODY),
        "published": "2026-03-02T09:00:00Z",
    }
    text = "\n".join([*BODY, "Source: Polar Wire"])
    copies = [{"url": f"https://paper{n}.example/ferry", "text": text} for n in range(500)]
    newsroom.take_in_rows(wire, *copies)
    assert newsroom.told() == {(copy["url"], wire["url"], "republishes") for copy in copies}
    assert len(newsroom.links("--all")) < 500 * 15  # the likeliest sources of each, not every pair
