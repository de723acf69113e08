"""What kind of page this is: an article, something else, or a wall in front of one.

The words that tell are data (`walls.toml`); no lone word decides, and a long text of its own is
never a wall because it speaks of cookies.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from lxml.etree import XPath
from lxml.html import HtmlElement

from crawler.credits import PageWords
from crawler.held import every, tagged
from crawler.markup import few_words, flat
from crawler.needles import Sieve
from crawler.shipped import shipped
from crawler.structured import article_objects, types, words
from db.urls import domain, is_web

SHORT = 120  # words: below, a text may be a wall's; above, a wall must hold half of it
STUB = 250  # words: a longer text is an article even if the page says that it is not free
WHOLE = 0.9  # of a short text, in lines of a wall's words: it is nothing but the wall
ROOM = 24  # characters beside a phrase on a button or in a line of its own
BRIEF = 12  # words: below, there is no article
TEASER = 25  # characters of a link that looks like a headline
SAID = 6_000  # characters of the text in which a wall's words are looked for
SEEN = 20_000  # characters of visible words that are looked at

_WALLS = ("robot", "region", "consent", "login", "missing")
_SILENT = frozenset(
    {"script", "style", "template", "noscript", "svg", "head", "textarea", "select", "option"}
)


def kind_of(page: PageWords) -> tuple[str, str]:
    """The page's kind (one of ARTICLE_KINDS), and why when it is unreadable or a stub, else ""."""
    count = _count(page.text)
    if reason := _wall(page, count):
        return "unreadable", reason
    if _is_section(page, count):
        return "section", ""
    if _is_liveblog(page):
        return "liveblog", ""
    if count < SHORT and (kind := _pictures(page)):
        return kind, ""
    if count < BRIEF:
        return "unreadable", "no article text stands in the page"
    if _is_press_release(page):
        return "press_release", ""
    if reason := _cut(page, count):
        return "stub", reason
    return "article", ""


def _articles(page: PageWords) -> tuple[dict[str, Any], ...]:
    return article_objects(page.objects, urls=(page.url,))


def visible_words(tree: HtmlElement, limit: int = SEEN) -> str:
    """The words a reader sees, spaces single, at most about `limit` characters."""
    parts: list[str] = []
    length = 0
    for piece in _pieces(tree):
        parts.append(piece)
        length += len(piece)
        if length > limit:
            break
    return " ".join(" ".join(parts).split())


def _pieces(tree: HtmlElement) -> Iterator[str]:
    stack: list[HtmlElement | str] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
            continue
        if node.tail and node is not tree:
            stack.append(node.tail)
        if isinstance(node.tag, str) and node.tag not in _SILENT:
            stack.extend(reversed(node))
            if node.text:
                yield node.text


def _wall(page: PageWords, count: int) -> str:
    """Why the page is a wall in front of its article, or ""."""
    stated = _states_article(page)
    if count >= SHORT and (
        stated or not _phrases().candidates(f" {flat(page.title)} {flat(page.text[:SAID])}")
    ):
        return ""
    lines = [f" {flat(line)}" for line in page.text[:SAID].split("\n")]
    pieces = list(_shown(page.tree)) if count < SHORT else []
    seen = "".join([f" {flat(page.title)}", *lines, *pieces])
    bare = count < SHORT and not stated and sum(piece.count(" ") for piece in pieces) < 2 * SHORT
    for name in _WALLS:
        every = {phrase for phrase in walls()[name]["phrases"] if phrase in seen}
        hits = {hit for hit in every if not any(hit != other and hit in other for other in every)}
        proven = bool(hits) and _proof(name, page)
        if not proven and len(hits) < 2:
            continue
        marked = sum(len(line) for line in lines if any(phrase in line for phrase in hits))
        share = marked / max(1, sum(map(len, lines)))
        is_it = share >= 0.5 or (bare and (proven or share >= 0.25 or len(hits) > 2))
        enough = 1 if bare and share >= WHOLE else 2  # one where no line says anything else
        if count < BRIEF or (
            is_it and (proven or _alone(every, pieces or list(_shown(page.tree)), page.tree, enough))
        ):
            return walls()[name]["reason"]
    return walls()["script"]["reason"] if count < BRIEF and _is_script_shell(page, seen) else ""


