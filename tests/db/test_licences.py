import re
from datetime import UTC, date, datetime, timedelta

import pytest

from db.chain import chain
from db.errors import BadCatalogue
from db.export import links
from db.licences import Licence, Licences, answer, read_licences
from db.outlets import Names
from db.records import Alias, Link, Outlet, TimeClaim
from db.screen import PLACES
from db.store import outlet_row, put_article, put_links, put_phantom
from db.told import PAGE_REGIONS

MAY = (date(2026, 5, 1), date(2026, 5, 31))
YES = Licence(outlet="a.example", source="AFP")
NO = Licence(outlet="a.example", source="AFP", licensed=False)
IN_MAY = Licence(outlet="a.example", source="AFP", first=MAY[0], last=MAY[1])
NOT_IN_MAY = Licence(outlet="a.example", source="AFP", first=MAY[0], last=MAY[1], licensed=False)


def day(number, month=5):
    return (date(2026, month, number),) * 2


@pytest.mark.parametrize(
    ("licences", "when", "said"),
    [
        ([], day(3), "unknown"),
        ([YES], None, "yes"),
        ([NO], None, "no"),
        ([YES, NO], day(3), "unknown"),
        ([IN_MAY], day(1), "yes"),
        ([IN_MAY], day(31), "yes"),
        ([IN_MAY], day(1, 6), "unknown"),  # outside: the file says nothing of that day
        ([IN_MAY], None, "unknown"),
        ([IN_MAY], (date(2026, 5, 31), date(2026, 6, 1)), "unknown"),  # on either side of the bound
        ([NOT_IN_MAY], day(3), "no"),
        ([NOT_IN_MAY], day(3, 6), "unknown"),
        ([YES, NOT_IN_MAY], day(3), "unknown"),
        ([YES, NOT_IN_MAY], day(3, 6), "yes"),
        ([YES, NOT_IN_MAY], None, "unknown"),
    ],
)
def test_the_answer_is_what_the_file_says_of_that_day(licences, when, said):
    assert answer(licences, when) == said


GOOD = """
[[licence]]
outlet = "a.example"
source = "The Wire"
from = 2026-01-01
until = "2026-12-31"
note = "contract 7"

[[licence]]
outlet = "b.example"
source = "wire.example"
licensed = false
"""


@pytest.fixture
def written(tmp_path):
    def write(words, encoding="utf-8"):
        path = tmp_path / "licences.toml"
        path.write_bytes(words.encode(encoding))
        return path

    return write


def test_a_file_is_read(written):
    first, second = read_licences(written(GOOD, "utf-8-sig"))
    assert (first.first, first.last, first.licensed) == (date(2026, 1, 1), date(2026, 12, 31), True)
    assert (second.source, second.first, second.licensed) == ("wire.example", date.min, False)
    assert read_licences(written("")) == ()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ('[[licence]]\noutlet = "a.example"\n', ["number 1 (a.example)", "source: missing"]),
        ('[[licence]]\nsource = "X"\n', ["number 1 (?)", "outlet: missing"]),
        ('[[licence]]\noutlet = "http://a.example"\nsource = "X"\n', ["outlet:", "a domain such as"]),
        ('[[licence]]\noutlet = ["a"]\nsource = "X"\n', ["outlet:"]),
        ('[[licence]]\noutlet = "a.example"\nsource = " - "\n', ["source:"]),
        ('[[licence]]\noutlet = "a.example"\nsource = "X"\nfrom = 2026\n', ["from: 2026", "2026-01-31"]),
        ('[[licence]]\noutlet = "a.example"\nsource = "X"\nuntil = "soon"\n', ["until: 'soon'"]),
        ('[[licence]]\noutlet = "a.example"\nsource = "X"\nfrom = 2026-01-01T00:00:00Z\n', ["from:"]),
        (
            '[[licence]]\noutlet = "a.example"\nsource = "X"\nlicensed = "no"\n',
            ["licensed:", "true or false"],
        ),
        ('[[licence]]\noutlet = "a.example"\nsource = "X"\nlicense = true\n', ["license: unknown key"]),
        (
            '[[licence]]\noutlet = "a.example"\nsource = "X"\nfrom = 2026-02-01\nuntil = 2026-01-01\n',
            ["until: 2026-01-01 is before from"],
        ),
        ('licence = "all"', ["write each one as a table [[licence]]"]),
        ("licence = [1]", ["[[licence]]"]),
        ('[[license]]\noutlet = "a.example"', ["license: unknown key"]),
        ("[[licence]", ["not TOML"]),
        ("x = " + "[" * 5000, ["not TOML"]),
    ],
)
def test_a_malformed_file_names_table_and_key(written, words, named):
    with pytest.raises(BadCatalogue) as error:
        read_licences(written(words))
    for part in ["licences.toml", *named]:
        assert part in str(error.value)


