import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe import bulk, speed
from dedupe.blocks import lines
from dedupe.words import split

TEXTS = st.lists(st.text(st.sampled_from("abcd ßé,@\n\u0301漢字カไทй½’\ud800"), max_size=80), max_size=6)
ONE_LETTER_WORDS = st.lists(
    st.lists(st.sampled_from("ab\n漢"), max_size=60).map(" ".join), min_size=2, max_size=5
)


def told(made):
    return [
        (sketch.size, sketch.signature, sketch.keys.tolist(), sketch.lines.tolist())
        for sketch in made.records()
    ]


def given_as(texts):
    return [text.encode("utf-8", "surrogatepass") for text in texts]


def every_other_line(texts):
    """As blocks of each text: every other paragraph of it."""
    return [np.unique(lines(text, split(text))[0][::2]) for text in texts]


@settings(deadline=None)
@given(TEXTS)
def test_many_at_once_give_what_each_gives_alone(texts):
    blocks = every_other_line(texts)
    with speed.using(None):
        expected = told(bulk.sketches(given_as(texts), blocks))
    with speed.using(speed.load()):
        assert told(bulk.sketches(given_as(texts), blocks)) == expected


@settings(deadline=None)
@given(st.one_of(TEXTS, ONE_LETTER_WORDS), st.booleans())
def test_many_pairs_at_once_share_what_each_shares_alone(texts, leave_out):
    texts = [f"{text} {texts[0]}" for text in texts] if texts else []
    blocks = every_other_line(texts) if leave_out else [bulk.NO_BLOCKS] * len(texts)
    pairs = [(a, b) for a in range(len(texts)) for b in range(len(texts))]
    with speed.using(None):
        expected = bulk.shared(given_as(texts), blocks, pairs)
    with speed.using(speed.load()):
        assert bulk.shared(given_as(texts), blocks, pairs) == expected


@pytest.mark.parametrize("most", [1, 7, 50])
def test_a_batch_is_cut_where_it_grows_too_large(most, monkeypatch):
    texts = ["one two three four five six", "", "seven eight", "nine ten eleven twelve thirteen"] * 3
    with speed.using(speed.load()):
        whole = told(bulk.sketches(given_as(texts), [bulk.NO_BLOCKS] * 12))
        monkeypatch.setattr(bulk, "_BYTES", most)
        assert told(bulk.sketches(given_as(texts), [bulk.NO_BLOCKS] * 12)) == whole
