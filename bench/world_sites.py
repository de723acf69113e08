"""The outlets of a press world: a source of chance in, sites with their habits and house lines out."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from world_texts import Facts, Writer, make_facts, person_name, phrases, place_name, tables

SITES = (20, 60)  # a world is a small country's press
OFFSETS = {"en": (0, 1, -5, 10), "ro": (2, 3), "de": (1,), "fr": (1, 2), "es": (1, 2, -3)}
LANGUAGES = (("en", 1.0), ("ro", 0.8), ("de", 0.5), ("fr", 0.4), ("es", 0.4))  # and how likely it is there

# How a site states its times. The shares: most CMS do it right; WordPress with a fixed offset writes local
# time as UTC (Yoast #2152); small sites print a bare date or a time without a zone; some state nothing.
TIMES = (
    ("iso", 55), ("local_as_utc", 10), ("no_zone", 12), ("date_only", 11), ("feed_date", 4), ("none", 8),
)  # fmt: skip
PAPERS = {
    "en": "Courier|Herald|Gazette|Chronicle|Post|Tribune|Examiner|Sentinel|Observer|Mercury",
    "ro": "Gazeta|Ziarul|Monitorul|Ecoul|Jurnalul",
    "de": "Anzeiger|Kurier|Rundschau|Tageblatt|Bote",
    "fr": "Courrier|Écho|Journal|Quotidien",
    "es": "Diario|Heraldo|Correo|Noticias",
}
AGENCY_WORDS = {"en": "Wire", "ro": "Pres", "de": "Dienst", "fr": "Dépêches", "es": "Prensa"}
REAL_AGENCIES = {
    "en": ("Reuters", "AFP", "Associated Press", "Press Association", "Kyodo", "Bloomberg"),
    "ro": ("Agerpres", "Mediafax", "News.ro", "AFP", "Reuters"),
    "de": ("dpa", "AFP", "Reuters", "KNA"),
    "fr": ("AFP", "Reuters", "Belga"),
    "es": ("EFE", "Europa Press", "AFP", "Reuters"),
}
"""Whom pages of a language credit although their page is not seen: names, no text of theirs."""
COLOURS = [
    "Brass",
    "Amber",
    "Cobalt",
    "Sable",
    "Umber",
    "Russet",
    "Teal",
    "Ochre",
    "Slate",
    "Ivory",
    "Saffron",
    "Indigo",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who signs, and the line about them that stands under every piece of theirs ("" for most)."""

    name: str
    bio: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """One outlet with its habits."""

    domain: str | None  # None: an agency that nobody lists
    name: str
    kind: str
    language: str
    listed: bool = True  # in the catalogue
    crawled: bool = True  # has pages in the world
    family: str | None = None
    aliases: tuple[str, ...] = ()
    template: str = "plain"
    look: int = 0  # small differences of markup within a template
    offset: int = 0  # hours from UTC
    times: str = "iso"
    authors: tuple[Author, ...] = ()
    promo: str = ""
    newsletter: str = ""
    legal: str = ""
    path: str = "/{slug}"
    scheme: str = "https"

    @property
    def house(self) -> str:
        """The family, or the site itself."""
        return self.family or self.domain or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """All who publish in one world."""

    sites: tuple[Site, ...]  # with pages
    unseen: tuple[Site, ...]  # agencies named only
    languages: tuple[str, ...]
    by_language: dict[str, tuple[Site, ...]] = field(default_factory=dict)

    def of(self, language: str, *kinds: str) -> list[Site]:
        """The crawled sites of a language, of these kinds when any is given."""
        return [s for s in self.by_language[language] if not kinds or s.kind in kinds]


TEMPLATES = (
    "plain", "ld_full", "meta_only", "visible_only", "wordpress", "microdata", "tables", "sidebar_first",
    "graph", "sections", "divs", "amp_like",
)  # fmt: skip
PATHS = (
    "/{slug}", "/news/{slug}", "/{date}/{slug}", "/{slug}.html", "/articles/{slug}-{id}", "/a/{id}",
    "/story.php?id={id}", "/{topic}/{slug}/",
)  # fmt: skip
KINDS = (("outlet", 62), ("broadcaster", 12), ("aggregator", 16))


