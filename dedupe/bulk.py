"""Many texts split and sketched at once: two calls of the compiled kernels for a batch.

What comes out is what `dedupe.words`, `dedupe.sketch` and `dedupe.blocks` say of each text.  Without
the kernels, and for texts of scripts whose characters need their neighbours, these are asked themselves.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from dedupe import speed
from dedupe.blocks import WORDS as PARAGRAPH
from dedupe.blocks import lines
from dedupe.compare import Side, side
from dedupe.sketch import KEYS, SIZE, WINDOW, permutations, sample, signature_of
from dedupe.words import Spans, Words, codes_of, split, tables

_CHARACTERS = 1 << 21  # of the texts handed over at once

Without = Callable[[int, Words], Spans]
"""The spans left out of a text, given its number and its words."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """One text made ready: to be compared, to be stored, to be looked up."""

    side: Side
    signature: bytes  # uint32[SIZE] little-endian; empty when the text is shorter than one shingle
    keys: np.ndarray


def sketches(texts: Sequence[str], without: Without) -> Iterator[Sketch]:
    """Each text's words, signature and keys, in order."""
    fast = speed.kernel()
    for part in _parts(texts):
        made = _split_many(texts[part], fast) if fast else [split(text) for text in texts[part]]
        spans = [
            without(number, words) for number, words in zip(range(part.start, part.stop), made, strict=True)
        ]
        yield from _sketch_many(made, spans, fast) if fast else map(_sketch, made, spans)


def line_hashes(texts: Sequence[str]) -> Iterator[np.ndarray]:
    """Each text's paragraph hashes, uint64, sorted, each once."""
    fast = speed.kernel()
    for part in _parts(texts):
        made = _split_many(texts[part], fast) if fast else [split(text) for text in texts[part]]
        for text, words in zip(texts[part], made, strict=True):
            if fast:
                yield fast.paragraphs(codes_of(text), words.hashes, words.starts, PARAGRAPH)
            else:
                yield np.unique(lines(text, words)[0])


def _parts(texts: Sequence[str]) -> Iterator[slice]:
    """The texts in runs of a bounded number of characters."""
    start = size = 0
    for i, text in enumerate(texts):
        size += len(text)
        if size > _CHARACTERS:
            yield slice(start, i + 1)
            start, size = i + 1, 0
    if start < len(texts):
        yield slice(start, len(texts))


def _sketch(words: Words, spans: Spans) -> Sketch:
    made = side(words, spans)
    return Sketch(made, signature_of(words, made.whole).tobytes(), sample(made.at, made.whole))


def _split_many(texts: Sequence[str], fast: ModuleType) -> list[Words]:
    """The words of each text, as views of arrays they share."""
    codes = codes_of("".join(texts))
    offsets = np.concatenate(([0], np.cumsum([len(text) for text in texts])))
    room = len(codes) + len(texts) + 1  # a text of n characters has at most n words, and one place more
    hashes, starts, ends = np.empty(room, np.uint64), np.empty(room, np.int32), np.empty(room, np.int32)
    utf8, places = np.empty(5 * room, np.uint8), np.empty(room, np.int32)
    firsts, sizes = fast.split_many(codes, offsets, tables()[3], hashes, starts, ends, utf8, places)
    # What was not needed is let go: the views below would hold it.
    used, length = int(firsts[-1, 0]), int(firsts[-1, 1])
    hashes, starts, ends = hashes[:used].copy(), starts[:used].copy(), ends[:used].copy()
    utf8, places = utf8[:length].tobytes(), places[:used].copy()
    made = []
    for text, (first, begin), (last, end), size in zip(
        texts, firsts.tolist(), firsts[1:].tolist(), sizes.tolist(), strict=False
    ):
        part = slice(first, last - 1)
        words = Words(hashes[part], starts[part], ends[part], utf8[begin:end], places[first:last], size)
        made.append(words if size else split(text))
    return made


def _sketch_many(made: Sequence[Words], spans: Sequence[Spans], fast: ModuleType) -> Iterator[Sketch]:
    """The sketches of texts already split."""
    least = np.empty(SIZE, np.uint32)
    times, plus = permutations()
    for words, without in zip(made, spans, strict=True):
        ready = side(words, without)
        utf8 = np.frombuffer(words.utf8, np.uint8)
        keys = fast.sketch(
            ready.at,
            ready.whole,
            utf8,
            words.places,
            words.size,
            words.gap,
            (times, plus),
            least,
            (KEYS, WINDOW),
        )
        yield Sketch(ready, least.tobytes() if len(keys) else b"", keys)
