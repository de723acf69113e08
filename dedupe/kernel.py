"""The inner loops, compiled: each gives what the function of the same meaning gives in plain NumPy.

Imported only through `dedupe.speed`, when there is enough to do.  The machine code is cached beside
this file, or in the user's cache folder where that cannot be written.
"""

import numpy as np
from numba import njit

from dedupe.letters import COMPLEX, IDEOGRAPH, LETTER, MARK, MASK, SEPARATOR, SEVERAL, SYLLABLE, UNSEEN
from dedupe.sha1 import LANES, START, compress
from dedupe.words import IDEOGRAPHS, SYLLABLES, WORDS

_KIND, _CODE = np.uint32(24), np.uint32(0x1FFFFF)  # the parts of an entry
_CONTINUES = 7  # a mark on an ideograph or a syllable
_RADIX = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0xD6E8FEB86659FD93)
_LINE = np.uint64(0xA0761D6478BD642F)
_MIX_1, _MIX_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_PREMIX_1, _PREMIX_2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_0, _1, _24, _32, _33 = (np.uint64(bits) for bits in (0, 1, 24, 32, 33))
_NOBODY = 0xFFFFFFFF
_LOW = np.uint64(0xFFFFFFFF)

_compiled = njit(cache=True, nogil=True, error_model="numpy")


@_compiled
def _mix(value):
    value ^= value >> _33
    value *= _MIX_1
    value ^= value >> _33
    value *= _MIX_2
    return value ^ (value >> _33)


@_compiled
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


@_compiled
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


@_compiled
def _inside(kind):
    return LETTER <= kind <= SYLLABLE or kind == _CONTINUES


@_compiled
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
            hashes[count] = max(_mix(total), _1)
        else:
            hashes[count] = 0
        utf8[size] = 32
        starts[count], ends[count] = origins[first], origins[i - 1] + 1
        met[kind] += 1
        count, size = count + 1, size + 1
    places[count] = size
    return count, size


@_compiled
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


@_compiled
def _plain(codes, entries, hashes, starts, ends, utf8, places, met):
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
        hashes[count], ends[count] = max(_mix(total), _1), i
        utf8[size] = 32
        met[kind] += 1
        count, size = count + 1, size + 1
    places[count] = size
    return count, size


@_compiled
def split(codes, tables, room, hashes, starts, ends, utf8, places):
    """(units, bytes, ideographs, syllables, masked units) of a text; in `utf8` a space stands after each
    unit.  The units are -1 when a character cannot be folded without its neighbours.
    """
    folded, kinds, origins = room
    met = np.zeros(8, np.int64)
    count, size = _plain(codes, tables[3], hashes, starts, ends, utf8, places, met)
    if count < 0:
        count = _fold(codes, tables[:3], folded, kinds, origins)
        if count < 0:
            return -1, 0, 0, 0, 0
        met[:] = 0
        count, size = _units(folded[:count], kinds[:count], origins, hashes, starts, ends, utf8, places, met)
    return count, size, met[IDEOGRAPH], met[SYLLABLE], met[MASK]


@_compiled
def split_many(codes, offsets, entries, hashes, starts, ends, utf8, places):
    """Where each text's words and bytes begin, int64[texts + 1, 2], and its units per shingle.

    Each text takes one place more than it has words.  The size is 0 for a text that asks for a second look.
    """
    count = len(offsets) - 1
    firsts, sizes = np.zeros((count + 1, 2), np.int64), np.zeros(count, np.int64)
    met = np.zeros(8, np.int64)
    for text in range(count):
        word, byte = firsts[text]
        met[:] = 0
        part = places[word:]
        units, length = _plain(
            codes[offsets[text] : offsets[text + 1]], entries, hashes[word:], starts[word:], ends[word:],
            utf8[byte:], part, met,
        )  # fmt: skip
        if units >= 0:
            sizes[text] = shingle_size(units, met[IDEOGRAPH], met[SYLLABLE])
            if sizes[text] != WORDS:
                length = _close_up(utf8[byte:], part[: units + 1])
        firsts[text + 1] = word + max(units, 0) + 1, byte + length
    return firsts, sizes