def make_press(chance: random.Random) -> Press:
    """The press of a new world."""
    languages = tuple(code for code, likely in LANGUAGES if chance.random() < likely)
    count = chance.randrange(*SITES)
    taken: set[str] = set()
    sites: list[Site] = []
    for language in languages:
        sites += [_releaser(chance, language, kind, taken) for kind in ("agency", "press_office")]
        if chance.random() < 0.5:
            sites.append(_releaser(chance, language, "agency", taken))
    shares = {language: 3 if language == "en" else 2 if language == "ro" else 1 for language in languages}
    for language in languages:
        wanted = max(6, count * shares[language] // sum(shares.values()))
        sites += [_site(chance, language, taken) for _ in range(wanted)]
    sites = _families(chance, sites)
    unseen = tuple(agency for language in languages for agency in _unseen(chance, language, taken))
    by_language = {code: tuple(s for s in sites if s.language == code) for code in languages}
    return Press(sites=tuple(sites), unseen=unseen, languages=languages, by_language=by_language)


def _site(chance: random.Random, language: str, taken: set[str]) -> Site:
    kind = chance.choices([k for k, _ in KINDS], [w for _, w in KINDS])[0]
    name, aliases = _name(chance, language, kind)
    while _slug(name) in taken:
        name, aliases = _name(chance, language, kind)
    taken.add(_slug(name))
    return _dressed(chance, name, kind, language, aliases)


def _releaser(chance: random.Random, language: str, kind: str, taken: set[str]) -> Site:
    place = place_name(chance, language)
    name = f"{place} {AGENCY_WORDS[language]}" if kind == "agency" else f"{place} Press Office"
    if _slug(name) in taken:
        return _releaser(chance, language, kind, taken)
    taken.add(_slug(name))
    site = _dressed(chance, name, kind, language, ())
    return _with(
        site, authors=(Author(name="", bio=""),), promo="", times=chance.choice(("iso", "no_zone", "iso"))
    )


def _unseen(chance: random.Random, language: str, taken: set[str]) -> Iterable[Site]:
    """Agencies without pages: known ones, one in the user's own list, one that nobody lists."""
    for name in REAL_AGENCIES[language]:
        yield Site(domain=None, name=name, kind="agency", language=language, crawled=False)
    for listed in (True, False):
        site = _releaser(chance, language, "agency", taken)
        domain = site.domain if listed else None
        yield Site(
            domain=domain, name=site.name, kind="agency", language=language, listed=listed, crawled=False
        )


def _dressed(chance: random.Random, name: str, kind: str, language: str, aliases: tuple[str, ...]) -> Site:
    writer = Writer(chance, make_facts(chance, language))
    return Site(
        domain=f"{_slug(name)}.example",
        name=name,
        kind=kind,
        language=language,
        aliases=aliases,
        template=chance.choice(TEMPLATES),
        look=chance.randrange(1000),
        offset=chance.choice(OFFSETS[language]),
        times=chance.choices([t for t, _ in TIMES], [w for _, w in TIMES])[0],
        authors=tuple(_author(chance, language, name, writer) for _ in range(chance.choice((1, 2, 2, 3)))),
        promo=f"{_promo_start(chance, language)} {name}: {writer.plain()}" if chance.random() < 0.35 else "",
        newsletter=f"{name}: {writer.plain()}" if chance.random() < 0.6 else "",
        legal=f"© {name}. {writer.plain()}{_partners(chance, language)}",
        path=chance.choice(PATHS),
        scheme=chance.choice(("https", "https", "http")),
    )


def _partners(chance: random.Random, language: str) -> str:
    """One site in eight lists its agencies at the foot of every page: that says nothing of the page."""
    return f" {', '.join(REAL_AGENCIES[language][:3])}." if chance.random() < 0.12 else ""


def _author(chance: random.Random, language: str, site: str, writer: Writer) -> Author:
    name = person_name(chance, language)
    bio = f"{name} ({site}): {writer.plain()} {writer.plain()}" if chance.random() < 0.4 else ""
    return Author(name=name, bio=bio)


def _promo_start(chance: random.Random, language: str) -> str:
    starts = {
        "en": ("Follow the latest on", "Get more from", "Join us at"),
        "ro": ("Urmăriți cele mai noi știri pe", "Abonați-vă la"),
        "de": ("Mehr dazu täglich bei", "Jetzt abonnieren:"),
        "fr": ("Suivez toute l'actualité sur", "Abonnez-vous à"),
        "es": ("Siga las últimas noticias en", "Suscríbase a"),
    }
    return chance.choice(starts[language])


def _name(chance: random.Random, language: str, kind: str) -> tuple[str, tuple[str, ...]]:
    """A name, and other spellings that pages use of it."""
    place = place_name(chance, language)
    if kind == "aggregator":
        colour, tail = chance.choice(COLOURS), chance.choice(("News", "Reel", "Feed", "Digest", "24"))
        stem = f"{colour}{place[:4].rstrip('-').lower()}"
        return f"{stem}{tail}", (f"{stem} {tail}", f"{stem} {tail} {language.upper()}")
    if kind == "broadcaster":
        return f"{place} {chance.choice(('TV', 'Radio', '24', 'FM'))}", ()
    paper = chance.choice(phrases(PAPERS[language]))
    if language in ("ro", "fr", "es"):
        middle = {"ro": "de", "fr": "de", "es": "de"}[language]
        return (f"{paper} {middle} {place}" if chance.random() < 0.5 else f"{paper} {place}"), ()
    joined = f"{place}{'er' if language == 'de' else ''} {paper}"
    return joined, (f"The {joined}",) if language == "en" else ()


def _slug(name: str) -> str:
    plain = name.lower().translate(str.maketrans("ăâîșțüöäéèêáíóúñ", "aaistuoaeeeaioun"))
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in plain).split())


