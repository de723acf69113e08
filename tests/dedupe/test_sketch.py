import random

import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe import sketch, speed
from dedupe.sketch import SCHEME, SIZE, WINDOW, resemblance, sample, signature, window
from dedupe.words import WORDS, runs, split

SENTENCES = {
    "en": "The harbour council met on Monday to weigh the cost of a second bridge. ",
    "ro": "Consiliul portului s-a întrunit luni pentru a cântări costul unui al doilea pod. ",
    "ru": "Совет гавани собрался в понедельник, чтобы взвесить стоимость второго моста. ",
    "el": "Το συμβούλιο του λιμανιού συνήλθε τη Δευτέρα για το κόστος της γέφυρας. ",
    "ar": "اجتمع مجلس الميناء يوم الاثنين لبحث كلفة الجسر الثاني في المدينة. ",
    "hi": "बंदरगाह परिषद की सोमवार को दूसरे पुल की लागत पर बैठक हुई थी। ",
    "ko": "항만 위원회는 월요일에 두 번째 다리의 비용을 논의하기 위해 모였다. ",
    "de": "Der Hafenrat beriet am Montag über die größeren Kosten einer zweiten Straßenbrücke. ",
    "zh": "港务委员会星期一开会讨论第二座大桥的费用问题。",
    "ja": "港湾評議会は月曜日に第二の橋の費用を検討するために集まった。",
    "th": "สภาท่าเรือประชุมเมื่อวันจันทร์เพื่อพิจารณาค่าใช้จ่ายของสะพานแห่งที่สอง",
}


def by_datasketch(text):
    made = split(text)
    pieces = made.utf8.split(b" ")[:-1] if made.gap else None
    if pieces is None:
        pieces = [made.utf8[a:b] for a, b in zip(made.places, made.places[1:], strict=False)]
    joiner = b" " if made.gap else b""
    whole = [
        joiner.join(pieces[i : i + made.size])
        for i in range(len(pieces) - made.size + 1)
        if made.hashes[i : i + made.size].all()
    ]
    minhash = MinHash(num_perm=SIZE, scheme=SCHEME)
    minhash.update_batch(whole)
    return minhash, len(whole)


@pytest.mark.parametrize("language", SENTENCES)
def test_a_signature_is_datasketchs_in_every_script(language):
    text = "".join(f"{i} {SENTENCES[language]}" for i in range(40))
    assert np.array_equal(signature(text), by_datasketch(text)[0].hashvalues)


WORD = st.text(st.sampled_from("abcdefghijéßжщ漢字ไ9_@"), min_size=1, max_size=40)


@settings(deadline=None, max_examples=60)
@given(st.lists(WORD, max_size=60), st.booleans())
def test_a_signature_is_datasketchs_compiled_or_not(words, compiled):
    """Words up to 40 letters make shingles of one to ten SHA-1 blocks."""
    text = " ".join(words)
    expected, count = by_datasketch(text)
    with speed.using(speed.load() if compiled else None):
        if not count:
            with pytest.raises(ValueError, match="nothing to sketch"):
                signature(text)
        else:
            assert np.array_equal(signature(text), expected.hashvalues)


@pytest.mark.parametrize("length", [*range(40, 75), *range(110, 130), 500])
def test_shingles_of_every_length_in_bytes(length):
    text = " ".join(["a", "b", "c", "d", "e" * length])
    with speed.using(speed.load()):
        assert np.array_equal(signature(text), by_datasketch(text)[0].hashvalues)


def test_a_stored_signature_goes_into_datasketchs_index():
    text = SENTENCES["en"] * 3
    minhash = MinHash(hashvalues=np.frombuffer(signature(text).tobytes(), np.uint32), scheme=SCHEME)
    lsh = MinHashLSH(threshold=0.5, num_perm=SIZE)
    lsh.insert("stored", minhash)
    assert lsh.query(by_datasketch(text)[0]) == ["stored"]
    assert minhash.jaccard(by_datasketch(text)[0]) == 1.0


def test_resemblance_estimates_the_share_of_shingles():
    chooser = random.Random(7)
    a, b = ([f"{name}{chooser.random()}" for _ in range(400)] for name in "ab")
    both = [f"c{chooser.random()}" for _ in range(800)]
    estimate = resemblance(signature(" ".join(a + both)), signature(" ".join(both + b)))
    assert estimate == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("text", ["", "one two three four", "@ @ @ @ @ @"])
def test_a_text_too_short_has_no_signature(text):
    with pytest.raises(ValueError, match="shorter than one shingle"):
        signature(text)


def tokens(seed, count):
    chooser = random.Random(repr(seed))
    return [f"w{int(20_000 ** chooser.random()):x}" for _ in range(count)]


def keys_of(words):
    return sample(*runs(split(" ".join(words))))


@pytest.mark.parametrize("seed", range(20))
def test_texts_that_share_a_run_of_thirty_words_share_a_key(seed):
    shared = tokens((seed, "s"), 30)
    sizes = random.Random(seed)
    a = tokens((seed, 1), sizes.randint(0, 900)) + shared + tokens((seed, 2), sizes.randint(0, 900))
    b = tokens((seed, 3), sizes.randint(0, 90)) + shared + tokens((seed, 4), sizes.randint(0, 9000))
    assert np.intersect1d(keys_of(a), keys_of(b)).size


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcde@"), max_size=150))
def test_compiled_and_plain_keys_are_the_same(words):
    made = split(" ".join(words))
    with speed.using(None):
        found, whole = runs(made)
        expected = sample(found, whole)
    with speed.using(speed.load()):
        again, whole_again = runs(made)
        assert np.array_equal(again[whole_again], found[whole])
        assert np.array_equal(whole_again, whole)
        assert np.array_equal(sample(again, whole_again), expected)


def test_what_a_wide_window_keeps_a_narrow_one_keeps():
    found, whole = runs(split(" ".join(tokens("nest", 500))))
    kept = [set(sketch._winnow(found, whole, width).tolist()) for width in (20, 10, 5, 1)]
    assert kept[0] < kept[1] < kept[2] < kept[3]


@pytest.mark.parametrize(
    ("shingles", "width"), [(0, 1), (30, 1), (48, 1), (320, 12), (480, 19), (670, WINDOW), (100_000, WINDOW)]
)
def test_the_window_grows_with_the_text_up_to_a_bound(shingles, width):
    assert window(shingles) == width


def test_a_text_keeps_about_sixty_keys():
    assert 50 < np.mean([len(keys_of(tokens(i, 600))) for i in range(30)]) < 75
    assert WORDS == 5
