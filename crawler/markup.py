"""Bytes or words of a page come in, one parsed tree of bounded size and depth goes out.

The tree is one that trafilatura takes as its own (no comments, no control characters), so that text,
times and credits are all read from one parse.
"""

import logging
import re
import unicodedata

from charset_normalizer import from_bytes
from lxml import etree
from lxml.html import HtmlElement, fromstring
from w3lib.encoding import html_body_declared_encoding, read_bom, resolve_encoding

from db.errors import Unreadable

MAX_BYTES = 10_000_000
MAX_GUESSED = 65_536  # bytes
MAX_TAGS = 60_000  # marks "<"; a long live blog has 40,000
MAX_CLASS = 2_000  # characters; readers run many patterns over it
MAX_DEPTH = 250  # libxml2 drops what nests deeper than 256

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports every page it cannot read;
logging.getLogger("htmldate").setLevel(logging.CRITICAL)  # we say so ourselves, in the record

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_CONTROL_BYTES = bytes(code for code in (*range(32), 127) if code not in b"\t\n\r")
_NO_CHARACTERS = ("\ufffe".encode(), "\uffff".encode())
_SLASHED_DOCTYPE = re.compile(rb"<\s?!\s?DOCTYPE[^>\n]{0,1000}/[^<>\n]{0,1000}>", re.I)  # makes XHTML of HTML
_CLOSED_HTML = re.compile(rb"(<html[^<>]{0,2000})/>", re.I)  # it would close before its page begins
_HEAD = 4_096  # bytes, in which that is looked for
_WRAPPER = re.compile(
    r"</?(?:div|span|section|article|main|font|b|i|u|em|strong|small|big|table|tbody|tr|td|th|ul|ol|li|dl|dd|dt"
    r"|center|blockquote|figure|label|form|a)(?=[\s>/])[^<>]{0,2000}>",
    re.I,
)
_BINARY = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"RIFF",
    b"\x00\x00\x00",
)
_LONG_CLASSES = etree.XPath(f"//@class[string-length() > {MAX_CLASS}]")
_TOO_DEEP = etree.XPath("boolean(" + "/*" * MAX_DEPTH + ")")
# What third-party readers of trees have been seen to raise on hostile pages.
READER_ERRORS = (ValueError, TypeError, AttributeError, LookupError, AssertionError, RecursionError,
                 ArithmeticError, etree.LxmlError)  # fmt: skip


def open_page(html: bytes | str, charset: str | None = None) -> HtmlElement:
    """The page's tree. Raises Unreadable when it is empty, binary, too large or nested past reason."""
    if len(html) > MAX_BYTES:
        raise Unreadable(f"the page has {len(html):,} bytes, at most {MAX_BYTES:,} are read")
    page = _plain(decode(html, charset) if isinstance(html, bytes) else html)
    if not page.strip():
        raise Unreadable("the page is empty")
    if page.count(b"<") > MAX_TAGS:
        raise Unreadable(f"the page holds more than {MAX_TAGS:,} marks of tags")
    tree = _parsed(page)
    if tree is not None and _is_deep(tree):  # often tags that are never closed
        tree = _parsed(_WRAPPER.sub("\n", page.decode()).encode())
        if tree is not None and _is_deep(tree):
            raise Unreadable(f"the page nests its tags more than {MAX_DEPTH} deep")
    if tree is None:
        raise Unreadable("the page is no HTML")
    for names in _LONG_CLASSES(tree):
        names.getparent().set("class", names[:MAX_CLASS])
    return tree


def _plain(words: str) -> bytes:
    """The words in UTF-8, without the control characters that no tree can hold."""
    try:
        page = words.encode()
    except UnicodeEncodeError:  # lone surrogates
        page = _CONTROLS.sub("", words).encode()
    page = page.translate(None, _CONTROL_BYTES)
    for character in () if words.isascii() else _NO_CHARACTERS:
        page = page.replace(character, b"")
    return page


def _parser() -> etree.HTMLParser:
    """A parser whose trees are all of one class of elements.

    lxml.html's own asks a Python function for the class of every element it hands out: a tenth of the time
    of reading a page.  What sets its other classes apart, the fields of forms, nobody here asks for.
    """
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False,
                              default_doctype=False)  # fmt: skip
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    return parser


_PARSER = _parser()


def _parsed(page: bytes) -> HtmlElement | None:
    """The tree of a page in UTF-8, made as `trafilatura.load_html` makes it; None where there is none."""
    doctype = _SLASHED_DOCTYPE.match(page)
    page = page[doctype.end() :] if doctype else page
    mended = _CLOSED_HTML.sub(rb"\1>", page[:_HEAD], count=1) + page[_HEAD:]
    try:
        tree = fromstring(mended, parser=_PARSER)
    except (etree.LxmlError, ValueError, RecursionError, AssertionError):
        return None
    return tree if len(tree) > 1 or b"html" in mended[:50].lower() else None


