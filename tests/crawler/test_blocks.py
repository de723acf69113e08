"""The innermost blocks of text of a page."""

import pytest

from crawler.blocks import MAX_BLOCKS, blocks
from crawler.markup import open_page

LONG = "The harbour board met on Monday evening and spoke for two hours about the old bridge."
MORE = "A crane is to come upriver before the weekend, if the water is high enough, the master said."


def found(inside):
    return blocks(open_page(f"<html><body>{inside}</body></html>"))


@pytest.mark.parametrize(
    ("inside", "lines"),
    [
        (f"<div><h2>Bridge</h2><p>{LONG}</p></div>", [("Bridge",), (LONG,)]),
        (f"<div>{LONG}<br><br>{MORE}</div>", [(LONG, MORE)]),
        (f"<p>{LONG}<br/>{MORE} <b>Soon.</b></p>", [(LONG, MORE + " Soon.")]),
        (f"<div>{LONG} <a href='/m'>master</a><div><p>Photo</p></div>{MORE}</div>",
         [(LONG + " master",), ("Photo",), (MORE,)]),
        (f"<nav><p>{LONG}</p></nav><aside><p>{LONG}</p></aside><p>{MORE}</p>", [(MORE,)]),
        (f"<form><p>{LONG}</p></form><p>{MORE}</p>", [(MORE,)]),
        (f"<form id=aspnetForm><h1>Bridge</h1><p>{LONG}</p></form>", [("Bridge",), (LONG,)]),
        (f"<nav><ul><li>Menu</li></ul><h1>Bridge</h1><p>{LONG}</p>", [("Menu",), ("Bridge",), (LONG,)]),
        ("<div>Short.</div>", []),
    ],
)  # fmt: skip
def test_a_block_is_an_element_or_the_loose_words_of_one(inside, lines):
    assert [block.lines for block in found(inside)] == lines


def test_a_block_knows_its_links_also_the_one_around_it():
    inside, around = found(f"<p><a href='/a'>{LONG}</a> {MORE}</p><a href='/b'><h3>{LONG}</h3></a>")
    assert (inside.linked, around.linked) == (len(LONG), len(LONG))


def test_letters_of_scripts_without_spaces_count_threefold():
    assert [block.size for block in found("<p>橋が閉鎖</p><p>Brücke</p>")] == [12, 6]


def test_a_paragraph_that_holds_a_script_or_a_box_is_not_pure():
    made = found(f"<p>{LONG}<script>var a</script></p><p>{MORE}</p>")
    assert [block.pure for block in made] == [False, True]


def test_blocks_are_counted():
    assert len(found("<p>a</p>" * (MAX_BLOCKS + 5))) == MAX_BLOCKS
