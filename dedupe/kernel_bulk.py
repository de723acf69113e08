"""Compiled: many texts made ready, or compared, in one call each; nothing of Python is touched on the way.

A text in which some character cannot be folded without its neighbours is left to the caller: its shingle
size is 0.  `texts` are all texts in UTF-8 and where each begins, int64[texts + 1]; `blocks` the line
hashes to be left out, sorted, and which of them are each text's, int64[texts, 2].
"""

import numpy as np

from dedupe.kernel_pairs import aligned_in, chains, shared, slots
from dedupe.kernel_sketch import keys, runs, signature
from dedupe.kernel_words import (
    ascii_of,
    close_up,
    compiled,
    leave_out,
    paragraphs,
    room_for,
    shingle_size,
    unitized,
)
from dedupe.letters import IDEOGRAPH, MASK, SYLLABLE
from dedupe.words import WORDS


@compiled
def prepare(texts, tables, blocks, permutations, shape, out):
    """Fill `out`: shingle sizes, counts of shingles, signatures, keys and their ends, lines and theirs.

    `shape` is the number of keys aimed at, the widest window, and the fewest words of a line.
    """
    sizes, counts, signatures, all_keys, key_ends, all_lines, line_ends = out
    room = _room(tables, _longest(texts[1]))
    hashes, utf8, places, breaks, at, whole = _words_of(room)
    for text in range(len(sizes)):
        key, line = key_ends[text], line_ends[text]
        units, size, length, ended = _split(texts, text, tables, room, True)
        if size:
            lines = paragraphs(hashes[:units], breaks[:ended], shape[2])
            all_lines[line : line + len(lines)] = lines
            line += len(lines)
            first, end = blocks[1][text]
            if end > first:
                leave_out(hashes[:units], breaks[:ended], shape[2], blocks[0][first:end])
            count = max(units - size + 1, 0)
            runs(hashes[:units], size, at[:count], whole[:count])
            bytes_of = utf8[:length], places[: units + 1]
            counts[text] = signature(bytes_of, size, whole[:count], permutations, signatures[text])
            window = min(max(2 * counts[text] // shape[0] - 1, 1), shape[1])
            found = keys(at[:count], whole[:count], window)
            all_keys[key : key + len(found)] = found
            key += len(found)
        sizes[text], key_ends[text + 1], line_ends[text + 1] = size, key, line


@compiled
def sign(text, tables, permutations, least):
    """How many shingles a text has; their MinHash goes to `least`.  -1 when it is left to the caller."""
    room = _room(tables, len(text))
    hashes, utf8, places, _, at, whole = _words_of(room)
    offsets = np.array([0, len(text)])
    units, size, length, _ = _split((text, offsets), 0, tables, room, False)
    if not size:
        return -1
    count = max(units - size + 1, 0)
    if room[3][MASK]:
        runs(hashes[:units], size, at[:count], whole[:count])
    else:
        whole[:count] = True
    return signature((utf8[:length], places[: units + 1]), size, whole[:count], permutations, least)


@compiled
def _longest(offsets):
    """Bytes of the longest text."""
    longest = 0
    for text in range(len(offsets) - 1):
        longest = max(longest, offsets[text + 1] - offsets[text])
    return longest


@compiled
def _room(tables, size):
    """What is needed to work on texts of so many bytes: for their words, their shingles and whether one
    begins, units of each kind, and what ASCII folds to.
    """
    words = room_for(size)
    count = len(words[0])
    shingles = np.empty(count, np.uint64), np.empty(count, np.bool_)
    return words, *shingles, np.zeros(8, np.int64), ascii_of(tables[3])


@compiled
def _words_of(room):
    """Hashes, UTF-8, places, lines, shingles and whether one begins."""
    words, at, whole, _, _ = room
    return words[0], words[3], words[4], words[5], at, whole


@compiled
def _split(texts, text, tables, room, hashed):
    """(units, units per shingle, bytes, lines) of a text; the size is 0 when it is left to the caller."""
    words, _, _, met, ascii_codes = room
    part = texts[0][texts[1][text] : texts[1][text + 1]]
    units, length, ended = unitized(part, tables, ascii_codes, words, met, hashed)
    if units < 0:
        return 0, 0, 0, 0
    size = shingle_size(units - met[MASK], met[IDEOGRAPH], met[SYLLABLE])
    if size != WORDS:
        length = close_up(words[3], words[4][: units + 1])
    return units, size, length, ended


@compiled
def verify(texts, tables, blocks, pairs, limits):
    """Units per shingle of each text, what each pair shares, int64[pairs, 7], their runs, int32[runs, 7],
    and where each pair's end.

    Of a pair: shingles of both and shared, shared units, units of the longest run, units per shingle of
    the first, and whether it may be a match.  Of a run: where it begins and ends in both, in characters,
    its units, and its first unit in both.  `limits` are the containment, the run in words, the places
    tried for each run, and the fewest words of a line.
    """
    sides = _sides(texts, tables, blocks, limits)
    figures, ends = np.zeros((len(pairs), 7), np.int64), np.zeros(len(pairs) + 1, np.int64)
    found = np.empty((4 * len(pairs) + 64, 7), np.int32)
    scratch = np.empty((_longest(sides[0]) + 1, 3), np.int32)
    count = 0
    for pair in range(len(pairs)):
        a, b = pairs[pair]
        _weighed(sides, a, b, limits, figures[pair])
        if figures[pair, 6]:
            made = _aligned(sides, a, b, scratch, figures[pair])
            while count + made > len(found):
                found = np.concatenate((found, np.empty_like(found)))
            _put_runs(sides, a, b, scratch[:made], found[count : count + made])
            count += made
        ends[pair + 1] = count
    return sides[1], figures, found[:count], ends


@compiled
def _sides(texts, tables, blocks, limits):
    """All texts ready to compare: where each one's words begin, its units per shingle, the shingles and
    whether one begins, where words begin and end, the hash tables, the leading places, how many lead.
    """
    count = len(texts[1]) - 1
    firsts, slotted = np.zeros(count + 1, np.int64), np.zeros(count + 1, np.int64)
    sizes, distinct = np.zeros(count, np.int64), np.zeros(count, np.int64)
    at, whole, starts, ends = _places(len(texts[0]) // 4 + 64)
    room = _room(tables, _longest(texts[1]))
    hashes, _, _, breaks, _, _ = _words_of(room)
    for text in range(count):
        first = firsts[text]
        units, size, _, ended = _split(texts, text, tables, room, True)
        while first + units > len(at):
            more = _places(len(at))
            at, whole = np.concatenate((at, more[0])), np.concatenate((whole, more[1]))
            starts, ends = np.concatenate((starts, more[2])), np.concatenate((ends, more[3]))
        own = blocks[0][blocks[1][text, 0] : blocks[1][text, 1]]
        if len(own):
            leave_out(hashes[:units], breaks[:ended], limits[3], own)
        end = first + units
        begun = first + max(units - size + 1, 0) if size else first
        runs(hashes[:units], size, at[first:begun], whole[first:begun])
        at[begun:end], whole[begun:end] = 0, False
        starts[first:end], ends[first:end] = room[0][1][:units], room[0][2][:units]
        sizes[text], firsts[text + 1], slotted[text + 1] = size, end, slotted[text] + slots(units)
    heads, following = np.full(slotted[-1], -1, np.int32), np.empty(firsts[-1], np.int32)
    leads = np.zeros(firsts[-1], np.bool_)
    sides = firsts, sizes, at, whole, starts, ends, (slotted, heads, following), leads, distinct
    for text in range(count):
        own, begins = _shingles(sides, text)
        led = leads[firsts[text] : firsts[text + 1]]
        distinct[text] = chains(own, begins, limits[2], _table(sides, text), led)
    return sides


@compiled
def _places(count):
    """Arrays for so many words: shingles, whether one begins, where words begin and end."""
    return (
        np.empty(count, np.uint64),
        np.empty(count, np.bool_),
        np.empty(count, np.int32),
        np.empty(count, np.int32),
    )


@compiled
def _table(sides, text):
    """The hash table of a text."""
    firsts, (tables, heads, following) = sides[0], sides[6]
    return heads[tables[text] : tables[text + 1]], following[firsts[text] : firsts[text + 1]]


@compiled
def _shingles(sides, text):
    """The shingle at each word of a text, and whether one begins there."""
    first, end = sides[0][text], sides[0][text + 1]
    return sides[2][first:end], sides[3][first:end]


@compiled
def _weighed(sides, a, b, limits, told):
    """Count the shingles two texts have and share, and say whether they may be a match."""
    leads = sides[7][sides[0][a] : sides[0][a + 1]]
    both = shared(_shingles(sides, a)[0], leads, _shingles(sides, b)[0], _table(sides, b))
    size = sides[1][a]
    told[0], told[1], told[2], told[5] = sides[8][a], sides[8][b], both, size
    smaller = min(told[0], told[1])
    enough = smaller > 0 and both / smaller >= limits[0]
    told[6] = enough or both >= limits[1] * size // WORDS - size + 1


@compiled
def _turned(sides, a, b):
    """Whether b is the smaller text: by its shingles, how many, then which."""
    if sides[8][a] != sides[8][b]:
        return sides[8][b] < sides[8][a]
    own, _ = _shingles(sides, a)
    other, _ = _shingles(sides, b)
    for i in range(min(len(own), len(other))):
        if own[i] != other[i]:
            return other[i] < own[i]
    return len(other) < len(own)


@compiled
def _aligned(sides, a, b, out, told):
    """How many runs of two texts there are in `out`: place in a, place in b, units; told what they cover."""
    turned = _turned(sides, a, b)
    if turned:
        a, b = b, a
    own, own_whole = _shingles(sides, a)
    other, other_whole = _shingles(sides, b)
    count = aligned_in(own, own_whole, other, other_whole, _table(sides, b), out)
    reached = 0
    for run in range(count):
        out[run, 2] += sides[1][a] - 1
        start, end = out[run, 0], out[run, 0] + out[run, 2]
        told[3] += max(0, end - max(start, reached))
        told[4], reached = max(told[4], out[run, 2]), max(reached, end)
        if turned:
            out[run, 0], out[run, 1] = out[run, 1], out[run, 0]
    return count


@compiled
def _put_runs(sides, a, b, found, out):
    """The runs of two texts as characters."""
    first, second = sides[0][a], sides[0][b]
    starts, ends = sides[4], sides[5]
    for run in range(len(found)):
        i, j, units = found[run]
        out[run, 0], out[run, 1] = starts[first + i], ends[first + i + units - 1]
        out[run, 2], out[run, 3] = starts[second + j], ends[second + j + units - 1]
        out[run, 4], out[run, 5], out[run, 6] = units, i, j
