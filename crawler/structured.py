"""What a page states for machines: a parsed page comes in, its JSON-LD objects and meta elements go out.

Pages hold broken, huge, recursive and hostile JSON-LD: everything here is bounded and nothing raises.
"""

import json
import re
from collections.abc import Collection, Iterator
from html import unescape
from typing import Any

from lxml.html import HtmlElement

from crawler.held import tagged

MAX_SCRIPT = 2_000_000  # characters of one script that are read
MAX_SCRIPTS = 50
MAX_OBJECTS = 500  # JSON-LD objects of one page
MAX_DEPTH = 24  # nesting below an object; deeper values are dropped
MAX_VALUES = 100_000  # values of one page that are looked at
MAX_META = 1_000
MAX_CONTENT = 10_000  # characters of one meta element

ARTICLE_TYPES = frozenset(
    {"Article", "NewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle", "BackgroundNewsArticle",
     "OpinionNewsArticle", "ReviewNewsArticle", "AskPublicNewsArticle", "SatiricalArticle",
     "AdvertiserContentArticle", "LiveBlogPosting", "BlogPosting", "Report", "TechArticle",
     "ScholarlyArticle", "SocialMediaPosting", "DiscussionForumPosting"}
)  # fmt: skip

_BROKEN = re.compile(r"[\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f]")
_TRAILING_COMMA = re.compile(r",(\s{0,50}[}\]])")
_INSIDE = ("@graph", "mainEntity", "mainEntityOfPage", "subjectOf")  # where pages put their article


def json_ld(tree: HtmlElement) -> tuple[dict[str, Any], ...]:
    """Every JSON-LD object of the page in its order, graphs and lists flattened, broken scripts skipped.

    Strings hold no lone surrogates, nesting ends at MAX_DEPTH; at most MAX_OBJECTS objects.
    """
    objects: list[dict[str, Any]] = []
    left = [MAX_VALUES]
    for script in _scripts(tree):
        for value in _decoded(script):
            for found in _flat(_bounded(value, MAX_DEPTH, left)):
                objects.append(found)
                if len(objects) == MAX_OBJECTS:
                    return tuple(objects)
    return tuple(objects)


def article_objects(
    objects: tuple[dict[str, Any], ...], *, urls: Collection[str] = ()
) -> tuple[dict[str, Any], ...]:
    """Those objects that describe the page's article, the most detailed first.

    With `urls` (the page's own spellings), an object that says it is another page is left out
    when one that says it is this page is there.
    """
    articles = [o for o in objects if types(o) & ARTICLE_TYPES]
    wanted = {_bare(url) for url in urls}
    mine = [o for o in articles if any(_bare(u) in wanted for u in _addresses(o))] if wanted else []
    return tuple(sorted(mine or articles, key=lambda o: -sum(bool(o.get(key)) for key in _TELLING)))


def page_objects(objects: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """Those objects that describe the page itself or its video: what is left where no article is stated."""
    return tuple(o for o in objects if types(o) & {"WebPage", "ItemPage", "VideoObject", "MediaObject"})


_TELLING = ("headline", "datePublished", "author", "articleBody", "publisher", "image")


def types(value: dict[str, Any]) -> set[str]:
    """The object's types without their namespace: `{"NewsArticle"}`."""
    return {t.rsplit("/", 1)[-1].rsplit(":", 1)[-1] for t in strings(value.get("@type"))}


def strings(value: Any) -> list[str]:
    """The strings of a value that may be a string, or a list of strings; never raises."""
    values = value if isinstance(value, list) else [value]
    return [v for v in values if isinstance(v, str) and v.strip()]


def words(value: Any) -> str:
    """The first string of a value as words: entities resolved, tags' brackets kept, spaces single."""
    found = strings(value)
    return " ".join(unescape(found[0]).split()) if found else ""


def things(value: Any, objects: tuple[dict[str, Any], ...] = ()) -> list[dict[str, Any]]:
    """The objects of a value that may be an object, a name or a list of them; `@id` alone is looked up.

    A bare string comes back as `{"name": string}`.
    """
    found: list[dict[str, Any]] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str) and item.strip():
            found.append({"name": item})
        elif isinstance(item, dict):
            found.append(_looked_up(item, objects))
    return found


