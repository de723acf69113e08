"""Compiled: the runs of shingles that two texts share, as `dedupe.compare` has it."""

import numpy as np

from dedupe.kernel_words import compiled


@compiled
def slots(places):
    """Slots of a hash table of so many places: a power of two."""
    count = 16
    while count < 2 * places:
        count *= 2
    return count


@compiled
def chains(values, usable, tried, table, leads):
    """How many distinct values there are; each one's first `tried` places go into the hash table.

    The table is the newest place of each slot, -1 at first, and the one before it of each place; in
    `leads` a value's first place is marked.
    """
    heads, following = table
    mask, distinct = np.uint64(len(heads) - 1), 0
    for i in range(len(values)):
        if not usable[i]:
            continue
        slot = values[i] & mask
        j, same = heads[slot], 0
        while j >= 0 and same < tried:
            same += values[j] == values[i]
            j = following[j]
        leads[i] = same == 0
        distinct += same == 0
        if same < tried:
            following[i] = heads[slot]
            heads[slot] = i
    return distinct


@compiled
def shared(a, leads, b, table):
    """How many distinct values of a, which `leads` marks, stand in b."""
    heads, following = table
    mask, count = np.uint64(len(heads) - 1), 0
    for i in range(len(a)):
        if leads[i]:
            j = heads[a[i] & mask]
            while j >= 0 and b[j] != a[i]:
                j = following[j]
            count += j >= 0
    return count


@compiled
def _agreeing(a, a_whole, b, b_whole, i, j, step):
    """How many shingles agree from a pair of places on, forwards or backwards."""
    count = 0
    while 0 <= i < len(a) and 0 <= j < len(b) and a_whole[i] and b_whole[j] and a[i] == b[j]:
        i, j, count = i + step, j + step, count + 1
    return count


@compiled
def aligned_in(a, a_whole, b, b_whole, table, out):
    """How many runs were written to `out`, each (place in a, place in b, shingles), in order of a."""
    heads, following = table
    mask = np.uint64(len(heads) - 1)
    count, reached = 0, 0
    for i in range(len(a)):
        if i < reached or not a_whole[i]:
            continue
        length, start, place = 0, 0, 0
        j = heads[a[i] & mask]
        while j >= 0:
            if b[j] == a[i]:
                ahead = _agreeing(a, a_whole, b, b_whole, i, j, 1)
                back = _agreeing(a, a_whole, b, b_whole, i - 1, j - 1, -1)
                longer = ahead + back > length or (ahead + back == length and i - back < start)
                if longer or (ahead + back == length and i - back == start and j - back < place):
                    length, start, place = ahead + back, i - back, j - back
            j = following[j]
        if length:
            out[count, 0], out[count, 1], out[count, 2] = start, place, length
            count, reached = count + 1, start + length
    return count


@compiled
def aligned(a, a_whole, b, b_whole, tried, out):
    """The same for two texts of which no table is made yet."""
    table = np.full(slots(len(b)), -1, np.int32), np.empty(len(b), np.int32)
    chains(b, b_whole, tried, table, np.empty(len(b), np.bool_))
    return aligned_in(a, a_whole, b, b_whole, table, out)
