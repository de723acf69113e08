"""The evidence pack stands on its own, and a changed byte is found; a snapshot is one citable file."""

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest
from prov.model import ProvDocument

from db.derivations import to_prov
from db.errors import BadInput, UnknownArticle
from db.graphs import links_graph, to_graphml
from db.lookup import shown_links
from db.open import open_db, open_read
from db.pack import pack, verify
from db.snapshot import snapshot
from tests.browse.conftest import HOSTILE, small  # noqa: F401 - a fixture

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.fixture
def packed(small, tmp_path):  # noqa: F811
    file = tmp_path / "evidence.zip"
    file.write_bytes(pack(open_read(small), "https://copy.example/1", NOW))
    return file


def changed(file, name, change):
    """The pack with one file of it changed; None takes it away."""
    with zipfile.ZipFile(file) as archive:
        files = {entry: archive.read(entry) for entry in archive.namelist()}
    body = change(files.get(name, b""))
    files = {entry: old for entry, old in files.items() if entry != name}
    files |= {} if body is None else {name: body}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for entry, told in files.items():
            archive.writestr(entry, told)
    file.write_bytes(made.getvalue())
    return verify(file)[1]


def test_a_pack_is_as_it_was_made(packed):
    manifest, wrong = verify(packed)
    assert wrong == []
    assert manifest["made"] == "2026-03-05T12:00:00+00:00"
    assert {"chain.json", "links.json", "pages.json", "prov.json", "index.html"} < set(manifest["sha256"])
    with zipfile.ZipFile(packed) as archive:
        (link, _) = json.loads(archive.read("links.json"))
        (copy, *_) = json.loads(archive.read("pages.json"))
        page = archive.read("index.html").decode()
    assert link["all_passages"][0]["words"] == 17
    assert copy["versions"][0]["fetched"] == "2026-03-02T12:00:00+00:00"
    assert copy["first_seen"]
    assert copy["times"][0]["basis"] == "meta"
    assert "owned" in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("texts/1.txt", lambda body: body + b" ", "texts/1.txt was changed"),
        ("links.json", lambda body: None, "links.json is missing"),
        ("more.txt", lambda body: b"x", "more.txt is not in the manifest"),
        ("pages.json", lambda body: b"[]", "pages.json was changed"),
        ("pages.json", lambda body: b"{", "pages.json cannot be read"),
    ],
)
def test_a_changed_pack_is_told(packed, name, change, told):
    assert any(told in wrong for wrong in changed(packed, name, change))


@pytest.mark.parametrize("body", [b"", b"no zip", b"PK\x03\x04 broken"])
def test_what_is_no_pack_is_said(tmp_path, body):
    (tmp_path / "x.zip").write_bytes(body)
    with pytest.raises(BadInput, match="no evidence pack"):
        verify(tmp_path / "x.zip")


def test_there_is_no_pack_of_what_is_not_stored(small):  # noqa: F811
    with pytest.raises(UnknownArticle):
        pack(open_read(small), "https://nowhere.example/1", NOW)


def test_the_derivations_are_valid_prov(small):  # noqa: F811
    text = to_prov(shown_links(open_read(small)))
    document = ProvDocument.deserialize(content=text, format="json")
    kinds = [type(record).__name__ for record in document.get_records()]
    assert (kinds.count("ProvEntity"), kinds.count("ProvDerivation"), kinds.count("ProvAgent")) == (3, 2, 3)


def test_the_links_are_a_graph_for_gephi(small):  # noqa: F811
    import networkx

    graph = networkx.parse_graphml(to_graphml(links_graph(shown_links(open_read(small)))).decode())
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (3, 2)
    assert any(HOSTILE in told["quotes"] for *_, told in graph.edges(data=True))


@pytest.mark.parametrize("without_texts", [False, True])
def test_a_snapshot_is_whole_and_says_how_to_cite_it(small, tmp_path, without_texts):  # noqa: F811
    file = tmp_path / "frozen.db"
    told = snapshot(open_read(small), file, NOW, without_texts=without_texts)
    assert told == json.loads((tmp_path / "frozen.db.json").read_text())
    assert "4 articles of 4 outlets" in told["citation"]
    assert told["sha256"] in told["citation"]
    copy = open_read(file)
    texts = [row["text"] for row in copy.query("SELECT text FROM versions WHERE kind = 'article'")]
    assert any(texts) != without_texts
    assert (b"waded ashore" in file.read_bytes()) != without_texts
    assert copy.execute("SELECT count(*) FROM links").fetchone() == (2,)
    copy.close()
    open_db(file).close()
    with pytest.raises(BadInput, match="replaces nothing"):
        snapshot(open_read(small), file, NOW)
