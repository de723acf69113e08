"""Compiled: the words of texts, as `dedupe.words` has them, and the hashes of their lines."""

import numpy as np
from numba import njit

from dedupe.letters import COMPLEX, IDEOGRAPH, LETTER, MARK, MASK, SEPARATOR, SEVERAL, SYLLABLE, UNSEEN
from dedupe.words import IDEOGRAPHS, SYLLABLES, WORDS

_KIND, _CODE = np.uint32(24), np.uint32(0x1FFFFF)  # the parts of an entry
_CONTINUES = 7  # a mark on an ideograph or a syllable
_RADIX = np.uint64(0x9E3779B97F4A7C15)
_LINE = np.uint64(0xA0761D6478BD642F)
_MIX_1, _MIX_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_0, _1, _33 = (np.uint64(bits) for bits in (0, 1, 33))

compiled = njit(cache=True, nogil=True, error_model="numpy")


@compiled
def mix(value):
    """MurmurHash3's fmix64."""
    value ^= value >> _33
    value *= _MIX_1
    value ^= value >> _33
    value *= _MIX_2
    return value ^ (value >> _33)


@compiled
def _fold(codes, tables, folded, kinds, origins):
    """How many folded characters were written, each with its kind and the place it came from.

    -1 when a character cannot be folded without its neighbours, or the arrays are too short.
    """
    kind_of, folds, spread = tables
    count, carried = 0, 0
    for i in range(len(codes)):
        first = folds[codes[i]]
        if count + 18 > len(folded) or first == COMPLEX:
            return -1
        if first < SEVERAL:
            count, carried = _put(first, i, kind_of[first], carried, folded, kinds, origins, count)
            continue
        at = first & ~SEVERAL
        for k in range(spread[at]):
            code = spread[at + 1 + k]
            count, carried = _put(code, i, kind_of[code], carried, folded, kinds, origins, count)
    return count


@compiled
def _put(code, place, kind, carried, folded, kinds, origins, count):
    """How many characters were put, and the kind that a mark after them goes with."""
    if kind >= MARK and kind != MASK:
        if kind == UNSEEN:
            return count, carried
        kind = _CONTINUES if carried in (IDEOGRAPH, SYLLABLE) else carried
        kind = SEPARATOR if kind == MASK else kind
    else:
        carried = kind
    folded[count], kinds[count], origins[count] = code, kind, place
    return count + 1, carried


@compiled
def _inside(kind):
    return LETTER <= kind <= SYLLABLE or kind == _CONTINUES


@compiled
def _units(codes, kinds, origins, hashes, starts, ends, utf8, places, met):
    """(units, bytes) of folded characters; units of each kind are counted in `met`."""
    count, size, i, length = 0, 0, 0, len(codes)
    while i < length:
        kind, first = kinds[i], i
        i += 1
        if kind == SEPARATOR:
            continue
        hidden = kind == MASK
        if hidden and ((first and _inside(kinds[first - 1])) or (i < length and _inside(kinds[i]))):
            continue
        places[count] = size
        if not hidden:
            more = LETTER if kind == LETTER else _CONTINUES
            total, power, i = _0, _RADIX, first
            while i == first or (i < length and kinds[i] == more):  # one loop: its end is hard to foresee
                total += np.uint64(codes[i]) * power
                power *= _RADIX
                size = _put_utf8(codes[i], utf8, size)
                i += 1
            hashes[count] = max(mix(total), _1)
        else:
            hashes[count] = 0
        utf8[size] = 32
        starts[count], ends[count] = origins[first], origins[i - 1] + 1
        met[kind] += 1
        count, size = count + 1, size + 1
    places[count] = size
    return count, size


@compiled
def _put_utf8(code, out, at):
    """Where the next byte goes, after one character was put at `at`."""
    if code < 0x80:
        out[at] = code
        return at + 1
    if code < 0x800:
        out[at] = 0xC0 | (code >> 6)
    else:
        if code < 0x10000:
            out[at] = 0xE0 | (code >> 12)
        else:
            out[at] = 0xF0 | (code >> 18)
            at += 1
            out[at] = 0x80 | ((code >> 12) & 0x3F)
        at += 1
        out[at] = 0x80 | ((code >> 6) & 0x3F)
    out[at + 1] = 0x80 | (code & 0x3F)
    return at + 2


