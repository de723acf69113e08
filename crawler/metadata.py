"""Who wrote a page, in which section and language, under which address and picture: as the page states it."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain, islice
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.authors import MAX_BYLINE, visible_byline
from crawler.held import every, tagged
from crawler.shipped import shipped
from crawler.structured import names, strings, things, words
from db.errors import BadUrl, RefusedUrl
from db.urls import canonical, domain, is_web, refuse_private

SURE_TEXT = 200  # characters below which a text's language is not told from its words
SOME_TEXT = 40  # the same where no language is stated
SURE = 0.99  # probability above which the text's own language wins over a stated one
PIECE = 300  # characters, from which a detector tells nearly every text
DOUBTED = 3_000  # characters it is given where it is not sure
LIKELY = 0.8  # the same where none is stated
COMMON = 8  # different common words of one language that tell it,
FOREIGN = 3  # when they are that many times another's

_AUTHOR_META = ("author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "byl",
                "sailthru.author", "citation_author", "cxenseparse:author", "twitter:data1")  # fmt: skip
_SECTION_META = ("article:section", "parsely-section", "section", "cxenseparse:section", "sailthru.section",
                 "articlesection", "lp.section", "category")  # fmt: skip
_BYLINE_CLASS = re.compile("[bB]yline|[aA]uthor|autor")
_AROUND = ("aside", "footer", "nav")
MAX_BYLINES = 20  # elements looked at
# Languages that a detector takes for one another: stating one of them is no contradiction.
_NEAR = (
    {"no", "nb", "nn", "da", "sv"}, {"hr", "sr", "bs", "sl", "sh"}, {"id", "ms", "jv"}, {"bg", "mk"},
    {"cs", "sk"},
    {"es", "gl", "ca", "pt", "an", "oc"}, {"ru", "uk", "be"}, {"hi", "mr", "ne"}, {"ro", "mo"},
    {"de", "lb"}, {"nl", "af"}, {"ar", "fa", "ur", "ckb"}, {"tl", "fil"}, {"zh", "yue"},
)  # fmt: skip


def byline(objects: tuple[dict[str, Any], ...], meta: dict[str, list[str]], tree: HtmlElement,
           everything: tuple[dict[str, Any], ...] = ()) -> str:  # fmt: skip
    """The author string as it stands, several joined by ", "; "" when none is stated.

    `objects`: those that describe the article; `everything`: all, to look up `@id`.
    """
    for o in objects:
        if stated := names(o.get("author"), everything) or names(o.get("creator"), everything):
            return ", ".join(stated)[:MAX_BYLINE]
    for key in _AUTHOR_META:
        stated = [name for name in meta.get(key, ()) if _could_be_a_name(name)]
        if stated and not (
            key == "twitter:data1" and "by" not in "".join(meta.get("twitter:label1", ())).lower()
        ):
            return ", ".join(dict.fromkeys(stated))[:MAX_BYLINE]
    for element in islice(_bylines(tree), MAX_BYLINES):
        text = _parted_words(element)
        if _could_be_a_name(text):
            return text[:MAX_BYLINE]
    return visible_byline(tree)


def _bylines(tree: HtmlElement) -> Iterator[HtmlElement]:
    """The elements that say they are a byline, but those in boxes around the article."""
    for element in every(tree):
        named = element.get("class")
        told = named and _BYLINE_CLASS.search(named)
        if not (told or element.get("itemprop") == "author" or element.get("rel") == "author"):
            continue
        if element.tag not in _AROUND and next(element.iterancestors(*_AROUND), None) is None:
            yield element


def _parted_words(element: HtmlElement) -> str:
    """The words of a byline: name, desk and links are elements of their own, often with no space between."""
    pieces = (" ".join(piece.split()) for piece in islice(element.itertext(), MAX_BYLINE))
    return _BEFORE_A_STOP.sub(r"\1", " ".join(piece for piece in pieces if piece))[: MAX_BYLINE + 1]


_BEFORE_A_STOP = re.compile(r" ([,;:.)])")


def listed_authors(
    objects: tuple[dict[str, Any], ...], everything: tuple[dict[str, Any], ...] = ()
) -> tuple[str, ...]:
    """The authors that the page lists one by one for machines; () where it names one, or none."""
    for o in objects:
        if stated := names(o.get("author"), everything) or names(o.get("creator"), everything):
            return tuple(stated) if len(stated) > 1 else ()
    return ()


def section(objects: tuple[dict[str, Any], ...], meta: dict[str, list[str]]) -> str | None:
    """The section that the page says it stands in, the most general when several; None: not stated."""
    stated = [words(o.get("articleSection")) for o in objects]
    stated += [content for key in _SECTION_META for content in meta.get(key, ())]
    return next((name[:100] for name in stated if name and not name.isdigit()), None)


def stated_language(
    tree: HtmlElement, objects: tuple[dict[str, Any], ...], meta: dict[str, list[str]]
) -> str | None:
    """The language the page says it is in (ISO 639), or None."""
    of_objects = [words(thing.get("name")) for o in objects for thing in things(o.get("inLanguage"))]
    candidates = [
        tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "",
        *of_objects,
        *meta.get("og:locale", ()),
        *meta.get("language", ()),
        *meta.get("dc.language", ()),
    ]
    for stated in candidates:
        if found := re.match(r"([A-Za-z]{2,3})(?:[-_].{0,20})?$", stated.strip()):
            return {"iw": "he", "in": "id", "nb": "no", "nn": "no"}.get(found[1].lower(), found[1].lower())
    return None


def language(stated: str | None, text: str) -> str | None:
    """The language of a text: as stated, unless its words clearly say another; else as detected."""
    if len(text) < (SURE_TEXT if stated else SOME_TEXT):
        return stated
    found, probability = _detected(text)
    if stated is None:
        return found if probability >= LIKELY else None
    if probability < SURE or found == stated or any(stated in near and found in near for near in _NEAR):
        return stated
    return found


def _detected(text: str) -> tuple[str, float]:
    """The language of a text's words and its probability: of a piece from its start and one from its
    middle, and only where they leave a doubt of a longer one.
    """
    middle = len(text) // 2
    piece = f"{text[:PIECE]} {text[middle : middle + PIECE]}" if len(text) > 2 * PIECE else text
    if plainly := _by_common_words(piece):
        return plainly, 1.0
    found, probability = _detector().classify(piece)
    return (found, probability) if probability >= SURE else _detector().classify(text[:DOUBTED])


def _by_common_words(piece: str) -> str | None:
    """The language whose commonest words stand in a piece, many of them and hardly any of another's; or
    None.  It says what the classifier would, in a twentieth of its time."""
    speakers = _speakers()
    said = speakers.keys() & _WORDS.findall(piece.lower())
    hits = Counter(chain.from_iterable(map(speakers.__getitem__, said))).most_common(2)
    if not hits or hits[0][1] < COMMON:
        return None
    return hits[0][0] if len(hits) == 1 or hits[1][1] * FOREIGN <= hits[0][1] else None


_WORDS = re.compile(r"[^\W\d_]+")


def stated_canonical(tree: HtmlElement, url: str, meta: dict[str, list[str]]) -> str | None:
    """The address that the page says is its own, in canonical spelling; None when none is stated or believed.

    A home page, a section above the page, or another page of the same site that shares no word with this
    one is a setting somebody forgot, not an address.
    """
    links = _canonicals(tree)[:3]
    own_words = meta.get("og:url", [])
    for link in [*links, *([] if links else own_words[:1])]:
        found = _address(str(link), url) if link.strip() else None
        if found and _believable(found, url, {_address(stated, url) for stated in own_words[:1]}):
            return found
    return None


def _canonicals(tree: HtmlElement) -> list[str]:
    named = (link for link in tagged(tree, "link") if " canonical " in f" {link.get('rel') or ''} ")
    return [href for link in named if (href := link.get("href")) is not None]


def image(objects: tuple[dict[str, Any], ...], meta: dict[str, list[str]], url: str) -> str | None:
    """The address of the lead picture, or None."""
    stated: list[str] = []
    for o in objects:
        for thing in things(o.get("image")):
            stated += (
                strings(thing.get("url")) + strings(thing.get("contentUrl")) + strings(thing.get("name"))
            )
    stated += [c for key in ("og:image", "og:image:url", "twitter:image") for c in meta.get(key, ())]
    return next((found for link in stated[:20] if (found := _address(link, url))), None)


def _address(link: str, url: str) -> str | None:
    """A link of the page as a public http(s) URL in canonical spelling, or None."""
    try:
        found = canonical(urljoin(url, link.strip()) if is_web(url) else link)
        refuse_private(found)
    except (ValueError, BadUrl, RefusedUrl):
        return None
    return found


def _believable(found: str, url: str, also_stated: set[str | None]) -> bool:
    path = urlsplit(found).path.rstrip("/")
    if not path and not urlsplit(found).query:
        return is_web(url) and not urlsplit(url).path.rstrip("/") and domain(found) == domain(url)
    if not is_web(url) or domain(found) != domain(url) or found in also_stated:
        return True
    own = urlsplit(url).path.rstrip("/")
    if own.startswith(path + "/") and not re.search(r"/(?:amp|\d{1,3})$", own):
        return False
    return bool(_slug_words(found) & _slug_words(url)) or not _slug_words(url)


def _slug_words(url: str) -> set[str]:
    parts = urlsplit(url)
    last = parts.path.rstrip("/").removesuffix("/amp").rsplit("/", 1)[-1]
    return {word for word in re.split(r"[\W_]+", f"{last} {parts.query}".lower()) if len(word) > 2}


def _could_be_a_name(text: str) -> bool:
    return (
        2 < len(text) <= MAX_BYLINE
        and "://" not in text
        and "@" not in text[:1]
        and any(map(str.isalpha, text))
    )


@cache
def common_words() -> dict[str, frozenset[str]]:
    """The commonest words of each language; loaded once. Raises BadCatalogue when the file is broken."""
    return {name: frozenset(words.split()) for name, words in shipped("common_words.toml").items()}


@cache
def _speakers() -> dict[str, tuple[str, ...]]:
    """The languages of each common word."""
    found: dict[str, tuple[str, ...]] = {}
    for name, common in common_words().items():
        for word in common:
            found[word] = (*found.get(word, ()), name)
    return found


@cache
def _detector() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
