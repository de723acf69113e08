"""Compiled: the words of texts, as `dedupe.words` has them, and the hashes of their lines.

Texts come as UTF-8.  The first loop over them hardly branches: where a word ends cannot be foreseen, and
a processor that guesses wrong loses more time than all else here takes.
"""

import numpy as np
from numba import njit

from dedupe.kernel_bits import BLOCK, CHUNK, classes, copy_block, how_many, lowest, sum_of_chunk
from dedupe.letters import COMPLEX, IDEOGRAPH, LETTER, MARK, MASK, SEPARATOR, SEVERAL, SYLLABLE, UNSEEN
from dedupe.words import IDEOGRAPHS, SYLLABLES, WORDS

_KIND, _CODE = np.uint32(24), np.uint32(0x1FFFFF)  # the parts of an entry
_CONTINUES = 7  # a mark on an ideograph or a syllable
_ODD = 0xFF  # of an ASCII character: it asks for a second look
_RADIX = np.uint64(0x9E3779B97F4A7C15)
_RADIX_CHUNK = np.uint64(pow(0x9E3779B97F4A7C15, CHUNK, 1 << 64))
_LINE = np.uint64(0xA0761D6478BD642F)
_MIX_1, _MIX_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_0, _1, _5, _6, _33 = (np.uint64(bits) for bits in (0, 1, 5, 6, 33))
_VERY_FEW, _FEW = 20, 200  # values sorted without guessing, or nearly so
_STRETCH = 64  # words of a line summed at once
_LINE_POWERS = np.cumprod(np.full(_STRETCH, _LINE))


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
def room_for(size):
    """Arrays for the words of a text of so many bytes: hashes, starts, ends, UTF-8, places, lines; and to
    work in: folded bytes, codes, folded characters, their kinds and origins.
    """
    count = size + size // 4 + 2 * BLOCK
    return (
        np.empty(count, np.uint64),
        np.empty(count, np.int32),
        np.empty(count, np.int32),
        np.empty(5 * count, np.uint8),
        np.empty(count, np.int32),
        np.empty(count, np.int32),
        np.empty(count, np.uint8),
        np.empty(count, np.uint32),
        np.empty(count, np.uint32),
        np.empty(count, np.uint8),
        np.empty(count, np.int32),
    )


@compiled
def ascii_of(entries):
    """uint8[128]: what each ASCII character folds to, 0 for those between words."""
    found = np.zeros(128, np.uint8)
    for code in range(128):
        kind = entries[code] >> _KIND
        if kind != SEPARATOR:
            found[code] = entries[code] & _CODE if kind == LETTER else _ODD
    return found


@compiled
def unitized(text, tables, ascii_codes, room, met, hashed):
    """(units, bytes, lines) of a text, its words in `room`; units of each kind are counted in `met`.

    In the UTF-8 a space stands after each unit.  A line ends before the unit that `room` says of it.  The
    units are -1 when a character cannot be folded without its neighbours.  Unless `hashed`, the words have
    no hashes and ends, when none is masked.
    """
    met[:] = 0
    count, size, ended = _plain(text, (tables[3], ascii_codes), room, met)
    if count < 0:
        met[:] = 0
        codes, folded, kinds, origins = room[7:]
        length = _decoded(text, codes)
        count = _fold(codes[:length], tables[:3], folded, kinds, origins)
        if count < 0:
            return -1, 0, 0
        return _units(folded[:count], kinds[:count], origins, room, met)
    if hashed:
        hash_words(count, room)
    return count, size, ended


@compiled
def _plain(text, chars, room, met):
    """(units, bytes, lines) of a text in which no character needs a second look; -1 units of another."""
    utf8, places, breaks, folded = room[3:7]
    length, block = np.uint64(len(text)), np.uint64(BLOCK)
    at, state = _0, (_0, _0, _0, _0)  # characters done; units, bytes, lines ended, whether within a word
    i = _0
    while i < length:
        if i + block <= length:
            inside, ended, odd = classes(text, i, folded)
            if not odd:
                state = _block((inside, ended), (i, at), state, room)
                i += block
                at += block
                continue
        i, at, state = _by_one(text, (i, min(i + block, length), at), state, chars, (room, met))
        if i == _0:
            return -1, 0, 0
    count, size, ended, within = state
    if within:
        utf8[size] = 32
        size += _1
    places[count], breaks[ended] = size, count
    return np.int64(count), np.int64(size), np.int64(ended) + 1


