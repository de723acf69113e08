import random

import pytest

from db import index as rows
from db.store import open_db
from dedupe import bulk, house, speed
from dedupe.blocks import learn, paragraphs, spans, threshold
from tests.dedupe.planted import link, pairs, store, text_of, words

BIO = "Dunmere Courier is an independent paper of the invented coast, read every day by many of its people."


@pytest.fixture
def db():
    return open_db(":memory:")


def stored_blocks(db):
    found = db.execute(
        "SELECT o.domain, b.text, b.words, b.pages FROM blocks b JOIN outlets o ON o.id = b.outlet_id"
    )
    return set(found)


def page(seed, *tail):
    return "\n".join([text_of(words(seed, 120)), *tail])


def test_a_paragraph_is_a_line_of_at_least_four_words():
    text = "Sign up for our letter.\nToo short here\n\n  Four words are enough  \nlast"
    found = paragraphs(text)
    assert [(text[p.start : p.end], p.words) for p in found] == [
        ("Sign up for our letter.", 5),
        ("  Four words are enough  ", 4),
    ]


def test_a_paragraph_is_known_by_its_folded_words():
    hashes = [
        paragraphs(text)[0].hash
        for text in ("One Two, three four!", "one two THREE  four", "two one three four")
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_spans_are_where_blocks_stand():
    text = f"A story of some words here.\n{BIO}"
    assert spans(text, {paragraphs(BIO)[0].hash}) == ((28, len(text)),)
    assert spans(text, ()) == ()


@pytest.mark.parametrize(
    ("pages", "needed"), [(0, 5), (100, 5), (500, 5), (501, 6), (1000, 10), (12345, 124)]
)
def test_a_block_stands_on_one_page_in_a_hundred_and_on_five_at_least(pages, needed):
    assert threshold(pages) == needed


def test_blocks_are_learned_from_pages_whose_other_text_differs():
    own = [{f"own{i}": 60, "bio": 20} for i in range(6)]
    copied = [{"story": 60, "end": 40}] * 9
    assert learn(own + copied) == {"bio": 6}
    assert learn(own[:4] + own[:4]) == {}


def test_a_story_under_many_urls_is_no_block_even_with_a_line_of_its_own():
    pages = [{"story": 60, "more": 50, f"updated{i}": 4} for i in range(9)]
    assert learn(pages) == {}


def test_an_outlets_bio_is_learned_and_left_out(db):
    for i in range(6):
        store(db, f"https://a.example/{i}", page(("a", i), BIO))
    store(db, "https://b.example/1", page("b", BIO))
    link(db)
    assert stored_blocks(db) == {("a.example", BIO, 18, 6)}
    assert pairs(db) == set()


def test_four_pages_are_too_few_and_the_fifth_makes_the_matches_go(db):
    legal = text_of(words("legal", 39))
    for i in range(4):
        store(db, f"https://a.example/{i}", page(("a", i), legal))
    store(db, "https://b.example/1", page("b", legal))
    link(db)
    assert not stored_blocks(db)
    assert len(pairs(db)) == 10
    store(db, "https://a.example/4", page(("a", 4), legal))
    link(db)
    assert len(stored_blocks(db)) == 1
    assert not pairs(db)


def test_a_wire_story_an_outlet_sets_under_many_urls_is_no_block(db):
    story = page("wire")
    for i in range(8):
        store(db, f"https://a.example/{i}", f"{story}\nUpdated at {i} minutes past noon")
    store(db, "https://b.example/1", story)
    link(db)
    assert not stored_blocks(db)
    assert len(pairs(db)) == 36


def test_versions_of_one_article_are_one_page(db):
    for i in range(6):
        store(db, "https://a.example/1", page(("a", i), BIO))
    link(db)
    assert not stored_blocks(db)


def test_blocks_do_not_hang_on_the_order_of_arrival():
    pages = [(f"https://a.example/{i}", page(("a", i), *([BIO] if i % 3 else []))) for i in range(12)]
    pages += [(f"https://a.example/w{i}", page("wire", f"line {i} of its own")) for i in range(7)]
    pages += [(f"https://c.example/{i}", page(("c", i), BIO)) for i in range(3)]
    ends = []
    for seed in range(3):
        db = open_db(":memory:")
        random.Random(seed).shuffle(pages)
        for i, (url, text) in enumerate(pages):
            store(db, url, text)
            if seed and i % (3 * seed) == 0:
                link(db)
        link(db)
        ends.append((stored_blocks(db), pairs(db)))
    assert ends[0][0]
    assert ends[0] == ends[1] == ends[2]


def test_counting_twice_counts_once(db):
    versions = [store(db, f"https://a.example/{i}", page(("a", i), BIO)) for i in range(3)]
    house.count(db, versions)
    assert rows.uncounted(db) == []
    house.count(db, rows.uncounted(db))
    assert house.relearn(db) == 0
    assert not stored_blocks(db)


def test_an_agencys_handle_comes_first(db):
    store(db, "https://agency.example/1", page("x"), outlet_kind="agency")
    store(db, "https://a.example/1", page("x"))
    (both,) = rows.arrived(db, [1, 2])
    agency, outlet = house.handles_of(both)
    assert agency < 1 << 30 <= outlet < 1 << 31


def test_a_count_of_many_texts_is_compiled_from_its_first_on(db, monkeypatch):
    versions = [store(db, f"https://a.example/{i}", page(i)) for i in range(3)]
    monkeypatch.setattr(speed, "ENOUGH", 3)
    monkeypatch.setattr(speed._Gate, "seen", 0)
    monkeypatch.setattr(speed._Gate, "kernel", None)
    monkeypatch.setattr(speed._Gate, "refused", False)
    monkeypatch.setattr(bulk, "_sketch", None)
    made = house.count(db, versions)
    assert made.sketches.signed.all()
