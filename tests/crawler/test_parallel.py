"""Reading in several processes: the order kept, and broken files of words told before anything is read."""

import os
import signal
from datetime import UTC, datetime

import pytest

from crawler import imports
from crawler.imports import read_all, read_rows_of, to_article
from crawler.parallel import DIED, Loss, ReadersDied, in_order
from crawler.read import read_inputs
from crawler.rows import Problem
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


def deadly(piece, names):
    """Reads numbers; 13 kills whoever reads it."""
    if 13 in piece:
        os.kill(os.getpid(), signal.SIGKILL)
    return [number * 10 for number in piece]


LOSS = Loss(
    told=lambda piece: [f"{piece[0]} lost"],
    parts=lambda piece: [[number] for number in piece],
    whole=lambda made: [item for items in made for item in items],
)


@pytest.mark.parametrize("size", [1, 7])
def test_a_killed_reader_costs_the_one_item_it_was_reading(size):
    numbers = [*range(60), 13, 13]
    pieces = [numbers[at : at + size] for at in range(0, len(numbers), size)]
    found = [item for made in in_order(deadly, pieces, NAMES, loss=LOSS) for item in made]
    assert found == ["13 lost" if number == 13 else number * 10 for number in numbers]


def test_without_a_word_on_losses_a_killed_reader_is_an_error():
    with pytest.raises(ReadersDied, match=r"\[13\]: its reader process was killed"):
        list(in_order(deadly, [[number] for number in range(20)], NAMES))


def test_readers_that_all_die_are_not_started_for_ever(monkeypatch):
    monkeypatch.setattr("crawler.parallel.MAX_DEATHS", 4)
    with pytest.raises(ReadersDied, match="killed one after the other"):
        list(in_order(deadly, [[13]] * 20, NAMES, loss=LOSS))


def killed_by(row, names, now):
    """In place of reading a row: a text of one word kills its reader."""
    if row.get("text") == "KILL":
        os.kill(os.getpid(), signal.SIGKILL)
    return to_article(row, names, now)


def rows_or_death(chunk, names, *, now):
    """`read_rows_of` in a process where one row is deadly: patched there, where it is read."""
    imports.to_article = killed_by
    return read_rows_of(chunk, names, now=now)


def test_an_import_tells_the_row_whose_reader_was_killed_and_goes_on(monkeypatch):
    monkeypatch.setattr(imports, "read_rows_of", rows_or_death)
    texts = ["KILL" if n == 70 else "The harbour board met on Monday." for n in range(200)]
    rows = [(f"a.jsonl row {n}", {"url": f"urn:a:{n}", "text": text}) for n, text in enumerate(texts)]
    found = list(read_all(rows, NAMES, NOW))
    assert [item.url for item in found if not isinstance(item, Problem)] == [
        f"urn:a:{n}" for n in range(200) if n != 70
    ]
    assert [(item.place, item.message) for item in found if isinstance(item, Problem)] == [
        ("a.jsonl row 70", f"not stored: {DIED}")
    ]
