"""A page in, the credits it carries out: whom it names as the source of its text, with the very words.

The page is read region by region from its whole tree (`crawler.regions`), before any cleaning; the
wordings are data (`crawler.wordings`); which outlet a name means is asked of `db.outlets.Names`.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from lxml import etree

from crawler.machine import Statement, absolute, attributes, is_article_path, stated_canonicals, statements
from crawler.mentions import KNOWN, PHOTO, WEAK, Mention, abbreviated, flat, mark, scanner
from crawler.regions import LAST_BLOCKS, PARAGRAPH, SHORT, Block, blocks, weight
from crawler.sites import home
from crawler.structured import article_objects
from crawler.times import parse
from crawler.wordings import EVERY, REGIONS, Rule, Wordings, wordings
from db.outlets import Names, fold
from db.records import CREDIT_KINDS, Evidence, Outlet
from db.urls import outlet_key

MAX_LINKS = 50
MAX_EVIDENCE = 300
_SHORT_LINE = 140  # characters; a byline as short is quoted whole
_SHORT_OWN = 80  # characters; a block as short can be a line of its own inside the body
_SENTENCES = ("lead", "body", "last")
_TOLD_REGION = {"head": "own", "kicker": "own"}
_AGENCIES = ("agency", "press_office")
_LETTER_WORD = re.compile(r"[^\W\d_]")
_SMALL_WORDS = frozenset(
    {"of", "the", "and", "de", "la", "le", "les", "des", "du", "di", "della", "del", "el", "los", "y", "e",
     "et", "der", "die", "das", "und", "och", "og", "van", "het", "&", "da", "do", "dos", "al", "dem", "den",
     "il", "lo", "o", "a", "os", "as", "un", "une", "și", "si"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWords:
    """What credits are read from: a parsed page, its text as extracted, and whose page it is."""

    tree: etree._Element  # never modified
    url: str
    text: str
    title: str = ""
    language: str | None = None
    objects: tuple[dict[str, Any], ...] = ()  # every JSON-LD object
    meta: Mapping[str, Sequence[str]] = field(default_factory=dict)
    own: Outlet


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every reader of one page needs."""

    names: Names
    rules: Wordings
    own: tuple[Outlet, ...]  # the page's outlet, and the one its site name means
    own_names: frozenset[str]
    language: str | None
    url: str
    text: str
    title: str = ""


def find_credits(page: PageWords, names: Names) -> tuple[Evidence, ...]:
    """Every credit, photo credit, subject mention and body link of the page, in the page's order.

    At most MAX_EVIDENCE credits and MAX_LINKS links; one credit per outlet, kind and quote.
    """
    sites = tuple(_site_names(page))
    desk = _Desk(
        names=names,
        rules=wordings(home()),
        own=_house(page.own, names, sites),
        own_names=_called(page.own, sites),
        language=page.language,
        url=page.url,
        text=page.text,
        title=flat(page.title),
    )
    found: list[Evidence] = []
    objects = article_objects(page.objects, urls=[page.url])
    for statement in (*statements(objects, page.meta), *attributes(page.tree)):
        found += _of_statement(desk, statement)
    found += _of_canonical(desk, page.tree)
    parts = blocks(page.tree, page.text)
    found += _of_blocks(desk, [part for part in parts if part.region in REGIONS])
    heads = sorted(b.start for b in parts if b.heading and b.start is not None)
    credits_ = _with_scopes(_distinct(found)[:MAX_EVIDENCE], page.text, heads)
    return (*credits_, *_body_links(desk, parts))


def credits_in_text(
    text: str, byline: str, language: str | None, own: Outlet, names: Names
) -> tuple[Evidence, ...]:
    """The credits of a plain text whose paragraphs are its lines, and of its byline."""
    desk = _Desk(names, wordings(home()), (own,), _called(own, ()), language, "", text)
    lines = _lines(text)
    if byline.strip():
        lines.insert(0, Block(text=" ".join(byline.split()), region="byline"))
    found = _of_blocks(desk, lines)
    return _with_scopes(_distinct(found)[:MAX_EVIDENCE], text, [])


