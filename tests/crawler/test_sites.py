"""The catalogue: what is read, what is refused, and whom a crawl says it is."""

import pytest

from crawler.sites import (
    Catalogue,
    Site,
    catalogue_in_use,
    contact,
    names,
    put_known_outlets,
    read_catalogue,
    read_outlets,
    shipped_outlets,
)
from db.errors import BadCatalogue, NoContact
from db.lookup import names as stored_names
from db.open import open_db
from db.records import Alias
from db.urls import domain

GOOD = """
contact = "desk@quarry.example"
[[site]]
domain = "Quarry.example"
name = "The Quarry"
kind = "agency"
feeds = ["https://quarry.example/feed"]
country = "RO"
aliases = ["Quarry News", { text = "QN", language = "en", needs = "anchor" }]
delay = 2
"""


@pytest.fixture(autouse=True)
def empty_home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("NEWSTRACE_HOME", str(folder))
    monkeypatch.delenv("NEWSTRACE_CONTACT", raising=False)
    return folder


def written(tmp_path, text, name="sites.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_site_is_read_with_its_defaults(tmp_path):
    catalogue = read_catalogue(written(tmp_path, GOOD))
    assert catalogue.contact == "desk@quarry.example"
    assert catalogue.sites == (
        Site(
            domain="quarry.example",
            name="The Quarry",
            kind="agency",
            feeds=("https://quarry.example/feed",),
            country="ro",
            aliases=(Alias(text="Quarry News"), Alias(text="QN", language="en", needs="anchor")),
            delay=2.0,
        ),
    )


SITE = '[[site]]\ndomain = "a.example"\nname = "A"\nfeeds = ["http://a.example/f"]\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("contact = 1\n" + SITE, ["the top of the file: contact: 1 is no mail address"]),
        ("site = 3\n", ["write each one as a table [[site]]"]),
        ("", ["no table [[site]]"]),
        (SITE + "feed = []\n", ["[[site]] number 1 (a.example): feed: unknown key", "feeds, sitemaps"]),
        (SITE + 'kind = "blog"\n', ["(a.example): kind: 'blog'", "one of outlet, agency"]),
        (SITE + 'sitemaps = "http://a.example/"\n', ["sitemaps:", "a list of URLs"]),
        (SITE + 'start_urls = ["ftp://a.example/"]\n', ["start_urls:", "'ftp://a.example/' is not"]),
        (SITE + 'search = "http://a.example/find"\n', ["search:", "{query} where the words go"]),
        (SITE + "delay = -1\n", ["delay: -1", "seconds, a number from 0"]),
        (SITE + "delay = true\n", ["delay: True", "seconds"]),
        (SITE + 'allow_private = "yes"\n', ["allow_private: 'yes'", "true or false"]),
        (SITE + 'aliases = [{ text = "B", needs = "luck" }]\n', ["aliases:", "none | case | anchor"]),
        (SITE + 'country = "Romania"\n', ["country: 'Romania'", "a code of two letters"]),
        (SITE + SITE, ["[[site]] number 2 (a.example): domain: already listed as number 1"]),
        ('[[site]]\nname = "A"\n', ["number 1 (A): domain: missing", "nothing to visit"]),
        (
            '[[site]]\ndomain = "https://www.a.example/"\n',
            ["domain: 'https://www.a.example/'", "name: missing"],
        ),
        ("[[site]\n", ["not TOML", "line 1"]),
    ],
)
def test_a_bad_catalogue_names_file_table_and_key(tmp_path, text, said):
    path = written(tmp_path, text)
    with pytest.raises(BadCatalogue) as raised:
        read_catalogue(path)
    for words in [str(path), *said]:
        assert words in str(raised.value)


def test_every_problem_is_told_at_once(tmp_path):
    text = SITE + 'kind = "blog"\n[[site]]\nname = "B"\nfeeds = [7]\ndelay = "slow"\n'
    with pytest.raises(BadCatalogue) as raised:
        read_catalogue(written(tmp_path, text))
    assert len(str(raised.value).splitlines()) == 4


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadCatalogue, match=r"nowhere\.toml: cannot be read"):
        read_catalogue(tmp_path / "nowhere.toml")


def test_outlets_are_checked_in_the_same_way(tmp_path):
    path = written(tmp_path, '[[outlet]]\ndomain = "a.example"\nfeeds = []\n', "outlets.toml")
    with pytest.raises(BadCatalogue, match=r"\[\[outlet\]\] number 1 \(a\.example\): feeds: unknown key"):
        read_outlets(path)


