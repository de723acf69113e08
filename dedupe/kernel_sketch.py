"""Compiled: shingles, signatures and keys, as `dedupe.words` and `dedupe.sketch` have them."""

import numpy as np

from dedupe.kernel_words import compiled, distinct, mix, ordered
from dedupe.sha1 import LANES, MASKS, ONE_BLOCK, START, compress, hash_short
from dedupe.words import WORDS

_STEP = np.uint64(0xD6E8FEB86659FD93)
_PREMIX_1, _PREMIX_2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_0, _24 = np.uint64(0), np.uint64(24)


@compiled
def runs(hashes, size, found, whole):
    """The shingle at each word, and whether one begins there."""
    count, hidden = len(found), 0
    found[:] = _0
    for k in range(size):
        part = hashes[k : k + count]
        for i in range(count):
            found[i] = found[i] * _STEP + part[i]
    for i in range(count):
        found[i] = mix(found[i])
    for i in range(count + size - 1):
        hidden += hashes[i] == _0
    whole[:] = True
    if hidden:
        for i in range(count + size - 1):
            if hashes[i] == 0:
                whole[max(i - size + 1, 0) : i + 1] = False


@compiled
def signature(text, size, whole, permutations, least):
    """The MinHash of the shingles that are whole, in `least`; how many there are.

    `text` is the UTF-8 and where each unit begins in it; in texts of words a space stands after each.
    """
    utf8, places = text
    gap = np.int32(1 if size == WORDS else 0)
    begins, lengths = np.empty(len(whole) + LANES, np.int32), np.empty(len(whole) + LANES, np.int32)
    long_begins, long_lengths = np.empty(len(whole), np.int64), np.empty(len(whole), np.int64)
    short, long = 0, 0
    for i in range(len(whole)):
        begin, length = places[i], places[i + size] - gap - places[i]
        begins[short], lengths[short] = begin, length
        long_begins[long], long_lengths[long] = begin, length
        fits = length <= ONE_BLOCK
        short += whole[i] & fits
        long += whole[i] & (not fits)
    begins[short : short + LANES], lengths[short : short + LANES] = 0, 0
    padded = np.empty(len(utf8) + 128, np.uint8)  # blocks are read beyond the end
    padded[: len(utf8)] = utf8
    hashes = np.empty(short + long + LANES, np.uint32)
    for first in range(0, short, LANES):
        hash_short(padded, begins[first:], lengths[first:], MASKS, hashes[first:])
    _long_digests(padded, long_begins[:long], long_lengths[:long], hashes[short:])
    _permute(hashes[: short + long], permutations[0], permutations[1], least)
    return short + long


@compiled
def _long_digests(text, begins, lengths, hashes):
    """The premixed first digest words of messages of more than one block, those of equally many together."""
    most = 0
    for i in range(len(lengths)):
        most = max(most, (lengths[i] + 8) // 64 + 1)
    done = 0
    for blocks in range(2, most + 1):
        if done < len(begins):
            done += _digests(text, begins, lengths, blocks, hashes[done:])


@compiled
def _digests(text, begins, lengths, blocks, hashes):
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
                compress(text, starts, left, np.int32(block), np.int32(blocks - 1), MASKS, state)
            for lane in range(count):
                hashes[done + lane] = _premix(state[lane])
            done, count = done + count, 0
    return done


@compiled
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


@compiled
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


@compiled
def keys(found, whole, width):
    """The sorted keys of a text: of each `width` neighbouring shingles the least, mixed and cut."""
    kept, scratch = np.empty(len(found), np.uint64), np.empty((2, len(found)), np.uint64)
    count, start = 0, 0
    while start < len(found):
        if not whole[start]:
            start += 1
            continue
        end = start
        while end < len(found) and whole[end]:
            end += 1
        count = _winnow(found[start:end], min(width, end - start), scratch, kept, count)
        start = end
    for i in range(count):
        kept[i] = mix(kept[i]) >> _24
    return distinct(ordered(kept[:count], 40))


@compiled
def _winnow(found, wide, scratch, kept, count):
    """How many are in `kept`, now that the least of every `wide` neighbours are, too.

    The least of 1, 2, 4 ... neighbours are taken in turn, of all places at once.
    """
    least, turn, span = found, 0, 1
    while 2 * span <= wide:
        _lesser(least, span, scratch[turn])
        least, turn, span = scratch[turn][: len(least) - span], 1 - turn, 2 * span
    if span < wide:
        _lesser(least, wide - span, scratch[turn])
        least = scratch[turn]
    for first in range(len(found) - wide + 1):
        kept[count] = least[first]
        count += first == 0 or least[first] != least[first - 1]
    return count


@compiled
def _lesser(values, step, out):
    """The lesser of each value and the one so many places further on."""
    for i in range(len(values) - step):
        out[i] = min(values[i], values[i + step])
