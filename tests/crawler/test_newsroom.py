"""How newsrooms of many languages name their sources, in lines written here: `newsroom/LANGUAGE.toml`.

A newcomer adds a line to a file, no code.  The form of the files: `newsroom_pages.py`.
"""

from itertools import groupby

import pytest

from crawler import sites
from tests.crawler.newsroom_pages import from_page, from_text, lines, named, wanted

NAMES = sites.names()
TABLES = [
    pytest.param(list(table), id="-".join(key))
    for key, table in groupby(lines(), lambda line: (line.language, line.place))
]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("read", [from_page, from_text])
def test_the_sources_of_a_line_are_those_it_names(table, read):
    found = {line.words: named(line, read(line, NAMES)) for line in table}
    assert found == {line.words: wanted(line) for line in table}


def test_the_languages_are_many_and_none_is_thin():
    languages = {line.language for line in lines()}
    assert len(languages) >= 28
    for language in languages:
        mine = [line for line in lines() if line.language == language]
        assert sum(bool(line.expected) for line in mine) >= 20, language
        assert sum(line.place.startswith("nobody") for line in mine) >= 5, language
