import re
import unicodedata

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedupe import speed, words
from dedupe.letters import COMPLEX, SEVERAL, folds, kinds, spread
from dedupe.words import IDEOGRAPHS, SYLLABLES, WORDS, shingles, split

SCRIPTS = (
    "abcXYZ 09_.,@'\n\t-  ’“…½™ªﬁßİıſ"  # Latin, signs, characters that fold to several
    "éèñÅḍ\u0301\u0323\u0308"  # accents, composed and not
    "жЩёѢ ςΣσ άΆ ﷺ ابجمّـ שּׁ हिन्दी क़ বাং தமிழ் 가각\u1100\u1161\u11a8 "
    "漢字カナかなｶﾞー、。「」 ไทยน้ำ ລາວ ខ្មែរ မြန်မာ"
    "\u00ad\u200b\u200c\u200d\ufeff\u2060\u2028\u0000\ud800\U0001f600\U0001d400\U00020000"
)
TEXTS = st.text(st.sampled_from(SCRIPTS), max_size=60) | st.text(max_size=30)


def told(made):
    return (
        made.hashes.tolist(),
        made.starts.tolist(),
        made.ends.tolist(),
        made.utf8,
        made.places.tolist(),
        made.size,
    )


def folded(made):
    """The folded words of a split text."""
    ends = made.places[1:] - made.gap
    return [made.utf8[a:b].decode() for a, b in zip(made.places, ends, strict=False)]


@settings(deadline=None)
@given(TEXTS)
@example("@ @a a@ a @ b @")
@example("İstanbul e\u0301 ﬁ\u0301 ½\u0301")
@example("漢\u0301字 \u0301a")
def test_compiled_and_plain_split_alike(text):
    fast = speed.load()
    if fast is None:
        pytest.skip("numba is not installed")
    assert told(words._split_fast(text, fast)) == told(words._split(text))


@given(TEXTS)
def test_words_are_those_of_the_normalised_text(text):
    """As far as a regular expression can say: marks, unseen characters and scripts without spaces apart."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if any(kinds()[ord(c)] > 1 for c in plain):
        return
    assert folded(split(text)) == re.findall(r"\w+", plain)


@given(TEXTS)
def test_words_stand_in_order_inside_the_text(text):
    made = split(text)
    assert (made.starts[1:] >= made.starts[:-1]).all()
    assert (made.starts < made.ends).all()
    assert made.ends.max(initial=0) <= len(text)


@given(st.lists(st.sampled_from(["Straße", "ﬁne", "co\u00adop", "ĉe\u0301", "漢", "½", "x"])))
def test_each_word_folds_from_the_place_it_stands_at(pieces):
    text = "… ".join(pieces)
    made = split(text)
    for start, end, word in zip(made.starts, made.ends, folded(made), strict=True):
        whole = folded(split(text[start:end]))
        assert word in whole


@given(st.characters())
def test_the_fold_table_says_what_unicodedata_says(char):
    entry = int(folds()[ord(char)])
    if entry == COMPLEX:
        return
    expected = unicodedata.normalize("NFKC", char).casefold()
    if entry & SEVERAL:
        place = entry & ~SEVERAL
        assert "".join(map(chr, spread()[place + 1 : place + 1 + spread()[place]])) == expected
    else:
        assert chr(entry) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Paris (AFP) - The Cat’s sat.", ["paris", "afp", "the", "cat", "s", "sat"]),
        ("Straße ＦＵＬＬ ﬁn", ["strasse", "full", "fin"]),
        ("co\u00adoperate now", ["cooperate", "now"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("東京2024年", ["東", "京", "2024", "年"]),
        ("ใจดี", ["ใ", "จ", "ดี"]),
        ("a\ud800b", ["a", "b"]),
        ("mail me@there @user @ x", ["mail", "me", "there", "user", "", "x"]),
        ("", []),
    ],
)
def test_words(text, expected):
    assert folded(split(text)) == expected


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("plain words only", WORDS),
        ("한국어 기사 본문", WORDS),
        ("東京で会議が開かれた 2024", IDEOGRAPHS),
        ("ที่ประชุมคณะรัฐมนตรี", SYLLABLES),
        ("an English text that names 東京 once", WORDS),
        ("", WORDS),
    ],
)
def test_the_text_decides_how_long_a_shingle_is(text, size):
    assert split(text).size == size


def test_masked_words_are_in_no_shingle():
    open_words = "the cabinet met on monday to agree a plan"
    masked = f"{open_words} @ @ @ @ @ @ {open_words[::-1]}"
    both = np.union1d(shingles(split(open_words)), shingles(split(open_words[::-1])))
    assert np.array_equal(shingles(split(masked)), both)


def test_spans_left_out_break_shingles():
    text = "one two three four five six seven eight nine ten eleven"
    start = text.index("six")
    assert len(shingles(split(text), [(start, start + 3)])) == 2
    assert len(shingles(split(text), [(start + 1, start + 2)])) == 2
    assert len(shingles(split(text), [(0, len(text))])) == 0


@pytest.mark.parametrize("text", ["", "one", "one two three four", "@ @ @ @ @ @ @ @"])
def test_short_texts_have_no_shingle(text):
    assert shingles(split(text)).tolist() == []


def test_a_word_said_a_hundred_thousand_times_is_one_shingle():
    assert len(shingles(split("buffalo " * 100_000))) == 1


def test_five_megabytes_without_a_space_are_one_word():
    made = split("x" * 5_000_000)
    assert len(made) == 1
    assert made.ends.tolist() == [5_000_000]


LONG = st.lists(
    st.sampled_from(["the ", "Council, ", "x", "of_3\n", "— ", "’", ".\n\n", "İ", "é", "漢", "@ ", "… "])
)


@settings(deadline=None)
@given(LONG, st.integers(0, 70), st.sampled_from(["", "…", "@", "漢"]))
def test_long_texts_are_split_alike_wherever_their_blocks_end(pieces, before, last):
    fast = speed.load()
    if fast is None:
        pytest.skip("numba is not installed")
    text = "a, " * before + "".join(pieces) * 4 + last
    assert told(words._split_fast(text, fast)) == told(words._split(text))
