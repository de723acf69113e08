"""Archives as SQLite files and as JSON lists: the rows they give, and what is said where there are none."""

import json
import sqlite3

import pytest

from crawler.rows import read_rows
from db.errors import BadInput

ROWS = [
    ("https://tarn-herald.example/1", "The bridge is shut.", "tarnherald", 1777888800),
    ("https://tarn-herald.example/2", "The ferry sails again.", "tarnherald", None),
]
MAPPING = {"text": "content", "outlet": "source", "published": "published_utc"}


@pytest.fixture
def archive(tmp_path):
    """An SQLite file with these tables, each by its columns; rows stand in the first."""

    def make(tables, name="archive.db"):
        path = tmp_path / name
        db = sqlite3.connect(path)
        for table, columns in tables.items():
            db.execute(f'CREATE TABLE "{table}" ({columns})')
        db.executemany(f'INSERT INTO "{next(iter(tables))}" VALUES (?, ?, ?, ?)', ROWS)
        db.commit()
        db.close()
        return str(path)

    return make


@pytest.mark.parametrize("name", ["archive.db", "archive", "archive.jsonl"])
def test_the_table_with_the_columns_is_read_whatever_the_file_is_called(archive, name):
    path = archive({"news data": "url, content, source, published_utc", "authors": "url, name"}, name)
    assert list(read_rows(path, MAPPING)) == [
        (
            1,
            dict(
                zip(
                    ("url", "text", "published", "outlet"),
                    (*ROWS[0][:2], ROWS[0][3], ROWS[0][2]),
                    strict=True,
                )
            ),
        ),
        (2, dict(zip(("url", "text", "outlet"), ROWS[1][:3], strict=True))),
    ]


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"a": "url, body, source, b"}, r"no table has the columns .*`content`.*a \(url, body, source, b\)"),
        (
            {"a": "url, content, source, published_utc", "b": "url, content, source, published_utc"},
            "several tables could be meant: a, b",
        ),
    ],
)
def test_without_the_one_table_it_is_said_which_there_are(archive, tables, said):
    with pytest.raises(BadInput, match=said):
        list(read_rows(archive(tables), MAPPING))


def test_a_bad_row_is_named_and_the_others_are_read(archive):
    path = archive({"a": "url, text, title, byline"})
    (first, second) = read_rows(path, {})
    assert str(first[1]) == "`byline` is no text but int"
    assert second[1]["text"] == ROWS[1][1]


def test_a_torn_file_gives_the_rows_before_the_tear(archive, tmp_path):
    path = archive({"a": "url, text, title, byline"})
    with sqlite3.connect(path) as db:
        db.executemany(
            "INSERT INTO a VALUES (?, ?, '', '')", [(f"urn:a:{n}", "word " * 900) for n in range(99)]
        )
    torn = tmp_path / "torn.db"
    whole = (tmp_path / "archive.db").read_bytes()
    torn.write_bytes(whole[: len(whole) // 2 // 4096 * 4096])
    *read, (_, last) = read_rows(str(torn), {})
    assert "cannot be read as SQLite" in str(last)
    assert len(read) < 101


LISTED = [{"url": "urn:a:1", "text": "One."}, {"url": "urn:a:2", "text": "Two."}]


@pytest.mark.parametrize("indent", [None, 1])
def test_a_file_that_is_one_json_list_is_read_object_by_object(tmp_path, indent):
    path = tmp_path / "list.json"
    path.write_text(json.dumps([*LISTED, 7], indent=indent))
    *rows, (number, bad) = read_rows(str(path), {})
    assert rows == [(1, LISTED[0]), (2, LISTED[1])]
    assert (number, str(bad)) == (3, "not a JSON object but int")


def test_lines_of_which_the_first_is_a_list_are_lines(tmp_path):
    path = tmp_path / "lines.jsonl"
    path.write_text("\n".join(["[1]", *map(json.dumps, LISTED)]))
    (first, *rows) = read_rows(str(path), {})
    assert str(first[1]) == "not a JSON object but list"
    assert rows == [(2, LISTED[0]), (3, LISTED[1])]


def test_a_json_list_that_breaks_off_is_told(tmp_path):
    path = tmp_path / "list.json"
    path.write_text(json.dumps(LISTED, indent=1)[:-9])
    ((number, bad),) = read_rows(str(path), {})
    assert number == 1
    assert str(bad).startswith("not JSON")
