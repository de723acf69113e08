"""Links as graphs for other programs: every arrow is there, and no page's words are read as anything else."""

import re

import pytest
from prov.model import ProvDocument

from db.derivations import to_prov
from db.export import chain_links
from db.filters import Wanted
from db.graphs import links_graph, to_dot, to_graphml, to_mermaid
from db.lookup import shown_links
from db.records import Link, Outlet
from db.store import outlet_row, put_article, put_links, put_phantom

SURE = {"p_related": 1, "p_direction": 1, "p_direct": 0.99, "status": "accepted"}
HOSTILE = [
    'x"]; end[("',
    'x"]\nclick a1 href "javascript:alert(1)"',
    "%%{init: {}}%% --> y",
    "</script><img onerror=x>",
    '", URL="javascript:alert(1)", x="',
    "a\\",
    "\x1b[31mred\u202e",
    "=cmd()",
]


def test_the_links_of_a_chain_go_back_to_its_furthest_source(db, linked):
    linked("ba", "cb", "dc", "zy")
    found = chain_links(db, Wanted(outlet=("d.example",)))
    pairs = {(link["child_name"][0], link["parent_name"][0]) for link in found}
    assert pairs == {("d", "c"), ("c", "b"), ("b", "a")}
    assert len(list(chain_links(db))) == 4


def test_a_circle_of_links_ends(db, linked):
    linked("ba", "cb", "ac")
    assert len(list(chain_links(db))) == 3


def test_unseen_pages_are_dashed_and_siblings_have_no_arrow(db, linked, made, noon):
    linked("ba")
    linked("cb", relation="sibling", p_direct=0.2)
    wire = put_phantom(db, outlet=outlet_row(db, Outlet(domain=None, name="Wire")), key="k", seen=noon)
    put_links(db, [Link(child=1, source=wire, relation="credits", **SURE)], rule_version="1", run=None)
    links = list(shown_links(db))
    drawn, dotted = to_mermaid(links), to_dot(links)
    assert "named, page not seen" in drawn
    assert f"class a{wire} unseen" in drawn
    assert (drawn.count(" --> "), drawn.count("-->|"), drawn.count("-.->"), drawn.count("-.-|")) == (
        0,
        2,
        0,
        1,
    )
    assert "style=dashed" in dotted
    assert dotted.count("dir=none") == 1


@pytest.mark.parametrize("words", HOSTILE)
def test_a_hostile_name_stays_a_label(db, made, words):
    outlet = Outlet(domain="a.example", name=words)
    one = put_article(db, made("https://a.example/1", outlet=outlet)).article
    two = put_article(db, made("https://b.example/1", text="b")).article
    put_links(db, [Link(child=two, source=one, relation="republishes", **SURE)], rule_version="1", run=None)
    links = list(shown_links(db))
    lines = to_mermaid(links).splitlines()
    assert len(lines) == 4
    assert re.fullmatch(r'    a1\["[^"\[\]<>%{}`\x1b]*<br/>[^"<>]*"\]', lines[1]), lines[1]
    dotted = to_dot(links).splitlines()
    assert len(dotted) == 7
    assert re.fullmatch(r'    "1" \[label="(?:[^"\\]|\\.)*", URL="https://a\.example/1"\];', dotted[3]), (
        dotted[3]
    )
    assert "\x1b" not in dotted[3] + to_prov(links)
    to_graphml(links_graph(links))
    assert ProvDocument.deserialize(content=to_prov(links), format="json").get_records()