@compiled
def _block(told, where, state, room):
    """The state after a block of plain characters, of which `classes` has told and put what they fold to.

    `where` is the byte and the character it begins at.
    """
    starts, utf8, places, breaks, folded = room[1], room[3], room[4], room[5], room[6]
    inside, ended = told
    i, at = where
    count, size, lines, within = state
    before = inside << _1 | within
    begins, kept = inside & ~before, inside | before
    first = count
    while begins:
        place = lowest(begins)
        starts[count], places[count] = at + place, size + how_many(kept & ((_1 << place) - _1))
        begins &= begins - _1
        count += _1
    while ended:
        breaks[lines] = first + how_many(inside & ~before & ((_1 << lowest(ended)) - _1))
        ended &= ended - _1
        lines += _1
    dropped, done = ~kept, _0
    copy_block(folded, i, utf8, size)
    while dropped:
        place = lowest(dropped)
        size += place - done
        done = place + _1
        copy_block(folded, i + done, utf8, size)
        dropped &= dropped - _1
    return count, size + np.uint64(BLOCK) - done, lines, inside >> np.uint64(BLOCK - 1)


@compiled
def _by_one(text, where, state, chars, out):
    """(bytes done, characters done, state) after the characters between two bytes of the text, with one
    that crosses the end; 0 bytes when one needs a second look.

    `where` is both bytes and the character the first one begins.
    """
    i, end, at = where
    entries, ascii_codes = chars
    (_, starts, _, utf8, places, breaks), met = out[0][:6], out[1]
    count, size, lines, within = state
    while i < end:
        byte = text[i]
        i += _1
        before = within
        starts[count], places[count] = at, size
        if byte < 0x80:
            code = np.uint64(ascii_codes[byte])
            if code == _ODD:
                return _0, _0, state
            within = np.uint64(code != _0)
            count += within & (before ^ _1)
            utf8[size] = code | ((within ^ _1) << _5)
            size += within | before
            breaks[lines] = count
            lines += np.uint64(byte == 10)
        else:
            entry, width = entries[_code(text, i, byte)], _width(byte)
            i += width
            kind = entry >> _KIND
            if kind > SYLLABLE:
                return _0, _0, state
            within = np.uint64(kind == LETTER)
            if before and not within:
                utf8[size] = 32
                size += _1
                places[count] = size
            if kind != SEPARATOR:
                count += np.uint64(not (within and before))
                size = np.uint64(_put_utf8(entry & _CODE, utf8, np.int64(size)))
            if kind > LETTER:
                met[kind] += 1
                utf8[size] = 32
                size += _1
        at += _1
    return i, at, (count, size, lines, within)


@compiled
def hash_words(count, room):
    """Fill in the hashes and the ends of words of a text of plain characters."""
    hashes, starts, ends, utf8, places = room[:5]
    for unit in range(count):
        first, length = np.uint64(places[unit]), np.uint64(places[unit + 1] - places[unit] - 1)
        total, power, done, chunk = _0, _1, _0, np.uint64(CHUNK)
        ends[unit] = starts[unit] + np.int64(length)
        while done < length:
            part, wide = sum_of_chunk(utf8, first + done, min(length - done, chunk))
            total += part * power
            if wide:
                total, characters = _sum_wide(utf8, first, length)
                ends[unit] = starts[unit] + np.int64(characters)
                break
            power *= _RADIX_CHUNK
            done += chunk
        hashes[unit] = total
    for unit in range(count):
        hashes[unit] = max(mix(hashes[unit]), _1)


@compiled
def _sum_wide(utf8, first, length):
    """(sum, characters) of a word with characters beyond ASCII."""
    total, power, i, count = _0, _RADIX, first, _0
    while i < first + length:
        byte = utf8[i]
        i += _1
        code = np.uint32(byte)
        if byte >= 0x80:
            code = _code(utf8, i, byte)
            i += _width(byte)
        total += np.uint64(code) * power
        power *= _RADIX
        count += _1
    return total, count


@compiled
def _width(byte):
    """How many bytes follow the first of a character beyond ASCII."""
    return np.uint64(1) + np.uint64(byte >= 0xE0) + np.uint64(byte >= 0xF0)


@compiled
def _code(text, i, byte):
    """The character of which `byte` is the first; the others stand at `i`."""
    code = np.uint32(text[i]) & np.uint32(0x3F)
    if byte < 0xE0:
        return (np.uint32(byte) & np.uint32(0x1F)) << np.uint32(6) | code
    code = code << np.uint32(6) | (np.uint32(text[i + _1]) & np.uint32(0x3F))
    if byte < 0xF0:
        return (np.uint32(byte) & np.uint32(0x0F)) << np.uint32(12) | code
    code = code << np.uint32(6) | (np.uint32(text[i + _1 + _1]) & np.uint32(0x3F))
    return (np.uint32(byte) & np.uint32(0x07)) << np.uint32(18) | code


