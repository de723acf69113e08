"""Compiled: shingles, signatures and keys, as `dedupe.words` and `dedupe.sketch` have them."""

import numpy as np

from dedupe.kernel_words import compiled, distinct, mix
from dedupe.sha1 import LANES, MASKS, START, compress
from dedupe.words import WORDS

_STEP = np.uint64(0xD6E8FEB86659FD93)
_PREMIX_1, _PREMIX_2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_0, _24 = np.uint64(0), np.uint64(24)


@compiled
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
        found[i] = mix(total)
        whole[i] = masked <= 0


@compiled
def signature(text, size, whole, permutations, least):
    """The MinHash of the shingles that are whole, in `least`; how many there are.

    `text` is the UTF-8 and where each unit begins in it; in texts of words a space stands after each.
    """
    utf8, places = text
    gap = 1 if size == WORDS else 0
    begins, lengths = np.empty(len(whole), np.int64), np.empty(len(whole), np.int64)
    count, most = 0, 0
    for i in range(len(whole)):
        if whole[i]:
            begins[count], lengths[count] = places[i], places[i + size] - gap - places[i]
            most = max(most, (lengths[count] + 8) // 64 + 1)
            count += 1
    padded = np.empty(len(utf8) + 128, np.uint8)  # compress reads beyond the end
    padded[: len(utf8)] = utf8
    hashes = np.empty(count, np.uint32)
    done = 0
    for blocks in range(1, most + 1):
        if done < count:
            done += _digests(padded, begins[:count], lengths[:count], blocks, hashes[done:])
    _permute(hashes, permutations[0], permutations[1], least)
    return count


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
    return distinct(np.sort(kept[:count]))


@compiled
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
        key = mix(found[least]) >> _24
        if not count or kept[count - 1] != key:
            kept[count] = key
            count += 1
    return count
