"""SHA-1 of sixteen short messages at once, for the compiled kernels.

datasketch hashes every shingle with SHA-1, and that is where its time goes.  Here one block of sixteen
messages is a straight line of vector code, which LLVM fits to whatever the machine has; the digests
are SHA-1's (FIPS 180-4).
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

LANES = 16  # messages at once
START = np.repeat(np.array([0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0], np.uint32), LANES)
"""The state before the first block, as `compress` takes it: five words of LANES lanes."""

_WORDS = 16  # in a block
_ROUND = (0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6)  # added in each twenty rounds
_INT = ir.IntType(32)
_VECTOR = ir.VectorType(_INT, LANES)


@intrinsic
def compress(_typing: Any, ahead: Any, starts: Any, lengths: Any, block: Any, last: Any, state: Any) -> Any:
    """Work one block of each message into the state.

    `ahead` holds at each place of a buffer the four bytes from there on as a big-endian word, to 64
    words beyond the longest message; `starts` and `lengths` say where the messages lie, int64[LANES] and
    int32[LANES]; `block` and `last` are numbers of blocks; `state` is uint32[5 * LANES], lanes innermost.
    """

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        data = {
            i: context.make_array(signature.args[i])(context, builder, arguments[i]).data
            for i in (0, 1, 2, 5)
        }
        words = _message(builder, data[0], data[1], data[2], arguments[3:5])
        places = [_element(builder, _vectors(builder, data[5]), i) for i in range(5)]
        before = [builder.load(place, align=4) for place in places]
        for place, old, new in zip(places, before, _rounds(builder, words, before), strict=True):
            builder.store(builder.add(old, new), place, align=4)
        return context.get_dummy_value()

    return types.void(ahead, starts, lengths, block, last, state), build


def _message(builder: ir.IRBuilder, ahead: Any, starts: Any, lengths: Any, blocks: Any) -> list[Any]:
    """The sixteen words of one block, padded: the bytes, a one bit, zeros, in the last block the length."""
    block, last = blocks
    skipped = builder.mul(block, ir.Constant(_INT, 64))
    begins = [
        builder.gep(
            ahead, [builder.add(builder.load(_element(builder, starts, lane)), _wide(builder, skipped))]
        )
        for lane in range(LANES)
    ]
    total = builder.load(_vectors(builder, lengths), align=4)
    left = builder.sub(total, _spread(builder, skipped))
    words = []
    for word in range(_WORDS):
        value = ir.Constant(_VECTOR, ir.Undefined)
        for lane, begin in enumerate(begins):
            value = builder.insert_element(
                value, builder.load(_element(builder, begin, 4 * word)), ir.Constant(_INT, lane)
            )
        words.append(_padded(builder, value, builder.sub(left, _constant(4 * word))))
    ends = builder.icmp_signed("==", block, last)
    words[-1] = builder.select(ends, builder.mul(total, _constant(8)), words[-1])
    return words


def _padded(builder: ir.IRBuilder, value: Any, left: Any) -> Any:
    """A word of which so many bytes are the message's, with the one bit behind the last of them."""

    def at_least(count: int) -> Any:
        return builder.icmp_signed(">=", left, _constant(count))

    partly = builder.select(at_least(4), _constant(0), builder.select(at_least(0), left, _constant(0)))
    bits = builder.mul(partly, _constant(8))
    kept = builder.and_(value, builder.not_(builder.lshr(_constant(0xFFFFFFFF), bits)))
    ended = builder.or_(kept, builder.lshr(_constant(0x80000000), bits))
    return builder.select(at_least(4), value, builder.select(at_least(0), ended, _constant(0)))


def _rounds(builder: ir.IRBuilder, words: list[Any], before: list[Any]) -> list[Any]:
    """The eighty rounds over one block: what is added to the state."""
    a, b, c, d, e = before
    for turn in range(80):
        word = words[turn % _WORDS]
        if turn >= _WORDS:
            for back in (3, 8, 14):
                word = builder.xor(word, words[(turn - back) % _WORDS])
            word = words[turn % _WORDS] = _rotated(builder, word, 1)
        mixed = builder.add(_choice(builder, turn // 20, b, c, d), _constant(_ROUND[turn // 20]))
        total = builder.add(builder.add(_rotated(builder, a, 5), mixed), builder.add(e, word))
        a, b, c, d, e = total, a, _rotated(builder, b, 30), c, d
    return [a, b, c, d, e]


def _choice(builder: ir.IRBuilder, part: int, b: Any, c: Any, d: Any) -> Any:
    if part == 0:
        return builder.xor(d, builder.and_(b, builder.xor(c, d)))
    if part == 2:
        return builder.or_(builder.and_(b, c), builder.and_(d, builder.or_(b, c)))
    return builder.xor(b, builder.xor(c, d))


def _constant(value: int) -> ir.Constant:
    return ir.Constant(_VECTOR, [value] * LANES)


def _rotated(builder: ir.IRBuilder, value: Any, left: int) -> Any:
    return builder.or_(builder.shl(value, _constant(left)), builder.lshr(value, _constant(32 - left)))


def _spread(builder: ir.IRBuilder, number: Any) -> Any:
    """A number in every lane."""
    first = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), number, ir.Constant(_INT, 0))
    return builder.shuffle_vector(first, ir.Constant(_VECTOR, ir.Undefined), _constant(0))


def _element(builder: ir.IRBuilder, pointer: Any, place: int) -> Any:
    return builder.gep(pointer, [ir.Constant(ir.IntType(64), place)])


def _vectors(builder: ir.IRBuilder, pointer: Any) -> Any:
    return builder.bitcast(pointer, _VECTOR.as_pointer())


def _wide(builder: ir.IRBuilder, number: Any) -> Any:
    return builder.sext(number, ir.IntType(64))
