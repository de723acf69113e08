"""The evidence pack stands on its own, and a changed byte is found; a snapshot is one citable file."""

import base64
import gzip
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from prov.model import ProvDocument

from db.derivations import to_prov
from db.errors import BadInput, UnknownArticle
from db.graphs import links_graph, to_graphml
from db.hosts import RobotsFile, put_reservations, put_robots
from db.kept_records import is_whole, record_at
from db.licences import Licence, Licences
from db.lookup import names, shown_links
from db.marks import put_record, put_revisit
from db.open import open_db, open_read
from db.pack import pack, verify
from db.snapshot import snapshot
from tests.browse.conftest import HOSTILE, small  # noqa: F401 - a fixture

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


RECORD = (
    b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: https://copy.example/1\r\n"
    b"WARC-Date: 2026-03-02T12:00:00Z\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
    b"Content-Type: application/http; msgtype=response\r\n"
    b"WARC-Block-Digest: sha1:%s\r\nContent-Length: %d\r\n\r\n"
)
BLOCK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>The ferry ran aground</p>"


def warc_record(block=BLOCK):
    digest = base64.b32encode(hashlib.sha1(BLOCK).digest())
    return RECORD % (digest, len(block)) + block + b"\r\n\r\n"


@pytest.fixture
def archived(small, tmp_path):  # noqa: F811
    """The small database with the copy's page kept in a WARC file, and what its host said of robots."""
    archive = tmp_path / "kept.warc.gz"
    before = gzip.compress(b"WARC/1.1\r\n\r\nanother")
    archive.write_bytes(before + gzip.compress(warc_record()) + before)
    db = open_db(small)
    put_record(db, 1, str(archive), len(before))
    put_record(db, 2, str(tmp_path / "gone.warc.gz"), 0)
    for days in (1, 2):
        put_revisit(db, 1, NOW + timedelta(days=days), str(archive), len(before))
    put_robots(db, "https://copy.example", RobotsFile(status=200, body=b"User-agent: *\nDisallow: /x"), NOW)
    put_reservations(db, "https://copy.example", [("/paid", True)], NOW)
    db.close()
    return small


def test_records_robots_and_versions_are_in_the_pack(archived, tmp_path):
    file = tmp_path / "evidence.zip"
    file.write_bytes(pack(open_read(archived), "https://copy.example/1", NOW))
    manifest, wrong = verify(file)
    assert wrong == []
    assert {"newstrace", "rules", "names", "python", "sqlite"} <= manifest.keys()
    with zipfile.ZipFile(file) as archive:
        pages = {page["domain"]: page for page in json.loads(archive.read("pages.json"))}
        record = archive.read("warc/1.warc.gz")
        printed = archive.read("index.html").decode()
        assert archive.read("robots/https-copy.example.txt").endswith(b"Disallow: /x")
    assert gzip.decompress(record) == warc_record()
    assert pages["copy.example"]["versions"][0]["warc"]["record"] == "warc/1.warc.gz"
    assert pages["copy.example"]["robots"][0]["reservations"] == '[["/paid", true]]'
    assert pages["source.example"]["versions"][0]["warc"]["record"] is None
    assert "WARC record not there any more" in printed
    revisits = pages["copy.example"]["versions"][0]["revisits"]
    assert [again["seen"][:10] for again in revisits] == ["2026-03-07", "2026-03-06"]
    assert revisits[0]["record"] == "warc/1-revisit-1.warc.gz"
    assert "as before, its server said, 2 times" in printed
    assert str(tmp_path) not in printed


@pytest.mark.parametrize(
    ("licensed", "answer", "words"),
    [(True, "yes", "licensed, as"), (False, "no", "not licensed, as"), (None, "unknown", "not known")],
)
def test_a_pack_says_what_the_licences_say(archived, licensed, answer, words):
    db = open_read(archived)
    told = Licences(
        [] if licensed is None
        else [Licence(outlet="copy.example", source="source.example", licensed=licensed)],
        names(db),
    )  # fmt: skip
    packed = zipfile.ZipFile(io.BytesIO(pack(db, "https://copy.example/1", NOW, licences=told)))
    links = json.loads(packed.read("links.json"))
    assert {link["licensed"] for link in links if link["child_domain"] == "copy.example"} == {answer}
    assert f"Licence: {words}" in packed.read("index.html").decode()
    assert json.loads(packed.read("manifest.json"))["licences_read"]


def test_a_record_that_is_not_as_it_was_answered_is_told(archived, tmp_path):
    file = tmp_path / "evidence.zip"
    file.write_bytes(pack(open_read(archived), "https://copy.example/1", NOW))
    told = changed(
        file, "warc/1.warc.gz", lambda body: gzip.compress(warc_record(BLOCK.replace(b"ferry", b"lorry")))
    )
    assert told == ["warc/1.warc.gz was changed", "warc/1.warc.gz is not a whole WARC record"]


@pytest.mark.parametrize("packing", [bytes, gzip.compress])
def test_a_record_is_read_out_by_its_place(tmp_path, packing):
    file = tmp_path / "a.warc"
    record, large = packing(warc_record()), packing(warc_record(BLOCK + bytes(range(256)) * 2000))
    file.write_bytes(record + large + record[:-9])
    assert record_at(file, 0) == record
    assert record_at(file, len(record)) == large
    assert is_whole(record)
    for offset in (1, len(record) + len(large), 10**9):
        assert record_at(file, offset) is None
    assert not any(map(is_whole, (large, record + record, b"", b"no record")))


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
    assert "5 articles of 5 outlets" in told["citation"]
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


@pytest.mark.parametrize("manifest", [b"[]", b"{", b'{"sha256": [1]}', b'{"sha256": {}}'])
def test_a_manifest_that_is_none_is_said_in_plain_words(tmp_path, manifest):
    file = tmp_path / "x.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("manifest.json", manifest)
    with pytest.raises(BadInput, match=r"no evidence pack: its manifest\.json is not as it was written"):
        verify(file)


def test_a_damaged_zip_is_said_in_plain_words(tmp_path):
    file = tmp_path / "x.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b'{"sha256": {}}' * 99)
    body = bytearray(file.read_bytes())
    body[45:50] = b"\xff" * 5
    file.write_bytes(bytes(body))
    with pytest.raises(BadInput, match="no evidence pack: it is cut off or damaged"):
        verify(file)
