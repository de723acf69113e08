"""Invented pages of an invented press, imported and linked with the command: what it says of them."""

import json
import random
from dataclasses import dataclass, field

from click.testing import CliRunner

from newstrace import main

SITES = (
    ("hill.example", "Hill Tribune", "outlet", ""),
    ("hill-evening.example", "Hill Evening", "outlet", "hill.example"),
    ("lake.example", "Lake Courier", "outlet", ""),
    ("moor.example", "Moor Gazette", "outlet", ""),
    ("coast.example", "Coast Observer", "outlet", ""),
    ("polarwire.example", "Polar Wire", "agency", ""),
    ("office.example", "Harbour Office", "press_office", ""),
    ("hotnews.ro", "HotNews", "outlet", ""),
    ("reel.example", "247 News Reel", "aggregator", ""),
    ("cnn.com", "CNN", "broadcaster", ""),
    ("afp.com", "AFP", "agency", ""),
)
_WORDS = """
    harbour ferry council meeting budget river bridge storm repair school winter engine captain island village
    tower market bread lantern signal orchard valley teacher doctor letter morning evening silver copper
    timber glass window garden festival parade museum archive railway tunnel station bakery chapel
    quarry meadow lighthouse granary barge cellar cistern choir violin ladder anchor compass almanac blanket
    kettle sparrow heron otter badger fountain saddle hammer basket barrel curtain ribbon whistle
    marble feather """.split()  # noqa: SIM905 - a list of these would be 70 lines
_VERBS = ("guarded", "painted", "lifted", "carried", "mended", "emptied", "counted", "warmed", "sheltered")


def prose(seed, sentences=4):
    """A paragraph of its own for every seed."""
    chance = random.Random(seed)

    def sentence():
        a, b, c, d, e, f = chance.sample(_WORDS, 6)
        return (
            f"The {a} of the {b} {chance.choice(_VERBS)} {chance.randrange(3, 900)} pieces of {c}, while the "
            f"{d} {chance.choice(_VERBS)} the old {e} beside the {f}."
        )

    return " ".join(sentence() for _ in range(sentences))


def story(*seeds):
    """One paragraph for each seed."""
    return [prose(seed) for seed in seeds]


@dataclass
class Sheet:
    """One page to be imported; what is not given does not stand on it."""

    url: str
    body: list[str]  # paragraphs, words or markup
    at: str = ""  # the time it states
    title: str = ""
    byline: str = ""
    head: str = ""  # more markup of the head
    below: str = ""  # markup after the article
    ld: dict = field(default_factory=dict)  # more JSON-LD
    language: str = "en"

    def html(self):
        """The page as its site would serve it."""
        title = self.title or f"The {' '.join(random.Random(self.url).sample(_WORDS, 4))}"
        ld = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": title} | self.ld
        if self.at:
            ld["datePublished"] = self.at
        byline = f'<p class="byline">{self.byline}</p>' if self.byline else ""
        body = "".join(p if p.startswith("<") else f"<p>{p}</p>" for p in self.body)
        return (
            f'<!doctype html><html lang="{self.language}"><head><meta charset="utf-8"><title>{title}</title>'
            f'<script type="application/ld+json">{json.dumps(ld)}</script>{self.head}</head><body><nav>'
            f'<a href="/">Home</a> <a href="/sport">Sport</a></nav><main><article><h1>{title}</h1>'
            f"{byline}{body}</article></main>{self.below}<footer>All rights reserved</footer></body></html>"
        )


class Newsroom:
    """A home of its own with the invented press in its catalogue, and the command in it."""

    def __init__(self, home):
        self.home = home
        home.mkdir(exist_ok=True)
        self._sites = home / "sites.toml"
        self._sites.write_text('contact = "desk@home.example"\n', "utf-8")
        for site in SITES:
            self.know(**dict(zip(("domain", "name", "kind", "family"), site, strict=True)))

    def know(self, domain, name, **more):
        """Add a site to the catalogue; what is empty is not stated."""
        told = {"domain": domain, "name": name, **more}
        lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in told.items() if value)
        with self._sites.open("a", encoding="utf-8") as file:
            file.write(f'\n[[site]]\n{lines}start_urls = ["https://{domain}/"]\n')

    def run(self, *words, fine=(0,)):
        """What a command prints."""
        done = CliRunner().invoke(main, ["--db", str(self.home / "t.db"), *map(str, words)])
        assert done.exit_code in fine, done.output
        return done.stdout

    def take_in(self, *sheets):
        """Import the pages and link them."""
        self.take_in_rows(*({"url": s.url, "html": s.html()} for s in sheets))

    def take_in_rows(self, *rows):
        """Import rows and link them."""
        file = self.home / "pages.jsonl"
        file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
        self.run("import", file)
        self.run("link")

    def links(self, *words):
        """The exported links."""
        return [json.loads(line) for line in self.run("export", "links", *words).splitlines()]

    def told(self):
        """(child, source or its name, relation) of the links that stand."""
        return {(k["child_url"], k["parent_url"] or k["parent_name"], k["relation"]) for k in self.links()}