def in_example(rule: Rule, known: Wordings, names: Names) -> list[tuple[str, int]]:
    """(name, hop) of every credit that `rule` alone finds in its own example: the rule's test."""
    alone = replace(known, rules={EVERY: (rule,)})
    nobody = Outlet(domain="nobody.example", name="nobody.example")
    desk = _Desk(names, alone, (nobody,), frozenset(), rule.language.replace(EVERY, "en"), "", "")
    found = []
    for region in sorted(rule.regions - {"caption"}):
        block = Block(text=rule.example, region=region)
        found = found or [(e.name, e.hop) for e in _of_blocks(desk, [block])]
    return found


def _lines(text: str) -> list[Block]:
    found, at = [], 0
    for raw in text.split("\n"):
        if raw.strip():
            found.append(
                Block(text=" ".join(raw.split()), region="body", start=at + len(raw) - len(raw.lstrip()))
            )
        at += len(raw) + 1
    long_ones = [b for b in found if weight(b.text) >= PARAGRAPH] or found[:1]
    for block in found[found.index(long_ones[-1]) + 1 :] if long_ones else ():
        block.region = "tail"
    for block in long_ones[max(len(long_ones) // 2, len(long_ones) - LAST_BLOCKS) :]:
        block.region, block.last = "last", True
    for block in long_ones[:3]:
        block.region = "lead"
    return found


def _house(own: Outlet, names: Names, site_names: Sequence[str]) -> tuple[Outlet, ...]:
    """The page's outlet, then those its site names mean."""
    return own, *(o for n in site_names if (o := names.find(n, anchored=True)))


@lru_cache(maxsize=1_000)
def _called(own: Outlet, site_names: tuple[str, ...]) -> frozenset[str]:
    """How the page's outlet may be called, folded and without spaces."""
    words = (own.name, *site_names, own.domain or "", (own.domain or "").split(".")[0])
    return frozenset(c for w in words if len(c := fold(w).replace(" ", "")) > 1)


def _at_home(desk: _Desk, outlet: Outlet) -> bool:
    return any(desk.names.same_house(outlet, own) for own in desk.own)


def _site_names(page: PageWords) -> Iterator[str]:
    for key in ("og:site_name", "application-name", "apple-mobile-web-app-title"):
        for words in list(page.meta.get(key, ()))[:2]:
            if isinstance(words, str) and len(words) <= 60:
                yield words


# -- one block


def _of_blocks(desk: _Desk, parts: Sequence[Block]) -> list[Evidence]:
    """The evidence of blocks, each on one line.

    The names are looked for once in all of them.
    """
    scanned = _scanned(desk, parts)
    others = {short for part, _, mentions in scanned for short in abbreviated(part.text, mentions)}
    found: list[Evidence] = []
    for part, plain, mentions in scanned:
        kept = mentions
        if part.region == "kicker":  # of a story about an agency: a topic
            kept = [m for m in mentions if flat(part.text[m.start : m.stop]) not in desk.title]
        elif others and part.region in _SENTENCES:
            kept = [m for m in mentions if part.text[m.start : m.stop] not in others]
        found += _of_block(desk, part, plain, kept)
    return found


def _scanned(desk: _Desk, parts: Sequence[Block]) -> list[tuple[Block, str, list[Mention]]]:
    """Each block with its flat text and the known names in it."""
    words = flat("\n".join(part.text for part in parts))
    places = scanner(desk.names).places(words, desk.language)
    found: list[tuple[Block, str, list[Mention]]] = []
    at = 0
    for part in parts:
        end = at + len(part.text)
        here = [place - at for place in places[bisect_left(places, at) : bisect_left(places, end)]]
        plain = words[at:end]
        mentions = scanner(desk.names).find(part.text, desk.language, plain=plain, places=here)
        if mentions and (elsewhere := desk.rules.elsewhere(desk.language, plain)):
            mentions = [m for m in mentions if not any(a <= m.start < b for a, b in elsewhere)]
        found.append((part, plain, mentions))
        at = end + 1
    return found


def _of_block(desk: _Desk, block: Block, plain: str, mentions: Sequence[Mention]) -> list[Evidence]:
    """The evidence of one block, its flat text and the known names in it."""
    if block.region == "caption":
        return [_photo(desk, block, m) for m in mentions if not _is_own(desk, m.key)]
    short = len(block.text) <= 2 * SHORT or block.region in ("last", "tail", "lead", "head")
    if not mentions and not short:
        return []
    marked = mark(plain, mentions) if mentions else plain
    ranks = desk.rules.ranks(desk.language, *_regions(block), unknown=not mentions)
    rules = [rule for rule in desk.rules.likely(desk.language, marked) if rule in ranks]
    rules.sort(key=ranks.__getitem__)
    found: list[Evidence] = []
    taken: set[int] = set()
    for rule in rules:
        if rule.kind == "reports_phrase" and block.region == "tail" and block.start is None:
            continue  # a teaser of another story rather than this one's last words
        for match in rule.pattern.finditer(marked):
            told = _of_match(desk, block, rule, match, [m for m in mentions if m.start not in taken])
            found += told
            if not told and (rule.agencies or rule.relays or rule.unknown == "agency"):
                continue  # a place for agencies, or for a relay, only: another rule's may fit
            if (
                told
                or rule.kind != "republished_notice"
                or "unknown" not in match.re.groupindex
                or not match["unknown"]
            ):
                taken |= {m.start for m in mentions if match.start() <= m.start < match.end()}
    return found


def _regions(block: Block) -> list[str]:
    """The regions whose rules hold in a block."""
    regions = [block.region]
    if block.last and block.region == "lead":
        regions.append("last")
    short_line = block.region == "body" and not block.tag  # of a plain text, whose lines are its paragraphs
    if ("last" in regions or short_line) and len(block.text) <= _SHORT_OWN:
        regions.append("own")
    return regions


def _of_match(
    desk: _Desk, block: Block, rule: Rule, match: re.Match[str], mentions: Sequence[Mention]
) -> list[Evidence]:
    inside = [m for m in mentions if match.start() <= m.start < match.end()]
    if rule.unknown and not rule.relays and _holds_known(match):
        kinds = {o.kind for m in inside if (o := desk.names.by_domain.get(m.key))}
        person = rule.unknown == "agency" and not kinds & set(_AGENCIES)
        if not inside or person or rule.kind == "reports_phrase":
            return []  # another rule's name, or one in a person's ("Anna Spiegel")
    if rule.relays and rule.unknown:
        return _of_relay(desk, block, rule, match, inside)
    if rule.agencies and inside:
        kinds = [o.kind for m in inside if (o := desk.names.by_domain.get(m.key))]
        if not any(kind in _AGENCIES for kind in kinds):
            return []
    inside = [m for m in inside if not _too_short_alone(desk, block, m)]
    relay = match.span("relay") if "relay" in match.re.groupindex else (-1, -1)
    found = []
    for m in inside:
        if (
            _is_own(desk, m.key, rule.kind)
            or _plain_noun(desk, block, rule, m)
            or (m.sign == PHOTO and rule.kind != "photo_credit")
        ):
            continue
        hop = 2 if relay != (-1, -1) and not relay[0] <= m.start < relay[1] else 1
        found.append(replace(_evidence(desk, block, rule, match.span(), m), hop=hop))
    if rule.unknown and not inside and "unknown" in match.re.groupindex and match["unknown"]:
        found += _of_unknown(desk, block, rule, match)
    return found


def _holds_known(match: re.Match[str]) -> bool:
    return any(sign in (match["unknown"] or "") for sign in KNOWN + WEAK + PHOTO)


def _of_relay(
    desk: _Desk, block: Block, rule: Rule, match: re.Match[str], inside: Sequence[Mention]
) -> list[Evidence]:
    """Relay and origin of one phrase, where a name in no list stands for one of them, or for both."""
    unlisted = [_unlisted(desk, block, match, group) for group in ("relayer", "origin") if match[group]]
    names = [block.text[m.start : m.end] for m in unlisted if m]
    sure = inside or any(desk.rules.media.search(flat(name)) for name in names)
    if not sure or not names or None in unlisted or any(_is_own(desk, m.key, rule.kind) for m in inside):
        return []
    found = []
    for m in (*inside, *(m for m in unlisted if m)):
        hop = 1 if match.start("relay") <= m.start < match.end("relay") else 2
        found.append(replace(_evidence(desk, block, rule, match.span(), m), hop=hop))
    return found if {e.hop for e in found} == {1, 2} else []


def _unlisted(desk: _Desk, block: Block, match: re.Match[str], group: str) -> Mention | None:
    """The name in no list that stands in a group of a relay's wording; None where none does."""
    begin, end = match.span(group)
    words = block.text[begin:end]
    name = _last_name(words) if begin == match.start() else name_like(words)
    looks = " " in name or _initials(name) or desk.rules.media.search(flat(name))
    if not name or not looks or desk.rules.institutions.search(flat(name)) or _sounds_own(desk, name):
        return None
    known = desk.names.find(name, anchored=True)
    if known and _at_home(desk, known):
        return None
    at = block.text.rfind(name, begin, end) if begin == match.start() else block.text.find(name, begin, end)
    return Mention(at, at + len(name), known.domain or "" if known else "", KNOWN, at + len(name))


def _last_name(words: str) -> str:
    """The capitalised words that `words` end with.

    >>> _last_name("on Monday said Valley Wire"), _last_name("the ferry sank")
    ('Valley Wire', '')
    """
    kept: list[str] = []
    for word in reversed(words.split()):
        if not _capital(word):
            break
        kept.append(word)
    return " ".join(reversed(kept))


def _evidence(desk: _Desk, block: Block, rule: Rule, span: tuple[int, int], mention: Mention) -> Evidence:
    outlet = desk.names.by_domain.get(mention.key)
    line = block.region in ("byline", "head") and len(block.text) <= _SHORT_LINE
    quote = block.text if line else block.text[span[0] : span[1]].strip()
    start = _place(desk.text, block, quote, span[0])
    return Evidence(
        kind=rule.kind,
        quote=quote,
        region="dateline" if rule.kind == "agency_dateline" else _TOLD_REGION.get(block.region, block.region),
        name=block.text[mention.start : mention.stop],
        domain=outlet.domain if outlet else None,
        target_url=_target(desk, block, mention.start, mention.end),
        start=start,
        end=None if start is None else start + len(quote),
        language=desk.language,
        rule=rule.id,
    )


def _photo(desk: _Desk, block: Block, mention: Mention) -> Evidence:
    outlet = desk.names.by_domain.get(mention.key)
    return Evidence(
        kind="photo_credit",
        quote=block.text[:300],
        region="caption",
        name=block.text[mention.start : mention.stop],
        domain=outlet.domain if outlet else None,
        language=desk.language,
        rule="caption",
    )


def _of_unknown(desk: _Desk, block: Block, rule: Rule, match: re.Match[str]) -> Iterator[Evidence]:
    begin, end = match.span("unknown")
    name = name_like(block.text[begin:end])
    whole = block.text[begin:end].strip(" .\"'“”„«»")
    if (rule.unknown == "media" and _whole_name(desk, whole) and len(block.text) - end <= 3) or _in_quotes(
        block.text, begin, end
    ):
        name = whole
    elif rule.unknown != "agency":
        name = _with_medium_word(desk, name, whole)
    if rule.unknown == "agency":
        name = next((p for p in _JOINED.split(name) if desk.rules.newswires.search(flat(p))), name)
    plain = flat(name)
    begin = max(begin, block.text.find(name, begin))
    if not name or parse(name) or desk.rules.institutions.search(plain) or _sounds_own(desk, name):
        return  # "First published on 15 May 2023" names a day
    target = _target(desk, block, begin, begin + len(name))
    known = desk.names.find(name, anchored=True)
    if known and _at_home(desk, known):
        return
    unplaced = False
    if (not known or rule.unknown == "paper") and not _looks_right(desk, rule, name):
        unplaced = rule.kind == "source_line" and _initials(name)
        if not unplaced:
            return
    stop = begin + len(name)
    fake = Mention(begin, stop, known.domain or "" if known else "", KNOWN, stop)
    found = _evidence(desk, block, rule, (match.start(), begin + len(name)), fake)
    if not found.domain and target and _label_in(target, name):
        found = replace(found, domain=desk.names.at(target).domain)
    yield replace(found, kind="unplaced_source") if unplaced else found


_JOINED = re.compile(r" (?:and|und|et|y|e|și|si|og|och|en|i|a) |, | / ")


def _looks_right(desk: _Desk, rule: Rule, name: str) -> bool:
    """Whether an unknown name looks like what the rule asks for."""
    if rule.unknown == "agency":
        initials = rule.kind == "agency_dateline" and _initials(name)
        own = desk.rules.generic.sub(" ", desk.rules.newswires.sub(" ", flat(name)))
        return initials or (own != flat(name) and bool(_LETTER_WORD.search(own)) and _is_wire(desk, name))
    if rule.unknown == "paper":
        return 2 <= len(name.split()) <= 4 and bool(desk.rules.papers.search(flat(name)))
    return rule.unknown != "media" or bool(desk.rules.media.search(flat(name)))


def _is_wire(desk: _Desk, name: str) -> bool:
    return bool(desk.rules.newswires.search(flat(name)))


def _initials(name: str) -> bool:
    """Whether a name is capitals alone, as agencies' are, and no station's call sign.

    >>> _initials("NPA"), _initials("KMIZ"), _initials("Npa")
    (True, False, False)
    """
    return bool(re.fullmatch(r"[A-ZА-ЯΑ-Ω]{2,6}", name)) and not re.fullmatch(r"[KWC][A-Z]{2,3}", name)


def _whole_name(desk: _Desk, words: str) -> bool:
    """Whether all of `words` can be one medium's name, small second words and all ("Dolní zprávy")."""
    fits = 0 < len(words.split()) <= 4 and _capital(words)
    return fits and bool(desk.rules.media.search(flat(words)))


def _in_quotes(text: str, begin: int, end: int) -> bool:
    """Whether a span is a name in quotes, whole: „Долен вестник“."""
    words = len(text[begin:end].split())
    return flat(text[max(0, begin - 1) : begin]) == '"' and flat(text[end : end + 1]) == '"' and words <= 6


def _with_medium_word(desk: _Desk, name: str, words: str) -> str:
    """A name and the small word after it that only a medium's name has: "Dolních novinách"."""
    following = words.removeprefix(name).split()[:1] if name and words.startswith(name) else []
    told = following and desk.rules.media.fullmatch(flat(following[0].strip(".,;:")))
    return f"{name} {following[0].strip('.,;:')}" if told else name


def _label_in(target: str, name: str) -> bool:
    """Whether an address's host is spelled by the name: `valleytribune.com` by "Valley Tribune"."""
    label = outlet_key(target).split(".")[0].replace("-", "")
    return len(label) >= 4 and label in fold(name).replace(" ", "").replace(".", "")


def name_like(words: str) -> str:
    """The longest beginning of `words` that can be a name: capitalised words and small ones; else "".

    >>> name_like("Valley Tribune on Monday"), name_like("a friend"), name_like("バレー新聞")
    ('Valley Tribune', '', 'バレー新聞')
    """
    kept: list[str] = []
    for word in words.split()[:7]:
        bare = word.strip("\"'“”„«»‘’()[]*_")
        ends = bool(re.search(r"[.!?,](?:[\"'”»]*)$", word)) and not re.fullmatch(r"[\w-]+\.[a-z]{2,4}", bare)
        bare = bare.rstrip(".,!?")
        if not kept and bare.lower() in _SMALL_WORDS and bare.islower():
            continue
        if not bare or not (_capital(bare) or (kept and bare.lower() in _SMALL_WORDS) or "." in bare):
            break
        kept.append(bare)
        if ends:
            break
    while kept and kept[-1].lower() in _SMALL_WORDS:
        kept.pop()
    return " ".join(kept)


def _capital(word: str) -> bool:
    head = _LETTER_WORD.search(word)
    return (bool(head) and (head[0].isupper() or head[0].lower() == head[0].upper())) or word[0].isdigit()


def _is_own(desk: _Desk, key: str, kind: str = "") -> bool:
    """Whether `key` is the page's own house; a notice may name a sister title, and that is a source."""
    outlet = desk.names.by_domain.get(key)
    if outlet is None:
        return False
    if kind == "republished_notice":
        return outlet.domain == desk.own[0].domain
    return _at_home(desk, outlet)


def _plain_noun(desk: _Desk, block: Block, rule: Rule, mention: Mention) -> bool:
    """Whether a name may be a plain German noun (Zeit, Bild, Blick): capital like every other noun."""
    name = block.text[mention.start : mention.end]
    doubtful = mention.sign == WEAK and rule.kind == "reports_phrase" and not name.isupper()
    if not doubtful or rule.nouns or (desk.language or "")[:2] != "de" or not name.isalpha():
        return False
    return not _MEDIUM_BEFORE.search(flat(block.text[max(0, mention.start - 25) : mention.start]))


_MEDIUM_BEFORE = re.compile(
    r"(?:zeitung|magazin|blatt|sender|portal|agentur|zeitschrift|wochenblatt|dienst)\w{0,2} $"
)


def _sounds_own(desk: _Desk, name: str) -> bool:
    plain = fold(name).replace(" ", "")
    return any(plain == own or (len(own) >= 4 and (own in plain or plain in own)) for own in desk.own_names)


def _too_short_alone(desk: _Desk, block: Block, mention: Mention) -> bool:
    """Whether a block is two letters and no byline: a size button of another language's page, say."""
    outlet = desk.names.by_domain.get(mention.key)
    lone = mention.end - mention.start == len(block.text) == 2 and not block.byline and bool(block.tag)
    return lone and (outlet is None or outlet.language != (desk.language or "")[:2])


def _target(desk: _Desk, block: Block, begin: int, end: int) -> str | None:
    for start, stop, href in block.links:
        if start < end and begin < stop:
            target = absolute(href, desk.url)
            if target and not _at_home(desk, desk.names.at(target)):
                return target
    return None


def _place(text: str, block: Block, quote: str, offset: int) -> int | None:
    """Where the quote stands in the article text; None when it does not stand there."""
    if block.start is None or not quote:
        return None
    begin = max(0, block.start + offset - 5)
    at = text.find(quote, begin, block.start + len(block.text) + 400)
    if at < 0:
        at = text.find(quote, block.start, block.start + len(block.text) + 400)
    return at if at >= 0 else None


# -- machine statements


def _of_statement(desk: _Desk, statement: Statement) -> list[Evidence]:
    block = Block(text=statement.words[:SHORT], region="byline")
    if statement.role == "photo":
        mentions = scanner(desk.names).find(block.text, desk.language)
        return [
            replace(_photo(desk, block, m), region="jsonld", rule=statement.field)
            for m in mentions
            if not _is_own(desk, m.key)
        ]
    if statement.role == "agency":
        known = desk.names.by_domain
        return [
            e for e in _of_source(desk, statement) if e.domain in known and known[e.domain].kind == "agency"
        ]
    found = [e for e in _of_blocks(desk, [block]) if e.kind != "photo_credit"]
    if statement.role == "source":
        found = found or list(_of_source(desk, statement))
    return [
        replace(
            e,
            kind="wire_merged" if e.kind == "wire_merged" else "structured_data",
            region=statement.region,
            quote=statement.words,
            rule=statement.field,
        )
        for e in found
    ]


def _of_source(desk: _Desk, statement: Statement) -> Iterator[Evidence]:
    """A stated source by its whole name or its address; an unknown name alone is not believed."""
    outlet = desk.names.find(statement.words, anchored=True)
    if outlet is None and statement.link and statement.field not in ("copyrightHolder", "provider"):
        at = desk.names.at(statement.link)
        outlet = at if at.domain and is_article_path(statement.link) else None
    if outlet is None or _at_home(desk, outlet) or outlet.kind == "photo_agency":
        return
    yield Evidence(
        kind="structured_data",
        quote=statement.words,
        region=statement.region,
        name=outlet.name if statement.link == statement.words else statement.words,
        domain=outlet.domain,
        target_url=absolute(statement.link, desk.url) if is_article_path(statement.link) else None,
        language=desk.language,
        rule=statement.field,
    )


def _of_canonical(desk: _Desk, tree: etree._Element) -> Iterator[Evidence]:
    for target in stated_canonicals(tree, desk.url)[:1]:
        outlet = desk.names.at(target)
        elsewhere = outlet.domain and not _at_home(desk, outlet)
        if (
            elsewhere
            and is_article_path(target)
            and not _sounds_own(desk, (outlet.domain or "").split(".")[0])
        ):
            yield Evidence(
                kind="canonical_elsewhere",
                quote=target,
                region="machine",
                name=outlet.name,
                domain=outlet.domain,
                target_url=target,
                language=desk.language,
                rule="canonical",
            )


# -- what is made of them


def _distinct(found: Iterable[Evidence]) -> list[Evidence]:
    kept: dict[tuple[Any, ...], Evidence] = {}
    for e in found:
        kept.setdefault((e.kind, e.domain or fold(e.name), e.quote, e.region, e.hop), e)
    return list(kept.values())


_WHOLE = ("agency_byline", "agency_dateline", "source_line", "canonical_elsewhere", "structured_data",
          "republished_notice")  # fmt: skip


def _with_scopes(found: Sequence[Evidence], text: str, headings: Sequence[int]) -> tuple[Evidence, ...]:
    """The same with scopes: a phrase covers from its paragraph to the next credit or heading; a whole-text
    kind covers the text."""
    if not text:
        return tuple(found)
    placed = sorted(
        {
            text.rfind("\n", 0, e.start) + 1
            for e in found
            if e.start is not None and e.kind == "reports_phrase"
        }
    )
    stops = sorted({*placed, *headings})
    return tuple(replace(e, scope=_scope(e, text, stops)) for e in found)


def _scope(e: Evidence, text: str, stops: Sequence[int]) -> tuple[int, int] | None:
    if e.kind in _WHOLE:
        return 0, len(text)
    if e.kind != "reports_phrase" or e.start is None:
        return None
    begin = text.rfind("\n", 0, e.start) + 1
    stop = next((s for s in stops if s > e.start), len(text))
    return begin, begin + len(text[begin:stop].rstrip())


def _body_links(desk: _Desk, parts: Sequence[Block]) -> list[Evidence]:
    found: dict[str, Evidence] = {}
    for part in parts:
        if part.region not in ("lead", "body", "last", "own", "tail"):
            continue
        for begin, end, href in part.links:
            target = absolute(href, desk.url)
            if not target or target in found:
                continue
            outlet = desk.names.at(target)
            if _at_home(desk, outlet):
                continue
            quote = part.text[begin:end]
            start = _place(desk.text, part, quote, begin)
            found[target] = Evidence(
                kind="body_link",
                quote=quote or href[:300],
                region="body",
                name=outlet.name,
                domain=outlet.domain,
                target_url=target,
                start=start,
                end=None if start is None else start + len(quote),
                language=desk.language,
                rule="link",
            )
            if len(found) == MAX_LINKS:
                return list(found.values())
    return list(found.values())


def verdict(evidence: Sequence[Evidence], text: str, own: Outlet) -> tuple[bool | None, str]:
    """Whether the page alone says that its text is wholly or mainly another's, and why, in a sentence.

    None: it cannot be told.
    """
    told = [e for e in evidence if e.kind in CREDIT_KINDS]
    whole = [e for e in told if e.kind in _WHOLE and not e.rule.endswith(_WEAK_RULES)]
    for e in whole:
        if e.kind in ("canonical_elsewhere", "republished_notice"):
            return True, f"It says that its text first stood at {e.name}: “{_cut(e.quote)}”."
    shared = [e for e in whole if _names_own(e.quote, own)]
    if alone := [e for e in whole if e not in shared]:
        e = alone[0]
        return True, f"It names {e.name} where its author or source stands: “{_cut(e.quote)}”."
    if shared:
        return None, f"It names its own desk beside {shared[0].name}: “{_cut(shared[0].quote)}”."
    return _of_parts(told, text)


def _of_parts(told: Sequence[Evidence], text: str) -> tuple[bool | None, str]:
    """The verdict where no credit covers the whole text."""
    if not text:
        return None, "No text was read, so nothing can be told of whose it is."
    for e in told:
        if e.kind == "wire_merged" and e.region in ("byline", "own", "jsonld", "meta"):
            return None, f"Its byline shares the text with {e.name}: “{_cut(e.quote)}”."
        if e.kind == "source_line":
            return None, f"It names {e.name} under the text, without saying for how much: “{_cut(e.quote)}”."
    if told:
        return False, f"It credits {told[0].name} for a part only: “{_cut(told[0].quote)}”."
    return False, "It names no other outlet as the source of its text."


_WEAK_RULES = (".copyright",)  # whose pictures, or whose text, is not said


def _cut(quote: str) -> str:
    return quote if len(quote) <= 120 else quote[:119] + "…"


def _names_own(quote: str, own: Outlet) -> bool:
    called = {fold(own.name), *(fold(a.text) for a in own.aliases if len(a.text) > 3)} - {""}
    plain = f" {fold(quote)} "
    return any(f" {name} " in plain for name in called)