def _shown(tree: HtmlElement) -> Iterator[str]:
    """The pieces of text that a reader sees, flat, each after a space; about SEEN characters."""
    length = 0
    for piece in _pieces(tree):
        length += len(piece)
        if words_of_it := flat(piece):
            yield f" {words_of_it}"
        if length > SEEN:
            break


def _alone(hits: set[str], pieces: list[str], tree: HtmlElement, enough: int) -> bool:
    """Whether `enough` phrases stand as lines of their own, or one on a button, and not only inside the
    prose of a story about such things.
    """
    lone = {piece for piece in pieces if any(_fills(hit, piece) for hit in hits)}
    if not lone or len(lone) >= enough:
        return bool(lone)
    buttons = (f" {flat(few_words(button, 100))}" for button in tree.xpath(_BUTTONS)[:100])
    return any(_fills(hit, button) for button in buttons for hit in hits)


_BUTTONS = "//button|//a[@role='button' or @onclick or starts-with(@href, '#')]|//*[@role='button']|//label"


def _fills(phrase: str, piece: str) -> bool:
    return phrase in piece and len(piece) <= len(phrase) + ROOM


def _proof(name: str, page: PageWords) -> bool:
    """Whether the markup bears a wall out, so that one phrase is enough."""
    if name == "missing":
        title = f" {flat(page.title)}"
        return any(phrase in title for phrase in walls()[name]["phrases"])
    return name in _PROOFS and bool(_PROOFS[name](page.tree))


_PROOFS = {
    "login": XPath("boolean(//input[@type='password'])"),
    "robot": XPath(
        "boolean(//*[@id='challenge-form' or @id='cf-wrapper' or @id='px-captcha'"
        " or @class='g-recaptcha' or contains(@src, '/cdn-cgi/challenge-platform/')"
        " or contains(@src, 'captcha-delivery')])"
    ),
}


def _states_article(page: PageWords) -> bool:
    """Whether the page says for machines that it is an article."""
    return bool(_articles(page) or page.meta.get("article:published_time"))


def _is_script_shell(page: PageWords, seen: str) -> bool:
    """Whether the page holds scripts and, but for the request to run them, nothing to read."""
    silent = " " + flat(" ".join(few_words(e, 500) for e in page.tree.xpath("//noscript")[:10]))
    asks = any(phrase in f"{seen} {silent}" for phrase in walls()["script"]["phrases"])
    return bool(page.tree.xpath("boolean(//script)")) and (asks or len(seen) < 300)


def _is_section(page: PageWords, count: int) -> bool:
    """Whether the page lists others: headline links make up its text, or it is the site's front."""
    if _states_article(page):
        return False
    path = urlsplit(page.url).path.strip("/") if is_web(page.url) else "-"
    teasers = _teasers(page)
    if not path:
        return len(teasers) >= 2
    text = flat(page.text[:SEEN])
    listed = [teaser for teaser in map(flat, teasers) if teaser in text]
    if len(listed) >= 4 and sum(map(len, listed)) * 2 > len(text):
        return True
    of_lists = any(types(o) & {"CollectionPage", "ItemList", "SearchResultsPage"} for o in page.objects)
    is_site = any(kind.lower() in ("website", "profile") for kind in page.meta.get("og:type", ()))
    is_word = "/" not in path and len(path) < 30 and "-" not in path
    own = sum(len(line) for line in page.text.split("\n") if len(line) > 150)
    hinted = of_lists or is_site or is_word
    return hinted and len(teasers) >= 8 and (count < SHORT or own < 40 * len(teasers))


def _teasers(page: PageWords) -> list[str]:
    """The words of the links to other pages of the site that look like headlines, at most 500."""
    own = domain(page.url)
    found: dict[str, str] = {}
    for link in tagged(page.tree, "a"):
        href = link.get("href") or ""
        if len(found) == 500:
            break
        headline = few_words(link, 300) if href and href not in found else ""
        if len(headline) >= TEASER and (href.startswith("/") or domain(href) == own):
            found[href] = headline
    return list(found.values())


