"""Reading in several processes: the order kept, and broken files of words told before anything is read."""

import os
from datetime import UTC, datetime

import pytest

from crawler.imports import read_all
from crawler.parallel import in_order
from crawler.read import read_inputs
from db.errors import BadCatalogue
from db.outlets import Names
from db.records import Outlet

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NAMES = Names([Outlet(domain="afp.com", name="AFP")])
BROKEN = '[[rule]]\nid = "en.mine"\nkind = "source_line"\n'


def named(piece, names):
    return piece, names.by_domain["afp.com"].name, os.getpid()


def unlike(piece, names):
    raise ValueError(f"{piece} of {len(names.by_domain)}")


@pytest.mark.parametrize("count", [0, 1, 8, 40])
def test_results_come_in_the_order_of_the_pieces(count):
    found = list(in_order(named, iter(range(count)), NAMES, few=8))
    assert [(piece, name) for piece, name, _ in found] == [(n, "AFP") for n in range(count)]
    here = {process for *_, process in found} == {os.getpid()}
    assert here is (0 < count <= 8)


@pytest.mark.parametrize("count", [1, 2])
def test_what_reading_raises_is_raised_here(count):
    with pytest.raises(ValueError, match="0 of 1"):
        list(in_order(unlike, range(count), NAMES))


@pytest.fixture
def broken(tmp_path, monkeypatch):
    (tmp_path / "wordings").mkdir()
    (tmp_path / "wordings" / "en.toml").write_text(BROKEN, encoding="utf-8")
    monkeypatch.setenv("NEWSTRACE_HOME", str(tmp_path))
    return tmp_path / "wordings" / "en.toml"


def test_a_broken_file_of_words_is_told_once_before_a_page_is_read(broken, tmp_path):
    page = tmp_path / "a.html"
    page.write_text("<p>The bridge is shut.</p>", encoding="utf-8")
    with pytest.raises(BadCatalogue, match=r"en\.toml: rule en\.mine: regions is missing"):
        list(read_inputs([str(page)], None, url="https://tarn-herald.example/a", now=NOW))


def test_a_broken_file_of_words_stops_an_import_before_its_first_row(broken):
    def rows():
        raise AssertionError("a row was asked for")
        yield

    with pytest.raises(BadCatalogue, match=r"en\.toml"):
        list(read_all(rows(), NAMES, NOW))