def _families(chance: random.Random, sites: list[Site]) -> list[Site]:
    """Some papers have one owner, and then one face."""
    found = list(sites)
    for _ in range(chance.choice((2, 3, 4))):
        language = chance.choice(sorted({s.language for s in sites}))
        free = [
            n for n, s in enumerate(found) if s.language == language and not s.family and s.kind == "outlet"
        ]
        members = chance.sample(free, min(len(free), chance.choice((2, 3, 4))))
        if len(members) > 1:
            head = found[members[0]]
            for n in members:
                found[n] = _with(found[n], family=head.domain, template=head.template, look=head.look)
    return found


def _with(site: Site, **changes: object) -> Site:
    return Site(**{name: getattr(site, name) for name in site.__slots__} | changes)


def catalogue(press: Press) -> str:
    """`sites.toml` of the crawled sites."""
    lines = ['contact = "desk@bench.example"', ""]
    for site in press.sites:
        lines += ["[[site]]", *_keys(site), f'start_urls = ["{site.scheme}://{site.domain}/"]', ""]
    return "\n".join(lines)


def outlets(press: Press) -> str:
    """`outlets.toml` of the invented agencies that somebody lists though no page of theirs is crawled."""
    listed = [site for site in press.unseen if site.listed and site.domain]
    return "\n".join("\n".join(["[[outlet]]", *_keys(site), ""]) for site in listed)


def _keys(site: Site) -> list[str]:
    found = [f'domain = "{site.domain}"', f'name = "{site.name}"', f'kind = "{site.kind}"']
    found.append(f'language = "{site.language}"')
    if site.family:
        found.append(f'family = "{site.family}"')
    return found


def credit_words(language: str, place: str) -> list[str]:
    """How pages of a language credit in this place."""
    return tables("credits")[language][place]


def facts_in(chance: random.Random, press: Press) -> Facts:
    """The facts of a new story, in one of the world's languages."""
    weights = [len(press.by_language[language]) for language in press.languages]
    return make_facts(chance, chance.choices(press.languages, weights)[0])
