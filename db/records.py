"""The records that flow through the house.

Every URL is canonical (`db.urls.canonical`), every time an aware UTC
`datetime`, every text a str whose paragraphs are joined by "\n", every character
span a half-open pair of offsets into that text.  Records are frozen: a stage
that knows more makes a new record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

CREDIT_KINDS = (
    "agency_byline",  # "By AFP", "Reuters" where the author stands
    "agency_dateline",  # "PARIS (AFP) -"
    "source_line",  # "Source: HotNews"
    "reports_phrase",  # ", CNN reports", "told the BBC"
    "wire_merged",  # "with material from dpa", "avec AFP"
    "canonical_elsewhere",  # rel=canonical on another outlet's domain
    "structured_data",  # JSON-LD or meta: author, isBasedOn, syndication-source
    "republished_notice",  # "This article was originally published by HotNews"
)
"""Evidence kinds that name an outlet as source of the text."""

OTHER_EVIDENCE_KINDS = (
    "photo_credit",  # says nothing of the text
    "body_link",  # a link from the body to another outlet's page
    "rss_source",  # <source> of the feed item that listed the page
    "subject_mention",  # an outlet named as the topic of the story
    "unplaced_source",  # bare initials in a source line: a source only where they are known as an outlet
)

OUTLET_KINDS = (
    "outlet", "agency", "aggregator", "broadcaster", "press_office", "photo_agency",
    "platform_account", "discovery",
)  # fmt: skip

NO_OUTLET = "(not known)"
"""The name of the outlet of imported texts that do not say who published them: not one house."""

ARTICLE_KINDS = (
    "article", "liveblog", "gallery", "video", "press_release", "stub", "section", "unreadable",
)  # fmt: skip
"""What a page is. `stub` is cut by a paywall; `section` lists others; `unreadable` shows no text."""

RELATIONS = ("republishes", "excerpts", "translates", "quotes", "credits", "sibling", "revises")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """One spelling of an outlet's name, and what must hold before it counts."""

    text: str
    language: str | None = None
    needs: str = "none"  # none | case (as spelled) | anchor (case, and only in an anchored place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """Whoever publishes: keyed by registrable domain, listed edition host or platform account."""

    domain: str | None  # None only for a name met in a credit and not resolved yet
    name: str
    kind: str = "outlet"  # one of OUTLET_KINDS
    family: str | None = None  # domain of the family's head; None: a family of its own
    country: str | None = None  # ISO 3166 alpha-2, lower case
    language: str | None = None  # ISO 639-1, lower case
    aliases: tuple[Alias, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeClaim:
    """One stated time, as it stands and as the interval it can mean."""

    kind: str  # published | modified | seen
    basis: str  # jsonld | meta | visible | htmldate | feed | sitemap | url | archive | import | fetch
    raw: str
    earliest: datetime
    latest: datetime
    zone_known: bool
    plausible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One observed fact of a page about where its text came from, with its literal words."""

    kind: str  # one of CREDIT_KINDS or OTHER_EVIDENCE_KINDS
    quote: str  # the words or the href on the page, untouched
    region: str  # machine | jsonld | meta | byline | dateline | lead | body | own | tail | last | caption
    name: str = ""  # the outlet's name as it stands in the quote
    domain: str | None = None  # the outlet it means, as far as the reader can tell
    target_url: str | None = None
    start: int | None = None  # span of the quote in the article text, where it stands there
    end: int | None = None
    scope: tuple[int, int] | None = None  # span of the text the credit covers; None: not known
    hop: int = 1  # 1: named as this page's own source; 2: named as the source's source
    language: str | None = None
    rule: str = ""  # id of the wording or rule that found it


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one page says, read once: a pure function of its bytes and its URL."""

    url: str
    kind: str  # one of ARTICLE_KINDS
    title: str = ""
    text: str = ""
    language: str | None = None
    authors: tuple[str, ...] = ()
    byline: str = ""  # the author string as it stands
    section: str | None = None
    canonical: str | None = None  # as stated, canonical spelling; None: none stated or not believed
    published: datetime | None = None  # as the best claim states it; read as UTC where no zone stands
    published_basis: str | None = None
    titles: tuple[tuple[str, str], ...] = ()  # (jsonld | og | twitter | h1 | title, words)
    times: tuple[TimeClaim, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    image: str | None = None
    is_republication: bool | None = None  # the page's own word alone
    reason: str = ""  # why unreadable, or why that verdict
    extractor: str = ""  # name and version


@dataclass(frozen=True, slots=True)
class Packed:
    """A raw page under zlib already: packed where there was time for it."""

    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One page as fetched or imported once: a reading and how it came to us."""

    reading: Reading
    outlet: Outlet
    fetched: datetime
    urls: tuple[tuple[str, str], ...] = ()  # (URL, requested | redirect | canonical | amp | archive | feed)
    raw: bytes | Packed | None = None  # the page, UTF-8 or as sent
    status: int | None = None
    robots: str | None = None  # allowed | absent | unavailable
    reservation: str | None = None  # a stated text-mining reservation, as it stands
    run: int | None = None
    undated: bool = False  # nobody said when it was fetched: `fetched` is when it was taken in

    @property
    def url(self) -> str:
        """The URL the page was read under."""
        return self.reading.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What storing an article did."""

    article: int
    version: int
    new_article: bool
    new_version: bool
    evidence_changed: bool = False  # the same text, read again with other evidence


class Passage(NamedTuple):
    """One aligned run of words that stands in both texts: character offsets, and how many words."""

    a_start: int
    a_end: int
    b_start: int
    b_end: int
    words: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Shared text of two versions; `a` is the smaller version id. No direction."""

    a: int
    b: int
    a_in_b: float  # 0..1: share of a's word shingles that stand in b
    b_in_a: float
    jaccard: float  # 0..1
    shared_words: int
    longest_run: int  # words
    passages: tuple[Passage, ...] = ()


class Reason(NamedTuple):
    """One piece of evidence behind a link, with the weight it was given."""

    kind: str  # an evidence kind, or match | time | block | containment | role | inherited ...
    weight: float  # log-odds; negative speaks against
    quote: str = ""
    region: str = ""
    evidence: int | None = None  # row of the evidence it stands on
    match: int | None = None


class Link(NamedTuple):
    """A child that took text from a source; a sibling link has no direction.

    From the relation to the shared words the fields stand as the columns of `links` do.
    """

    child: int  # article ids
    source: int
    relation: str  # one of RELATIONS
    p_related: float
    p_direction: float
    p_direct: float
    status: str  # accepted | candidate | rejected
    credited: str = "unknown"  # full | partial | other | none_found | unknown
    child_version: int | None = None
    source_version: int | None = None
    containment: float | None = None  # 0..1, of the child in the parent; None: no text to compare
    jaccard: float | None = None
    shared_words: int | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a command that writes."""

    id: int
    command: str
    started: datetime
    ended: datetime | None = None
    outcome: str | None = None  # None while it runs, or when it was killed
    counts: Mapping[str, int] = field(default_factory=dict)