def names(value: Any, objects: tuple[dict[str, Any], ...] = ()) -> list[str]:
    """The names of the persons or outlets that a value lists, in order, as words."""
    found = [words(thing.get("name")) for thing in things(value, objects)]
    return list(dict.fromkeys(name for name in found if name))


def meta(tree: HtmlElement) -> dict[str, list[str]]:
    """The page's meta elements: property, name or itemprop in lower case -> contents in their order."""
    found: dict[str, list[str]] = {}
    for count, element in enumerate(tagged(tree, "meta")):
        if count == MAX_META:
            break
        content = " ".join((element.get("content") or "")[:MAX_CONTENT].split())
        for key in {element.get(name, "").strip().lower() for name in ("property", "name")} | _item(element):
            if key and content:
                found.setdefault(key, []).append(content)
    return found


def _item(element: HtmlElement) -> set[str]:
    """The element's microdata keys: `author`, or `author.name` where it describes a part of the article only.

    What describes a picture, a comment or a publisher is not said of the article.
    """
    key = element.get("itemprop", "").strip().lower()
    if not key:
        return set()
    scope = next((a for a in element.iterancestors() if a.get("itemscope") is not None), None)
    part = "" if scope is None else scope.get("itemprop", "").strip().lower()
    dotted = {f"{part}.{key}"} if part else set()
    return dotted if part in _PARTS_APART else {key} | dotted


_PARTS_APART = frozenset(
    {"image", "logo", "thumbnail", "video", "associatedmedia", "primaryimageofpage", "comment", "review"}
)


def _scripts(tree: HtmlElement) -> Iterator[str]:
    count = 0
    for script in tagged(tree, "script"):
        if "ld+json" in (script.get("type") or "").lower():
            count += 1
            text = script.text or ""
            if count <= MAX_SCRIPTS and len(text) <= MAX_SCRIPT:
                yield text


def _decoded(script: str) -> Iterator[Any]:
    """The JSON values of one script: comment and CDATA marks taken off, one repair tried."""
    text = script.strip().removeprefix("<!--").removesuffix("-->").strip()
    text = text.removeprefix("//").strip().removeprefix("<![CDATA[").strip()
    text = text.rstrip("/ \n\t").removesuffix("]]>").rstrip("/ \n\t;")
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text)):
        values = list(_values(attempt))
        if values:
            yield from values
            return


def _values(text: str) -> Iterator[Any]:
    """JSON values written one after another, as far as they can be read."""
    decoder = json.JSONDecoder(strict=False)
    at = 0
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        yield value
        while at < len(text) and text[at] in " \t\r\n;,":
            at += 1


def _bounded(value: Any, depth: int, left: list[int]) -> Any:
    """The value with clean strings, cut at `depth` and where the page's allowance `left` is spent."""
    left[0] -= 1
    if left[0] < 0:
        return None
    if isinstance(value, str):
        return _BROKEN.sub("", value)
    if isinstance(value, dict):
        pairs = value.items() if depth else ()
        return {_BROKEN.sub("", key): _bounded(inner, depth - 1, left) for key, inner in pairs}
    if isinstance(value, list):
        return [_bounded(inner, depth - 1, left) for inner in value] if depth else []
    return value


def _flat(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in a value: itself, its list's, its graph's and its main entity's."""
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, dict):
        if value.keys() - {"@context", "@graph"}:
            yield value
        for key in _INSIDE:
            inner = value.get(key)
            if isinstance(inner, list) or (isinstance(inner, dict) and inner.keys() - {"@type", "@id"}):
                yield from _flat(inner)


def _looked_up(thing: dict[str, Any], objects: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """The object that `{"@id": ...}` points to, or the thing itself."""
    if "name" not in thing and isinstance(thing.get("@id"), str):
        for other in objects:
            if other.get("@id") == thing["@id"] and other.get("name"):
                return other
    return thing


def _addresses(value: dict[str, Any]) -> Iterator[str]:
    for key in ("url", "@id", "mainEntityOfPage"):
        for item in things(value.get(key)):
            yield from strings(item.get("name"))
            yield from strings(item.get("@id"))


def _bare(url: str) -> str:
    """An address for comparing: scheme, `www.`, query, fragment and a closing slash dropped."""
    return re.sub(r"^https?://(?:www\.)?", "", re.split("[?#]", url.strip(), maxsplit=1)[0]).rstrip("/")