@compiled
def plain(codes, entries, hashes, starts, ends, utf8, places, met):
    """(units, bytes) of a text in which no character needs a second look, or -1: then `_fold` must look.

    An entry is a kind and a folded character in one number; most texts are done by this loop alone.
    """
    count, size, i, length = 0, 0, 0, len(codes)
    while i < length:
        entry = entries[codes[i]]
        kind = entry >> _KIND
        if kind == SEPARATOR:
            i += 1
            continue
        if kind > SYLLABLE:
            return -1, 0
        starts[count], places[count] = i, size
        total, power, more = _0, _RADIX, True
        while more:
            code = entry & _CODE
            total += np.uint64(code) * power
            power *= _RADIX
            if code < 0x80:
                utf8[size] = code
                size += 1
            else:
                size = _put_utf8(code, utf8, size)
            i += 1
            more = i < length and kind == LETTER
            if more:
                entry = entries[codes[i]]
                more = entry >> _KIND == LETTER
        hashes[count], ends[count] = max(mix(total), _1), i
        utf8[size] = 32
        met[kind] += 1
        count, size = count + 1, size + 1
    places[count] = size
    return count, size


@compiled
def split(codes, tables, room, hashes, starts, ends, utf8, places):
    """(units, bytes, ideographs, syllables, masked units) of a text; in `utf8` a space stands after each
    unit.  The units are -1 when a character cannot be folded without its neighbours.
    """
    folded, kinds, origins = room
    met = np.zeros(8, np.int64)
    count, size = plain(codes, tables[3], hashes, starts, ends, utf8, places, met)
    if count < 0:
        count = _fold(codes, tables[:3], folded, kinds, origins)
        if count < 0:
            return -1, 0, 0, 0, 0
        met[:] = 0
        count, size = _units(folded[:count], kinds[:count], origins, hashes, starts, ends, utf8, places, met)
    return count, size, met[IDEOGRAPH], met[SYLLABLE], met[MASK]


@compiled
def shingle_size(units, ideographs, syllables):
    """How many units make a shingle, as `dedupe.words` has it; none is masked."""
    unspaced = ideographs + syllables
    if not unspaced or 2 * unspaced < units:
        return WORDS
    return SYLLABLES if syllables > ideographs else IDEOGRAPHS


@compiled
def close_up(utf8, places):
    """How many bytes are left when the byte after each unit is taken out."""
    size = 0
    for unit in range(len(places) - 1):
        first, places[unit] = places[unit], size
        for byte in range(first, places[unit + 1] - 1):
            utf8[size] = utf8[byte]
            size += 1
    places[-1] = size
    return size


@compiled
def lines(hashes, firsts, lasts):
    """The hash of each line, given where its words begin and end."""
    values = np.empty(len(firsts), np.uint64)
    for line in range(len(firsts)):
        values[line] = _line_hash(hashes[firsts[line] : lasts[line]])
    return values


@compiled
def _line_hash(hashes):
    """A polynomial over the words of a line, mixed."""
    total, power = _0, _LINE
    for value in hashes:
        total += value * power
        power *= _LINE
    return mix(total)


@compiled
def _line_end(codes, starts, place, at):
    """Where the line of a word ends: its last character, looked for from `at` on, and its last word."""
    while at < len(codes) and (codes[at] != 10 or at < starts[place]):
        at += 1
    while place < len(starts) and starts[place] < at:
        place += 1
    return at, place


@compiled
def paragraphs(codes, hashes, starts, fewest):
    """The sorted hashes of the lines with enough words, each once."""
    values = np.empty(len(starts) // fewest + 1, np.uint64)
    count, place, at = 0, 0, 0
    while place < len(starts):
        first = place
        at, place = _line_end(codes, starts, first, at)
        if place - first >= fewest:
            values[count] = _line_hash(hashes[first:place])
            count += 1
    return distinct(np.sort(values[:count]))


@compiled
def leave_out(codes, hashes, starts, fewest, blocks):
    """Set the hashes of the words to 0 that stand in a line among `blocks`, which are sorted line hashes."""
    place, at = 0, 0
    while place < len(hashes):
        first = place
        at, place = _line_end(codes, starts, first, at)
        if place - first >= fewest:
            value = _line_hash(hashes[first:place])
            found = np.searchsorted(blocks, value)
            if found < len(blocks) and blocks[found] == value:
                hashes[first:place] = _0


@compiled
def distinct(values):
    """Sorted values, each once, in their own array."""
    count = 0
    for value in values:
        if not count or values[count - 1] != value:
            values[count] = value
            count += 1
    return values[:count]
