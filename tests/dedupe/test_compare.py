import difflib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe import speed
from dedupe.compare import compare, in_words, keep, match, passages, side
from dedupe.words import WORDS, shingles, split

WORDS_OF = st.lists(st.sampled_from("abcdefgh@"), max_size=60)
PATHS = pytest.mark.parametrize("compiled", [False, True], ids=["plain", "compiled"])


def grams(words):
    return {tuple(words[i : i + 5]) for i in range(len(words) - 4) if "@" not in words[i : i + 5]}


def longest(a, b):
    """The longest run of words two lists share, by trying every pair of places."""
    best = 0
    for i in range(len(a)):
        for j in range(len(b)):
            k = 0
            while i + k < len(a) and j + k < len(b) and a[i + k] == b[j + k] != "@":
                k += 1
            best = max(best, k)
    return best if best >= 5 else 0


@PATHS
@settings(deadline=None)
@given(WORDS_OF, WORDS_OF)
def test_figures_are_those_of_counting(compiled, a, b):
    with speed.using(speed.load() if compiled else None):
        found = compare(shingles(split(" ".join(a))), shingles(split(" ".join(b))))
    left, right = grams(a), grams(b)
    shared = len(left & right)
    assert found.shared_shingles == shared
    assert found.a_in_b == (shared / len(left) if left else 0)
    assert found.b_in_a == (shared / len(right) if right else 0)
    assert found.jaccard == (shared / len(left | right) if shared else 0)


@PATHS
@settings(deadline=None)
@given(WORDS_OF, WORDS_OF)
def test_passages_are_aligned_maximal_and_cover_all_that_is_shared(compiled, a, b):
    one, other = " ".join(a), " ".join(b)
    with speed.using(speed.load() if compiled else None):
        found = passages(split(one), split(other))
    covered = set()
    for p in found:
        run = one[p.a_start : p.a_end].split(" ")
        assert run == other[p.b_start : p.b_end].split(" ")
        assert p.words == len(run) >= WORDS
        i, j = one[: p.a_start].count(" "), other[: p.b_start].count(" ")
        assert i == 0 or j == 0 or a[i - 1] != b[j - 1] or a[i - 1] == "@"
        end, stop = i + len(run), j + len(run)
        assert end == len(a) or stop == len(b) or a[end] != b[stop] or a[end] == "@"
        covered |= set(range(i, end))
    both = grams(a) & grams(b)
    starts = [i for i in range(len(a) - 4) if tuple(a[i : i + 5]) in both]
    assert covered == {i + k for i in starts for k in range(5)}


@PATHS
@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 400), max_size=80), st.lists(st.integers(0, 400), max_size=80), st.randoms())
def test_the_longest_run_is_the_longest_there_is(compiled, a, b, chooser):
    a, b = ([f"w{i}" for i in words] for words in (a, b))
    piece = a[: chooser.randint(0, len(a))]
    b = b + piece + b[:5]
    with speed.using(speed.load() if compiled else None):
        found = passages(split(" ".join(a)), split(" ".join(b)))
    assert max((p.words for p in found), default=0) == longest(a, b)


@settings(deadline=None)
@given(WORDS_OF, WORDS_OF)
def test_compiled_and_plain_passages_are_the_same(a, b):
    made = []
    for module in (None, speed.load()):
        with speed.using(module):
            made.append(passages(split(" ".join(a)), split(" ".join(b))))
    assert made[0] == made[1]


@settings(deadline=None)
@given(WORDS_OF, WORDS_OF)
def test_a_match_is_the_same_from_both_sides(a, b):
    one, other = side(split(" ".join(a))), side(split(" ".join(b)))
    there, back = match(one, other), match(other, one)
    assert (there is None) == (back is None)
    if there:
        assert (there[0].a_in_b, there[0].b_in_a) == (back[0].b_in_a, back[0].a_in_b)
        assert (there[0].jaccard, there[0].shared_words, there[0].longest_run) == (
            back[0].jaccard,
            back[0].shared_words,
            back[0].longest_run,
        )
        assert {(p.a_start, p.b_start) for p in there[1]} == {(p.b_start, p.a_start) for p in back[1]}


def tokens(seed, count):
    chooser = random.Random(repr(seed))
    return [f"w{int(5000 ** chooser.random()):x}" for _ in range(count)]


@pytest.mark.parametrize("seed", range(5))
def test_passages_cover_at_least_what_difflib_covers_in_runs(seed):
    story = tokens(seed, 500)
    edited = [w if random.Random(f"{seed} {i}").random() > 0.08 else f"x{i}" for i, w in enumerate(story)]
    edited = edited[250:] + tokens((seed, "own"), 100) + edited[:250]
    blocks = difflib.SequenceMatcher(None, story, edited, autojunk=False).get_matching_blocks()
    found = passages(split(" ".join(story)), split(" ".join(edited)))
    assert sum(p.words for p in found) >= sum(b.size for b in blocks if b.size >= WORDS)


@pytest.mark.parametrize(("run", "kept"), [(29, False), (30, True)])
def test_a_run_of_thirty_words_makes_a_match_of_long_texts(run, kept):
    shared = tokens("s", run)
    a = ["a1", *tokens(1, 400), "a2", *shared, "a3", *tokens(2, 300)]
    b = ["b1", *tokens(3, 500), "b2", *shared, "b3", *tokens(4, 300)]
    found = match(side(split(" ".join(a))), side(split(" ".join(b))))
    assert (found is not None) == kept


def test_a_fifth_of_the_smaller_text_makes_a_match():
    a, b = tokens(1, 24), tokens(2, 500)
    assert match(side(split(" ".join(a))), side(split(" ".join(b + a[:7])))) is None
    assert match(side(split(" ".join(a))), side(split(" ".join(b + a[:8]))))[0].a_in_b == 0.2


def test_nothing_is_no_match():
    empty = side(split(""))
    assert match(empty, empty) is None
    assert not keep(compare(empty.shingles, empty.shingles))


def test_one_word_repeated_compares_quickly():
    a, b = side(split("buffalo " * 100_000)), side(split("buffalo " * 90_000))
    overlap, found = match(a, b)
    assert overlap.jaccard == 1.0
    assert overlap.longest_run == 90_000
    assert len(found) <= 20_001


def test_a_chinese_run_counts_five_words_for_eight_characters():
    assert in_words(16, 8) == 10
    text = "港务委员会星期一开会讨论第二座大桥的费用问题"
    found = passages(split("今天" + text), split("昨天说" + text))
    assert [(p.a_start, p.b_start, p.words) for p in found] == [(2, 3, 14)]