def _is_liveblog(page: PageWords) -> bool:
    """Whether the page grows by entries: it says so, or its markup or address does and it has many times."""
    if any("LiveBlogPosting" in types(o) for o in _articles(page)):
        return True
    data = walls()["liveblog"]
    times = tagged(page.tree, "time")[:200]
    if len({time.get("datetime") or few_words(time, 50) for time in times}) < 5:
        return False
    return _steps(page.url, data["steps"]) or _holds_entries(page.tree, data)


_STEMMED = XPath("//@class[contains(., $stem)]")


def _holds_entries(tree: HtmlElement, data: dict[str, Any]) -> bool:
    """Whether five classes of the page are those of entries."""
    classes = " ".join(_STEMMED(tree, stem=data["stem"]))
    return sum(classes.count(name) for name in data["classes"]) >= 5


def _pictures(page: PageWords) -> str:
    """gallery or video, when that is what a page of few words shows; else ""."""
    stated = set().union(*(types(o) for o in page.objects)) if page.objects else set()
    og = " ".join(page.meta.get("og:type", ())).lower()
    if stated & {"ImageGallery", "MediaGallery"} or _steps(page.url, walls()["gallery"]["steps"]):
        return "gallery"
    if og.startswith("video") or ("VideoObject" in stated and not _articles(page)):
        return "video"
    if "VideoObject" in stated and _steps(page.url, walls()["video"]["steps"]):
        return "video"
    return ""


def _is_press_release(page: PageWords) -> bool:
    data = walls()["press_release"]
    if page.own.kind == "press_office" or _steps(page.url, data["steps"]):
        return True
    first = [flat(page.title), *(flat(line[:200]) for line in page.text.split("\n", 2)[:2])]
    return any(f" {line}".startswith(start) for line in first for start in data["starts"])


def _cut(page: PageWords, count: int) -> str:
    """Why the text is only the beginning of the article, or ""."""
    if count >= STUB:
        return ""
    if any(words(str(o.get("isAccessibleForFree"))).lower() == "false" for o in _articles(page)):
        return "cut by a paywall: the page says that it is not free, and shows little text"
    stated = [o.get("wordCount") for o in _articles(page)]
    if any(
        str(n).isdigit() and len(str(n)) < 6 and int(n) > 3 * count + 100 for n in stated if n is not None
    ):
        return "cut: the page states many more words than it shows"
    data = walls()["paywall"]
    seen = f" {flat(visible_words(page.tree))}"
    hits = sum(phrase in seen for phrase in data["phrases"])
    asks = hits >= 2 or (hits and _is_classed(page.tree, data["classes"]))
    return "cut by a paywall: the page asks for a subscription" if asks else ""


def _is_classed(tree: HtmlElement, words_of_classes: list[str]) -> bool:
    """Whether a class of the page holds one of these words."""
    classes = [named for element in every(tree) if (named := element.get("class"))]
    return any(word in named for named in classes for word in words_of_classes)


def _steps(url: str, steps: list[str]) -> bool:
    """Whether a step of the URL's path, but the last, is one of these words."""
    path = [step.lower() for step in urlsplit(url).path.split("/") if step] if is_web(url) else []
    return bool(set(path[:-1]) & set(steps))


def _count(text: str) -> int:
    """The number of words; scripts without spaces count two letters as a word."""
    unspaced = 0 if text.isascii() else len(_UNSPACED.findall(text))
    return len(text.split()) + unspaced // 2


_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def _findable(phrase: str) -> str:
    """A phrase as it is looked for: at the beginning of a word, where its script knows words."""
    return phrase if phrase[:1] >= "\u0e00" else f" {phrase}"


def _speaks_of_walls(page: PageWords) -> bool:
    return bool(_phrases().candidates(f" {flat(page.title)} {flat(page.text[:SAID])}"))


@cache
def _phrases() -> Sieve:
    """What tells whether a text holds a phrase of any wall."""
    return Sieve([walls()[name]["phrases"] for name in _WALLS])


@cache
def walls() -> dict[str, Any]:
    """The words of `walls.toml`, flat; loaded once. Raises BadCatalogue when the file is broken."""
    data = shipped("walls.toml")
    for table in data.values():
        for key in ("phrases", "starts"):
            if key in table:
                table[key] = tuple(_findable(flat(phrase)) for phrase in table[key])
    return data
