"""What kind of page a page is."""

import time
from datetime import UTC, datetime

import pytest

from crawler.extract import read_page
from crawler.kinds import visible_words, walls
from crawler.markup import flat, open_page
from crawler.shipped import shipped
from db.outlets import Names
from db.records import Outlet

RAW = shipped("walls.toml")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
NAMES = Names([Outlet(domain="ministry.example", name="Ministry of Ferries", kind="press_office")])
SENTENCES = (
    "The harbour board met on Monday evening and spoke for two hours about the bridge.",
    "A crane is to come upriver before the weekend, if the water is high enough by then.",
    "The ferry will run twice an hour in the meantime, and once an hour after midnight.",
    "Bakers on the island side asked for an earlier boat, because the ovens cannot wait.",
    "The council has set aside the money that was meant for the roof of the library.",
    "Divers will look at the western pier as well, although no crack has been seen there.",
    "The last great repair was forty years ago and took from the spring to the autumn.",
    "Until then the buses go round by the mill, which is a long way for every child.",
)
LONG = "".join(
    f"<p>{sentence} Nobody on quay {n} could say that day how long the work would take, or who would pay.</p>"
    for n, sentence in enumerate(SENTENCES)
)
SHORT = "<p>The ferry runs again from tonight, the board said; the first boat leaves the town at six.</p>"
FEW = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES[:4])
LISTED = "".join(f"<p><a href='/n/{n}'>{sentence}</a> 4 May</p>" for n, sentence in enumerate(SENTENCES[:5]))
LOGIN = '<form><input type="password"><p>Log in</p><a>Forgot your password? Get help</a></form>'
MENU = "".join(f'<li><a href="/{n}">Section {n} of the paper and its news</a></li>' for n in range(60))


def ld(words):
    return f'<script type="application/ld+json">{{{words}}}</script>'


def kind(body, url="https://tarn-herald.example/news/a", head=""):
    html = f'<html lang="en"><head>{head}</head><body>{body}</body></html>'
    return read_page(html, url, names=NAMES, now=NOW)


CONSENT = "<p>We and our 812 partners store and access information on a device. Cookies pay for it.</p>"


@pytest.mark.parametrize(
    ("expected", "page"),
    [
        ("article", {"body": f"<h1>a</h1>{LONG}"}),
        ("article", {"body": f"<h1>a</h1>{SHORT}", "head": ld('"@type": "NewsArticle", "headline": "a"')}),
        ("article", {"body": f"<div hidden>{LOGIN}</div><ul>{MENU}</ul><article>{SHORT}{FEW}</article>"}),
        ("article", {"body": f"<h1>a</h1>{LONG}<div><p>We and our partners. Accept all</p></div>"}),
        ("article", {"body": LONG, "head": ld('"@type": "NewsArticle", "isAccessibleForFree": false')}),
        ("stub", {"body": SHORT, "head": ld('"@type": "NewsArticle", "isAccessibleForFree": "False"')}),
        ("stub", {"body": SHORT, "head": ld('"@type": "NewsArticle", "wordCount": 900')}),
        ("stub", {"body": f"{SHORT}<div class='paywall-box'><p>Subscribe to continue reading.</p></div>"}),
        ("article", {"body": f"{SHORT}<p>Already a subscriber?</p>"}),
        ("liveblog", {"body": LONG, "head": ld('"@type": "LiveBlogPosting"')}),
        ("gallery", {"body": SHORT, "url": "https://tarn-herald.example/galleries/boats"}),
        ("video", {"body": SHORT, "head": '<meta property="og:type" content="video.other">'}),
        ("article", {"body": LONG, "head": ld('"@type": "VideoObject"')}),
        ("press_release", {"body": LONG, "url": "https://ministry.example/a"}),
        ("press_release", {"body": f"<p>PRESS RELEASE - Northmere, 4 May</p>{LONG}"}),
        ("section", {"body": f"<ul>{MENU}</ul>", "url": "https://tarn-herald.example/"}),
        ("section", {"body": f"<h1>Harbour</h1>{LISTED}", "url": "https://tarn-herald.example/section/harbour"}),
        ("article", {"body": f"<h1>a</h1>{LONG}<h2>More</h2>{LISTED}"}),
        ("unreadable", {"body": LOGIN}),
        ("unreadable", {"body": "<h1>404</h1><p>Not here.</p>", "head": "<title>Page not found</title>"}),
        ("unreadable", {"body": "<p>Please verify you are a human.</p><p>Reference #18.2</p>"}),
        ("unreadable", {"body": "<noscript>Enable JavaScript.</noscript><p id=root></p><script>1</script>"}),
        ("unreadable", {"body": "<h1>Bridge</h1>"}),
        ("unreadable", {"body": f"<h1>We value your privacy</h1>{CONSENT}<button>Fine</button>"}),
        ("article", {"body": f"<h1>Court bans a sentence</h1>{CONSENT}"}),
    ],
)  # fmt: skip
def test_a_page_is_of_the_kind_that_its_words_and_markup_say(expected, page):
    reading = kind(**page)
    assert reading.kind == expected
    assert reading.kind != "unreadable" or (reading.reason and not reading.text)


