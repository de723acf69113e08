import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe import bulk, speed
from dedupe.blocks import lines
from dedupe.words import split

TEXTS = st.lists(st.text(st.sampled_from("abcd ßé,@\n\u0301漢字カไทй½’"), max_size=80), max_size=6)


def told(sketch):
    words = sketch.side.words
    return (
        [part.tolist() for part in (words.hashes, words.starts, words.ends, words.places)],
        (words.utf8, words.size),
        sketch.side.shingles.tolist(),
        sketch.signature,
        sketch.keys.tolist(),
    )


def some_left_out(number, words):
    """The second word of every other text."""
    return [(int(words.starts[1]), int(words.ends[1]))] if number % 2 and len(words) > 1 else []


@settings(deadline=None)
@given(TEXTS)
def test_many_at_once_give_what_each_gives_alone(texts):
    with speed.using(None):
        expected = [told(made) for made in bulk.sketches(texts, some_left_out)]
        alone = [np.unique(lines(text, split(text))[0]).tolist() for text in texts]
    with speed.using(speed.load()):
        assert [told(made) for made in bulk.sketches(texts, some_left_out)] == expected
        assert [found.tolist() for found in bulk.line_hashes(texts)] == alone


@pytest.mark.parametrize("most", [1, 7, 50])
def test_a_batch_is_cut_where_it_grows_too_large(most, monkeypatch):
    monkeypatch.setattr(bulk, "_CHARACTERS", most)
    texts = ["one two three four five six", "", "seven eight", "nine ten eleven twelve thirteen"] * 3
    with speed.using(speed.load()):
        made = list(bulk.sketches(texts, lambda _number, _words: ()))
    assert [len(sketch.side.words) for sketch in made] == [len(text.split()) for text in texts]