def decode(html: bytes, charset: str | None = None) -> str:
    """The page's words. Valid UTF-8 is UTF-8 whatever is declared; then the byte order mark, the
    header's `charset`, the page's own declaration, damaged UTF-8, and what the bytes look like.

    Raises Unreadable for bytes that are no text.
    """
    mark, _ = read_bom(html)
    if mark is None and _is_binary(html):
        raise Unreadable("the page is no text: its bytes are binary")
    declared = [mark, charset and resolve_encoding(charset), html_body_declared_encoding(html[:8192])]
    if mark is None and not html.isascii():
        declared.insert(0, "utf-8")
    for name in declared:
        if name and (words := _strictly(html, name)) is not None:
            return words.removeprefix("\ufeff")
    damaged = html.decode("utf-8", "replace")
    if damaged.count("\ufffd") * 5 < sum(not c.isascii() for c in damaged):
        return damaged
    guessed = _guessed(html)
    return (guessed and _strictly(html, guessed)) or html.decode("cp1252", "replace")


def _strictly(html: bytes, name: str) -> str | None:
    try:
        return html.decode(name)
    except (UnicodeError, LookupError):
        return None


_LANGUAGE = re.compile(
    rb"(?:<html[^>]{0,500}?\blang|(?:content-language|og:locale)[\"']?\s+content)\s*=\s*[\"']?([a-z]{2})",
    re.I,
)
# What pages of a language were written in before UTF-8; of those that any bytes are, the last one.
_LEGACY = {
    "tr": ("cp1254",), "az": ("cp1254",), "el": ("cp1253",), "he": ("cp1255",), "ar": ("cp1256",),
    "fa": ("cp1256",), "ru": ("cp1251",), "uk": ("cp1251",), "bg": ("cp1251",), "be": ("cp1251",),
    "mk": ("cp1251",), "sr": ("cp1250",), "th": ("cp874",), "vi": ("cp1258",), "lt": ("cp1257",),
    "lv": ("cp1257",), "et": ("cp1257",), "ja": ("euc_jp", "cp932"), "ko": ("cp949",), "zh": ("gb18030",),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "hr", "sl", "ro", "sq"), ("cp1250",)),
}  # fmt: skip
_C1 = re.compile(rb"[\x80-\x9f]")


def _of_language(html: bytes) -> str | None:
    """The encoding that pages of the stated language had, if the bytes can be that; None where none fits."""
    found = _LANGUAGE.search(html[:4096])
    fits = (
        [name for name in _LEGACY.get(found[1].decode().lower(), ()) if _strictly(html, name)]
        if found
        else []
    )
    if fits == ["cp1250"] and not _C1.search(html):
        return "iso8859_2"  # nothing stands where it has only control characters
    return fits[0] if fits else None


def _guessed(html: bytes) -> str | None:
    """What the bytes look like, by the stated language first; None when too few of them tell."""
    if named := _of_language(html):
        return named
    telling = sum(byte > 127 for byte in html[:MAX_GUESSED])
    best = from_bytes(html[:MAX_GUESSED]).best() if telling >= 20 else None
    return best.encoding if best else None


def _is_binary(html: bytes) -> bool:
    start = html[:4096]
    return start.startswith(_BINARY) or start.count(0) > len(start) // 50


def _is_deep(tree: HtmlElement) -> bool:
    """Whether tags nest past MAX_DEPTH, told without recursion."""
    return _TOO_DEEP(tree)


def few_words(element: HtmlElement, limit: int) -> str:
    """The words of an element, spaces single, cut soon after `limit` characters: it may be the whole page."""
    if not len(element):  # most hold nothing but words
        return " ".join((element.text or "")[: limit + 1].split())
    parts, length = [], 0
    for piece in element.itertext():
        parts.append(piece[: limit + 1])
        length += len(piece.strip()) + 1
        if length > limit + 200:
            break
    return " ".join("".join(parts).split())


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a plain text: its lines on one line each, the empty ones gone."""
    parted = _SEPARATORS.search(text)  # these end a line for Python alone
    return [line for line in map(one_line, _ENDS.split(text) if parted else text.splitlines()) if line]


_SEPARATORS = re.compile("[\x1c-\x1e]")
_ENDS = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")


def one_line(text: str) -> str:
    """The words on one line: spaces single, control characters and lone surrogates gone.

    >>> one_line("Bridge\\n  shut")
    'Bridge shut'
    """
    if text.isprintable():  # no space but the common one is
        if "  " not in text:
            return text.strip(" ")
    else:
        text = _CONTROLS.sub("", text)
    return " ".join(text.split())


def flat(words: str) -> str:
    """Words for finding phrases in: case, diacritics and punctuation gone, spaces single."""
    if not words.isascii():
        words = _COMBINING.sub("", unicodedata.normalize("NFKD", words))
    return " ".join(_MARKS.sub(" ", words.casefold()).split())


_COMBINING = re.compile(r"[\u0300-\u036f]+")
_MARKS = re.compile(r"[^\w&]+")