def test_every_problem_is_told_at_once(written):
    with pytest.raises(BadCatalogue) as error:
        read_licences(written('[[licence]]\noutlet = 1\n[[licence]]\nsource = 2\noutlet = "a.example"\n'))
    assert len(str(error.value).splitlines()) == 3


@pytest.mark.parametrize(
    "make", [lambda path: None, lambda path: path.mkdir(), lambda p: p.write_bytes(b"\xff\xfe")]
)
def test_a_file_that_cannot_be_read_is_said_to_be_so(tmp_path, make):
    make(tmp_path / "x.toml")
    with pytest.raises(BadCatalogue, match=re.escape("x.toml")):
        read_licences(tmp_path / "x.toml")


WIRE = Outlet(domain="wire.example", name="The Wire", aliases=(Alias(text="Wirecopy"),))


@pytest.mark.parametrize("spelled", ["wire.example", "The Wire", "the wire", "Wirecopy"])
def test_a_source_is_found_by_domain_name_or_alias(spelled):
    known = Licences([Licence(outlet="a.example", source=spelled)], Names([WIRE]))
    assert known.between("a.example", "wire.example", "The Wire")
    assert not known.between("b.example", "wire.example", "The Wire")
    assert not known.between(None, "wire.example", "The Wire")


def test_a_source_nobody_placed_is_found_by_its_name():
    known = Licences([Licence(outlet="a.example", source="Polaris")], Names([]))
    assert known.between("a.example", None, "POLARIS")
    assert not known.between("a.example", None, "Polar")


def claim(at, doubt):
    return TimeClaim(
        kind="published", basis="meta", raw="x", earliest=at, latest=at + doubt, zone_known=not doubt
    )


@pytest.mark.parametrize(
    ("hours", "doubt", "said"), [(0, 0, "yes"), (0, 14, "unknown"), (24, 0, "unknown"), (None, 0, "unknown")]
)
def test_a_link_is_licensed_by_the_time_its_page_states(db, made, hours, doubt, said):
    at = None if hours is None else datetime(2026, 3, 1, 20, tzinfo=UTC) + timedelta(hours=hours)
    times = (claim(at, timedelta(hours=doubt)),) if at else ()
    child = put_article(db, made("https://a.example/1", published=at, times=times))
    db.execute("UPDATE versions SET published_basis = 'meta'")
    source = put_article(db, made("https://wire.example/1"))
    facts = {"p_related": 1, "p_direction": 1, "p_direct": 1, "status": "accepted", "credited": "none_found"}
    put_links(
        db,
        [Link(child=child.article, source=source.article, relation="republishes", **facts)],
        rule_version="1",
        run=None,
    )
    known = Licences([Licence(outlet="a.example", source="wire.example", last=date(2026, 3, 1))], Names([]))
    (row,) = links(db, licences=known)
    assert (row["licensed"], row["credited"]) == (said, "none_found")
    assert chain(db, "https://a.example/1", licences=known).links[0]["licensed"] == said
    assert next(links(db))["licensed"] == "unknown"


def test_siblings_and_revisions_are_not_licensed(db, linked):
    linked("ba", relation="sibling")
    linked("ca", relation="revises")
    sure = [Licence(outlet=f"{x}.example", source=f"{y}.example") for x in "abc" for y in "abc"]
    assert {row["licensed"] for row in links(db, licences=Licences(sure, Names([])))} == {"unknown"}


def test_a_phantom_source_is_licensed_by_its_name(db, made, noon):
    phantom = put_phantom(db, outlet=outlet_row(db, Outlet(domain=None, name="Polaris")), key="k", seen=noon)
    child = put_article(db, made("https://a.example/1")).article
    facts = {"p_related": 1, "p_direction": 1, "p_direct": 1, "status": "accepted"}
    put_links(
        db, [Link(child=child, source=phantom, relation="credits", **facts)], rule_version="1", run=None
    )
    refused = Licences([Licence(outlet="a.example", source="polaris", licensed=False)], Names([]))
    assert next(links(db, licences=refused))["licensed"] == "no"


@pytest.mark.parametrize(
    ("facts", "regions"),
    [
        ("extractor = 'text'", ["text"]),
        ("extractor = 'text', byline = 'By X'", ["byline", "text"]),
        ("extractor = 'trafilatura 2'", list(PAGE_REGIONS)),
        ("extractor = 'trafilatura 2', kind = 'unreadable'", []),
        ("extractor = ''", None),
    ],
)
def test_a_link_says_where_credits_were_looked_for(db, linked, facts, regions):
    linked("ba")
    db.execute(f"UPDATE versions SET {facts} WHERE article_id = 1")
    assert next(links(db))["regions_searched"] == regions


def test_every_region_has_its_words():
    assert set(PAGE_REGIONS) <= set(PLACES)
