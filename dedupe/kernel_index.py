"""Compiled: looking up the candidate index, as `dedupe.candidates` has it."""

import numpy as np

from dedupe.kernel_words import compiled

_NOBODY = 0xFFFFFFFF
_32, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)


_DIGIT = np.uint64(10)  # bits of a value looked at at once


@compiled
def in_order(values, low, high):
    """Sort values (uint64) by their bits from `low` to below `high`; those equal in these stay as given."""
    turn, mask = np.empty_like(values), (np.uint64(1) << _DIGIT) - np.uint64(1)
    source, target = values, turn
    shift = np.uint64(low)
    while shift < np.uint64(high):
        places = np.zeros(mask + np.uint64(2), np.int64)
        for value in source:
            places[((value >> shift) & mask) + np.uint64(1)] += 1
        for digit in range(len(places) - 1):
            places[digit + 1] += places[digit]
        for value in source:
            digit = (value >> shift) & mask
            target[places[digit]] = value
            places[digit] += 1
        source, target, shift = target, source, shift + _DIGIT
    return source


@compiled
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


@compiled
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


@compiled
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


@compiled
def all_partners(owners, ends, under, postings, limits):
    """(which of the owners, handles, shared keys, place of one of them) of the texts worth a look beside
    each of many new ones; whose keys stand where is said by `ends`, int64, one more than owners.
    """
    firsts, handles, new = postings
    room = 4 * len(owners) + 64
    found = np.empty((room, 4), np.int64)
    count = 0
    for owner in range(len(owners)):
        own = under[ends[owner] : ends[owner + 1]]
        some = partners(owners[owner], own, firsts, handles, new, limits[0], limits[1])
        while count + len(some[0]) > len(found):
            found = np.concatenate((found, np.empty_like(found)))
        for i in range(len(some[0])):
            found[count, 0], found[count, 1] = owner, np.int64(some[0][i])
            found[count, 2], found[count, 3] = some[1][i], some[2][i]
            count += 1
    return found[:count]