@_compiled
def shingle_size(units, ideographs, syllables):
    """How many units make a shingle, as `dedupe.words` has it; none is masked."""
    unspaced = ideographs + syllables
    if not unspaced or 2 * unspaced < units:
        return WORDS
    return SYLLABLES if syllables > ideographs else IDEOGRAPHS


@_compiled
def _close_up(utf8, places):
    """How many bytes are left when the byte after each unit is taken out."""
    size = 0
    for unit in range(len(places) - 1):
        first, places[unit] = places[unit], size
        for byte in range(first, places[unit + 1] - 1):
            utf8[size] = utf8[byte]
            size += 1
    places[-1] = size
    return size


@_compiled
def runs(hashes, size, found, whole):
    """The shingle at each word, and whether one begins there."""
    masked = 0  # words to go until no masked one is left in the shingle
    for i in range(size - 1):
        masked = size if hashes[i] == 0 else masked - 1
    for i in range(len(found)):
        masked = size if hashes[i + size - 1] == 0 else masked - 1
        total = _0
        for k in range(size):
            total = total * _STEP + hashes[i + k]
        found[i] = _mix(total)
        whole[i] = masked <= 0


@_compiled
def signature(utf8, places, size, gap, whole, times, plus, least):
    """The MinHash of the shingles that are whole, in `least`; how many there are."""
    begins, lengths = np.empty(len(whole), np.int64), np.empty(len(whole), np.int64)
    count, most = 0, 0
    for i in range(len(whole)):
        if whole[i]:
            begins[count], lengths[count] = places[i], places[i + size] - gap - places[i]
            most = max(most, (lengths[count] + 8) // 64 + 1)
            count += 1
    ahead = _ahead(utf8)
    hashes = np.empty(count, np.uint32)
    done = 0
    for blocks in range(1, most + 1):
        if done < count:
            done += _digests(ahead, begins[:count], lengths[:count], blocks, hashes[done:])
    _permute(hashes, times, plus, least)
    return count


@_compiled
def _ahead(utf8):
    """The four bytes from each place on as one big-endian word; beyond the end stand zeros."""
    words = np.zeros(len(utf8) + 128, np.uint32)
    for i in range(len(utf8) - 3):
        words[i] = (
            (np.uint32(utf8[i]) << np.uint32(24))
            | (np.uint32(utf8[i + 1]) << np.uint32(16))
            | (np.uint32(utf8[i + 2]) << np.uint32(8))
            | np.uint32(utf8[i + 3])
        )
    for i in range(max(len(utf8) - 3, 0), len(utf8)):
        for k in range(4):
            if i + k < len(utf8):
                words[i] |= np.uint32(utf8[i + k]) << np.uint32(24 - 8 * k)
    return words


@_compiled
def _digests(ahead, begins, lengths, blocks, hashes):
    """How many messages are so many blocks long; their first digest words go to `hashes`, premixed."""
    starts, left = np.zeros(LANES, np.int64), np.zeros(LANES, np.int32)
    state = np.empty(5 * LANES, np.uint32)
    count, done = 0, 0
    for i in range(len(begins) + 1):
        if i < len(begins):
            if (lengths[i] + 8) // 64 + 1 != blocks:
                continue
            starts[count], left[count] = begins[i], lengths[i]
            count += 1
        if count == LANES or (i == len(begins) and count):
            state[:] = START
            for block in range(blocks):
                compress(ahead, starts, left, np.int32(block), np.int32(blocks - 1), state)
            for lane in range(count):
                hashes[done + lane] = _premix(state[lane])
            done, count = done + count, 0
    return done


@_compiled
def _premix(state):
    """The digest word as datasketch reads it, little-endian, and mixes it before it permutes."""
    value = np.uint32(state)
    value = np.uint32(
        (value >> np.uint32(24))
        | ((value >> np.uint32(8)) & np.uint32(0xFF00))
        | ((value << np.uint32(8)) & np.uint32(0xFF0000))
        | (value << np.uint32(24))
    )
    value = np.uint32(value ^ (value >> np.uint32(16)))
    value = np.uint32(value * _PREMIX_1)
    value = np.uint32(value ^ (value >> np.uint32(13)))
    value = np.uint32(value * _PREMIX_2)
    return np.uint32(value ^ (value >> np.uint32(16)))


@_compiled
def _permute(hashes, times, plus, least):
    """The least of each permutation; four values at a time, so that less is loaded and stored."""
    least[:] = np.uint32(0xFFFFFFFF)
    fours = len(hashes) // 4 * 4
    for i in range(0, fours, 4):
        first, second, third, fourth = hashes[i], hashes[i + 1], hashes[i + 2], hashes[i + 3]
        for k in range(len(least)):
            a = min(np.uint32(times[k] * first + plus[k]), np.uint32(times[k] * second + plus[k]))
            b = min(np.uint32(times[k] * third + plus[k]), np.uint32(times[k] * fourth + plus[k]))
            least[k] = min(least[k], a, b)
    for i in range(fours, len(hashes)):
        for k in range(len(least)):
            least[k] = min(least[k], np.uint32(times[k] * hashes[i] + plus[k]))


@_compiled
def keys(found, whole, width):
    """The sorted keys of a text: of each `width` neighbouring shingles the least, mixed and cut."""
    kept = np.empty(len(found), np.uint64)
    count, start = 0, 0
    while start < len(found):
        if not whole[start]:
            start += 1
            continue
        end = start
        while end < len(found) and whole[end]:
            end += 1
        count = _winnow(found, start, end, min(width, end - start), kept, count)
        start = end
    return _distinct(np.sort(kept[:count]))


@_compiled
def _winnow(found, start, end, wide, kept, count):
    """How many are in `kept`, now that those of one stretch of shingles are, too."""
    least = start - 1
    for first in range(start, end - wide + 1):
        last = first + wide - 1
        if least < first:
            least = first
            for k in range(first + 1, last + 1):
                if found[k] <= found[least]:
                    least = k
        elif found[last] <= found[least]:
            least = last
        key = _mix(found[least]) >> _24
        if not count or kept[count - 1] != key:
            kept[count] = key
            count += 1
    return count


@_compiled
def _distinct(values):
    """Sorted values, each once, in their own array."""
    count = 0
    for value in values:
        if not count or values[count - 1] != value:
            values[count] = value
            count += 1
    return values[:count]


@_compiled
def sketch(found, whole, utf8, places, size, gap, permutations, least, shape):
    """The keys of a text; its MinHash goes to `least`."""
    count = signature(utf8, places, size, gap, whole, permutations[0], permutations[1], least)
    return keys(found, whole, min(max(2 * count // shape[0] - 1, 1), shape[1]))


@_compiled
def common(a, b):
    """How many values two sorted sets share."""
    shared, i, j = 0, 0, 0
    while i < len(a) and j < len(b):
        left, right = a[i], b[j]
        shared += left == right
        i += left <= right
        j += right <= left
    return shared


@_compiled
def _chains(values, usable):
    """A hash table of the places of values: the first place of each slot, and the next of each place."""
    slots = 16
    while slots < 2 * len(values):
        slots *= 2
    heads, following = np.full(slots, -1, np.int32), np.empty(len(values), np.int32)
    for back in range(len(values)):
        j = len(values) - 1 - back
        if usable[j]:
            slot = values[j] & np.uint64(slots - 1)
            following[j] = heads[slot]
            heads[slot] = j
    return heads, following


@_compiled
def _agreeing(a, a_whole, b, b_whole, i, j, step):
    """How many shingles agree from a pair of places on, forwards or backwards."""
    count = 0
    while 0 <= i < len(a) and 0 <= j < len(b) and a_whole[i] and b_whole[j] and a[i] == b[j]:
        i, j, count = i + step, j + step, count + 1
    return count


@_compiled
def aligned(a, a_whole, b, b_whole, tried, out):
    """How many runs were written to `out`, each (place in a, place in b, shingles), in order of a."""
    heads, following = _chains(b, b_whole)
    mask = np.uint64(len(heads) - 1)
    count, reached = 0, 0
    for i in range(len(a)):
        if i < reached or not a_whole[i]:
            continue
        length, start, place, looks = 0, 0, 0, 0
        j = heads[a[i] & mask]
        while j >= 0 and looks < tried:
            if b[j] == a[i]:
                looks += 1
                ahead = _agreeing(a, a_whole, b, b_whole, i, j, 1)
                back = _agreeing(a, a_whole, b, b_whole, i - 1, j - 1, -1)
                longer = ahead + back > length or (ahead + back == length and i - back < start)
                if longer or (ahead + back == length and i - back == start and j - back < place):
                    length, start, place = ahead + back, i - back, j - back
            j = following[j]
        if looks:
            out[count, 0], out[count, 1], out[count, 2] = start, place, length
            count, reached = count + 1, start + length
    return count


@_compiled
def paragraphs(codes, hashes, starts, fewest):
    """The sorted hashes of the lines with enough words, each once."""
    values = np.empty(len(starts) // fewest + 1, np.uint64)
    count, place, at = 0, 0, 0
    while place < len(starts):
        while at < len(codes) and (codes[at] != 10 or at < starts[place]):
            at += 1
        first, total, power = place, _0, _LINE
        while place < len(starts) and starts[place] < at:
            total += hashes[place] * power
            power *= _LINE
            place += 1
        if place - first >= fewest:
            values[count] = _mix(total)
            count += 1
    return _distinct(np.sort(values[:count]))


@_compiled
def lines(hashes, firsts, lasts):
    """The hash of each line, given where its words begin and end."""
    values = np.empty(len(firsts), np.uint64)
    for line in range(len(firsts)):
        total, power = _0, _LINE
        for place in range(firsts[line], lasts[line]):
            total += hashes[place] * power
            power *= _LINE
        values[line] = _mix(total)
    return values


@_compiled
def hits(packed, counts, bases, keys, places, handles):
    """How many postings of packed buckets stand under some of the sorted `keys`: which key, which handle."""
    width = packed.shape[1] - 4
    count, row, at = 0, 0, 0
    for part in range(len(counts)):
        key = bases[part]
        at += np.searchsorted(keys[at:], key)
        for posting in range(row, row + counts[part]):
            for k in range(width):
                key += np.uint64(packed[posting, k]) << np.uint64(8 * k)
            while at < len(keys) and keys[at] < key:
                at += 1
            if at < len(keys) and keys[at] == key:
                handle = np.uint32(0)
                for k in range(4):
                    handle |= np.uint32(packed[posting, width + k]) << np.uint32(8 * k)
                if handle != _NOBODY:
                    places[count], handles[count] = at, handle
                    count += 1
        row += counts[part]
    return count


@_compiled
def partners(own, under, firsts, handles, new, long, rare):
    """(handles, shared keys, place of one of them) of the texts worth an exact look beside a new one."""
    seen = _seen(own, under, firsts, handles, new, long)
    count, i = 0, 0
    shared, places = np.empty(len(seen), np.int64), np.empty(len(seen), np.int64)
    while i < len(seen):
        end = i + 1
        while end < len(seen) and seen[end] >> _32 == seen[i] >> _32:
            end += 1
        place = np.int64(seen[i] & _LOW)
        if end - i > 1 or firsts[place + 1] - firsts[place] <= rare:
            seen[count], shared[count], places[count] = seen[i] >> _32, end - i, place
            count += 1
        i = end
    return seen[:count], shared[:count], places[:count]


@_compiled
def _seen(own, under, firsts, handles, new, long):
    """Sorted (handle << 32 | place of the key) of the texts met under the keys of a new one."""
    room = 0
    for place in under:
        room += firsts[place + 1] - firsts[place] - 1
    seen = np.empty(room, np.uint64)
    count = 0
    for place in under:
        first, end = firsts[place], firsts[place + 1]
        if end - first < 2:
            continue
        mine = first
        while not (handles[mine] == own and new[mine]):
            mine += 1
        stop = end if mine - first < long else min(end, first + long)
        for i in range(first, stop):
            if i != mine and (i > mine or not new[i]):
                seen[count] = np.uint64(handles[i]) << _32 | np.uint64(place)
                count += 1
    return np.sort(seen[:count])