@compiled
def _decoded(text, codes):
    """How many characters a text has; they go to `codes`."""
    count, i, length = 0, _0, np.uint64(len(text))
    while i < length:
        byte = text[i]
        i += _1
        codes[count] = byte
        if byte >= 0x80:
            codes[count] = _code(text, i, byte)
            i += _width(byte)
        count += 1
    return count


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
def _units(codes, kinds, origins, room, met):
    """(units, bytes, lines) of folded characters; units of each kind are counted in `met`."""
    hashes, starts, ends, utf8, places, breaks = room[:6]
    count, size, ended, i, length = 0, 0, 0, 0, len(codes)
    while i < length:
        kind, first = kinds[i], i
        i += 1
        if kind == SEPARATOR:
            breaks[ended] = count
            ended += codes[first] == 10
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
    places[count], breaks[ended] = size, count
    return count, size, ended + 1


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
def split(text, tables):
    """(units, bytes, ideographs, syllables, masked units) of a text in UTF-8, and its words: hashes, starts,
    ends, UTF-8, places.  The units are -1 when a character cannot be folded without its neighbours.
    """
    room, met = room_for(len(text)), np.zeros(8, np.int64)
    count, size, _ = unitized(text, tables, ascii_of(tables[3]), room, met, True)
    told = count, size, met[IDEOGRAPH], met[SYLLABLE], met[MASK]
    count = max(count, 0)
    words = room[0][:count].copy(), room[1][:count].copy(), room[2][:count].copy()
    return told, words, room[3][:size].copy(), room[4][: count + 1].copy()


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
    total, power = _0, _1
    for first in range(0, len(hashes), _STRETCH):
        part, some = _0, hashes[first : first + _STRETCH]
        for i in range(len(some)):
            part += some[i] * _LINE_POWERS[i]
        total += part * power
        power *= _LINE_POWERS[_STRETCH - 1]
    return mix(total)


@compiled
def paragraphs(hashes, breaks, fewest):
    """The sorted hashes of the lines with enough words, each once; `breaks` say where lines end."""
    values = np.empty(len(hashes) // fewest + 1, np.uint64)
    count, first = 0, 0
    for end in breaks:
        if end - first >= fewest:
            values[count] = _line_hash(hashes[first:end])
            count += 1
        first = end
    return distinct(ordered(values[:count], 64))


@compiled
def leave_out(hashes, breaks, fewest, blocks):
    """Set the hashes of the words to 0 that stand in a line among `blocks`, which are sorted line hashes."""
    first = 0
    for end in breaks:
        if end - first >= fewest:
            value = _line_hash(hashes[first:end])
            found = np.searchsorted(blocks, value)
            if found < len(blocks) and blocks[found] == value:
                hashes[first:end] = _0
        first = end


@compiled
def ordered(values, bits):
    """The values, hashes below 2 ** bits, sorted."""
    count = len(values)
    if count > _FEW:
        return np.sort(values)
    return _by_counting(values) if count <= _VERY_FEW else _by_first_bits(values, np.uint64(bits) - _6)


@compiled
def _by_counting(values):
    """The values sorted: each is put where as many as are less leave it."""
    found = np.empty_like(values)
    for i in range(len(values)):
        value, rank = values[i], 0
        for j in range(len(values)):
            rank += values[j] < value
        for j in range(i):
            rank += values[j] == value
        found[rank] = value
    return found


@compiled
def _by_first_bits(values, shift):
    """The values sorted: by their six first bits, which puts most in their place, then one by one."""
    found, places = np.empty_like(values), np.zeros(65, np.int32)
    for value in values:
        places[(value >> shift) + _1] += 1
    for first in range(64):
        places[first + 1] += places[first]
    for value in values:
        found[places[value >> shift]] = value
        places[value >> shift] += 1
    for i in range(1, len(found)):
        value, at = found[i], i
        while at > 0 and found[at - 1] > value:
            found[at] = found[at - 1]
            at -= 1
        found[at] = value
    return found


@compiled
def distinct(values):
    """Sorted values, each once, in their own array."""
    count = 0
    for value in values:
        if not count or values[count - 1] != value:
            values[count] = value
            count += 1
    return values[:count]