def test_the_shipped_files_are_in_order():
    assert len(catalogue_in_use().sites) >= 12
    assert catalogue_in_use().contact is None
    assert {"cnn.com", "afp.com", "hotnews.ro"} <= {site.domain for site in catalogue_in_use().sites}
    assert len(shipped_outlets()) >= 40


def test_the_shipped_catalogue_spans_the_world_and_agrees_with_the_outlets():
    sites = catalogue_in_use().sites
    assert len(sites) >= 60
    assert len({site.country for site in sites}) >= 15
    assert all(site.country and site.language and not site.allow_private for site in sites)
    known = {outlet.domain: outlet for outlet in shipped_outlets()}
    for site in sites:
        if outlet := known.get(site.domain):
            told = (site.domain, site.kind, site.country, site.family)
            assert told == (outlet.domain, outlet.kind, outlet.country, outlet.family)


def test_every_shipped_list_is_of_its_own_site_or_of_a_host_that_serves_its_feeds():
    elsewhere = {"feedburner.com", "bbci.co.uk", "skynews.com"}
    for site in catalogue_in_use().sites:
        for url in (*site.feeds, *site.sitemaps, *site.start_urls):
            assert domain(url) in {domain(f"https://{site.domain}"), *elsewhere}, url
        assert site.search is None or "{query}" in site.search


def test_the_users_own_sites_win_by_domain(empty_home):
    own = 'contact = "me@own.example"\n[[site]]\ndomain = "cnn.com"\nname = "Mine"\nfeeds = ["http://x.example/"]\n'
    written(empty_home, own)
    used = catalogue_in_use()
    assert used.contact == "me@own.example"
    assert [site.name for site in used.sites if site.domain == "cnn.com"] == ["Mine"]


def test_the_catalogue_wins_a_name_and_other_layers_lend_aliases(empty_home):
    written(empty_home, '[[outlet]]\ndomain = "q.example"\nname = "Q"\naliases = ["Quill"]\n', "outlets.toml")
    catalogue = Catalogue(
        sites=(
            Site(domain="cnn.example", name="CNN", feeds=("http://cnn.example/f",)),
            Site(domain="q.example", name="Quillmark", feeds=("http://q.example/f",)),
        )
    )
    known = names(catalogue)
    assert known.find("CNN", anchored=True).domain == "cnn.example"
    assert known.find("Quill", anchored=False).name == "Quillmark"


def test_picking_sites_names_those_not_listed():
    catalogue = catalogue_in_use()
    assert [site.domain for site in catalogue.pick(["www.CNN.com"]).sites] == ["cnn.com"]
    with pytest.raises(BadCatalogue, match=r"not in the catalogue: cnn\.co .*cnn\.com"):
        catalogue.pick(["cnn.co"])


def test_a_crawl_says_who_it_is(monkeypatch):
    assert contact(Catalogue(contact="a@b.example")) == "a@b.example"
    with pytest.raises(NoContact, match="NEWSTRACE_CONTACT"):
        contact(Catalogue())
    monkeypatch.setenv("NEWSTRACE_CONTACT", "https://desk.example/bot")
    assert contact(Catalogue(contact="a@b.example")) == "https://desk.example/bot"
    monkeypatch.setenv("NEWSTRACE_CONTACT", "nobody")
    with pytest.raises(NoContact, match="'nobody' is no mail address"):
        contact(Catalogue())


def test_sites_are_stored_in_the_order_of_the_catalogue_whose_first_wins_a_name(tmp_path):
    db = open_db(tmp_path / "a.db", create=True)
    catalogue = catalogue_in_use()
    put_known_outlets(db, catalogue)
    stored = db.query("SELECT domain FROM outlets WHERE origin = 'catalogue' ORDER BY id")
    assert [row["domain"] for row in stored] == [site.domain for site in catalogue.sites]
    db.close()


def test_an_own_site_listed_after_the_shipped_ones_were_stored_wins_a_name(tmp_path, empty_home):
    db = open_db(tmp_path / "a.db", create=True)
    put_known_outlets(db, catalogue_in_use())
    assert stored_names(db).find("Reuters", anchored=True).domain == "reuters.com"
    (empty_home / "sites.toml").write_text(
        '[[site]]\ndomain = "reuters.harbour.example"\nname = "Reuters"\nfeeds = ["https://reuters.harbour.example/f"]\n'
    )
    for again in (None, catalogue_in_use()):
        put_known_outlets(db, again)
        assert stored_names(db).find("Reuters", anchored=True).domain == "reuters.harbour.example"
    db.close()