@pytest.mark.parametrize(
    "phrase", ["Accept all cookies", "Checking your browser", "captcha", "Forgot password?"]
)
def test_one_phrase_alone_makes_no_wall(phrase):
    assert kind(f"<h1>a</h1><p>{phrase}</p>{SHORT}").kind == "article"


WALLS = ("consent", "robot", "login", "missing")
PHRASES = [(wall, phrase) for wall in WALLS for phrase in RAW[wall]["phrases"]]


@pytest.mark.parametrize(("wall", "phrase"), PHRASES)
def test_every_phrase_of_a_wall_tells_one_beside_another_and_none_in_a_story(wall, phrase):
    other = next(
        p for w, p in PHRASES if w == wall and flat(p) not in flat(phrase) and flat(phrase) not in flat(p)
    )
    found = kind(f"<h2>{phrase}</h2><button>{other}</button>")
    assert found.reason == walls()[wall]["reason"]
    story = kind(f"<h1>a</h1>{LONG}<p>The words “{phrase}” and “{other}” stood on every ferry's screen.</p>")
    assert story.kind == "article"


@pytest.mark.parametrize("phrase", RAW["script"]["phrases"])
def test_every_request_to_run_scripts_tells_a_shell(phrase):
    shell = kind(
        f"<noscript>{phrase}</noscript><div id='root'></div><p>{'Loading ' * 3}</p><script>1</script>"
    )
    assert shell.reason == walls()["script"]["reason"]


@pytest.mark.parametrize("phrase", RAW["paywall"]["phrases"])
def test_every_phrase_of_a_paywall_tells_a_stub_where_its_box_stands_and_no_long_story(phrase):
    box = f"<div class='paywall'><p>{phrase}</p></div>"
    assert kind(SHORT + box).kind == "stub"
    assert kind(f"<h1>a</h1>{LONG}{LONG.replace('quay', 'pier')}{box}").kind == "article"


@pytest.mark.parametrize("step", RAW["liveblog"]["steps"])
def test_every_step_of_a_live_blog_s_address_tells_one_with_many_times(step):
    entries = "".join(f"<p><time datetime='2026-05-04T10:0{n}'>10:0{n}</time></p>" for n in range(6))
    url = f"https://tarn-herald.example/{step}/bridge"
    assert (kind(LONG + entries, url).kind, kind(LONG, url).kind) == ("liveblog", "article")


@pytest.mark.parametrize(
    ("expected", "step"),
    [(k, step) for k in ("gallery", "press_release") for step in RAW[k]["steps"]],
)
def test_every_step_of_an_address_tells_the_kind(expected, step):
    body = SHORT if expected == "gallery" else LONG
    assert kind(body, f"https://tarn-herald.example/{step}/bridge").kind == expected
    assert kind(LONG, f"https://tarn-herald.example/news/{step}-bridge").kind == "article"


@pytest.mark.parametrize("start", RAW["press_release"]["starts"])
def test_every_beginning_of_a_press_release_tells_one(start):
    assert kind(f"<p>{start.title()}: Northmere, 4 May</p>{LONG}").kind == "press_release"
    assert kind(f"<h1>a</h1>{LONG}<p>A {start} was handed out.</p>").kind == "article"


STORIES = (
    (
        "The port's website must show “Reject all” beside “Accept all”, the data office ruled on Friday.",
        "Until now its banner only said “We value your privacy” and left nobody another way than yes.",
        "The ferry company has a month to change the page, or pays two hundred crowns for every day.",
    ),
    (
        "Passengers who wanted a ticket on Monday were asked “are you a robot” nine times in a row.",
        "The captcha was switched on after bots had bought every seat on the island boat in a minute.",
        "A clerk now sells the tickets by hand, from a table on the quay, and asks nobody to click.",
    ),
    (
        "Half of the islanders have forgotten their password at least once a month, a survey says.",
        "“Forgot your password” is the line they click most, and “remember me” the box they tick most.",
        "The library offers a course on Tuesday evenings, with tea, and for once on paper alone.",
    ),
)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize(
    "banner", ["", "<div class='banner'><p>We use cookies.</p><button>OK</button></div>"]
)
def test_a_short_story_about_walls_is_a_story(story, banner):
    told = "".join(f"<p>{line}</p>" for line in story)
    assert kind(f"<h1>a</h1>{told}{banner}").kind == "article"


def test_words_are_compared_without_case_diacritics_and_punctuation():
    assert flat("Acceptați TOATE  modulele-cookie!") == "acceptati toate modulele cookie"


def test_what_a_reader_does_not_see_is_not_visible():
    tree = open_page("<html><body>a<script>b</script><p>d</p>e<noscript>f</noscript></body></html>")
    assert visible_words(tree) == "a d e"


@pytest.mark.parametrize("unit", ["a ", "é", "- ", "accept all ", "\u0301"])
def test_no_text_takes_long_to_flatten(unit):
    start = time.process_time()
    flat(unit * 30_000)
    assert time.process_time() - start < 1
