"""SHA-1 of sixteen short messages at once, for the compiled kernels.

datasketch hashes every shingle with SHA-1, and that is where its time goes.  Here one block of sixteen
messages is a straight line of vector code, which LLVM fits to whatever the machine has; the digests
are SHA-1's (FIPS 180-4).
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

LANES = 16  # messages at once
START = np.repeat(np.array([0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0], np.uint32), LANES)
"""The state before the first block, as `compress` takes it: five words of LANES lanes."""
MASKS = np.zeros((66, 2, 64), np.uint8)
"""For a block with -1 to 64 bytes of a message left: which bytes are its own, and the bit after them."""
MASKS[1:, 0][np.tri(65, 64, -1, dtype=bool)] = 0xFF
MASKS[1:65, 1][np.eye(64, dtype=bool)] = 0x80
MASKS = MASKS.ravel()

ONE_BLOCK = 55  # bytes of a message that fits into one block with its padding

_WORDS, _BLOCK = 16, 64  # words and bytes of a block
_ROUND = (0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6)  # added in each twenty rounds
_INT, _LONG = ir.IntType(32), ir.IntType(64)
_VECTOR = ir.VectorType(_INT, LANES)


@intrinsic
def compress(
    _typing: Any, text: Any, starts: Any, lengths: Any, block: Any, last: Any, masks: Any, state: Any
) -> Any:
    """Work one block of each message into the state.

    `text` is uint8 and can be read to 64 bytes beyond the block; `starts` and `lengths` say where the
    messages lie in it, int64[LANES] and int32[LANES]; `block` and `last` are numbers of blocks; `masks` is
    `MASKS`; `state` is uint32[5 * LANES], lanes innermost.
    """

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        data = {
            i: context.make_array(signature.args[i])(context, builder, arguments[i]).data
            for i in (0, 1, 2, 5, 6)
        }
        words = _message(builder, data, arguments[3:5])
        places = [_element(builder, _vectors(builder, data[6]), i) for i in range(5)]
        before = [builder.load(place, align=4) for place in places]
        for place, old, new in zip(places, before, _rounds(builder, words, before), strict=True):
            builder.store(builder.add(old, new), place, align=4)
        return context.get_dummy_value()

    return types.void(text, starts, lengths, block, last, masks, state), build


@intrinsic
def hash_short(_typing: Any, text: Any, begins: Any, lengths: Any, masks: Any, out: Any) -> Any:
    """Put the first digest words of LANES messages, as datasketch mixes them before it permutes, to `out`.

    Messages are of ONE_BLOCK bytes at most; `begins` and `lengths` are int32, `out` is uint32, LANES each.
    """

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        text, begins, lengths, masks, out = (
            context.make_array(kind)(context, builder, value).data
            for kind, value in zip(signature.args, arguments, strict=True)
        )
        rows = []
        for lane in range(LANES):
            at = builder.sext(builder.load(_element(builder, begins, lane)), _LONG)
            row = builder.load(_vectors(builder, builder.gep(text, [at])), align=1)
            rows.append(_padded(builder, row, builder.load(_element(builder, lengths, lane)), masks))
        words = [builder.call(_swap(builder), [word]) for word in _transposed(builder, rows)]
        words[-2] = _constant(0)
        words[-1] = builder.mul(builder.load(_vectors(builder, lengths), align=4), _constant(8))
        state = [_constant(value) for value in START[::LANES].tolist()]
        digest = builder.add(state[0], _rounds(builder, words, state)[0])
        builder.store(_premixed(builder, digest), _vectors(builder, out), align=4)
        return context.get_dummy_value()

    return types.void(text, begins, lengths, masks, out), build


def _premixed(builder: ir.IRBuilder, value: Any) -> Any:
    """A digest word as datasketch reads it, little-endian, mixed by MurmurHash3's fmix32."""
    value = builder.call(_swap(builder), [value])
    for shift, times in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        value = builder.mul(builder.xor(value, builder.lshr(value, _constant(shift))), _constant(times))
    return builder.xor(value, builder.lshr(value, _constant(16)))


def _message(builder: ir.IRBuilder, data: dict[int, Any], blocks: Any) -> list[Any]:
    """The sixteen words of one block, padded: the bytes, a one bit, zeros, in the last block the length."""
    text, starts, lengths, masks = (data[i] for i in (0, 1, 2, 5))
    block, last = blocks
    skipped = builder.mul(block, ir.Constant(_INT, _BLOCK))
    rows = []
    for lane in range(LANES):
        begin = builder.add(builder.load(_element(builder, starts, lane)), builder.sext(skipped, _LONG))
        left = builder.sub(builder.load(_element(builder, lengths, lane)), skipped)
        row = builder.load(_vectors(builder, builder.gep(text, [begin])), align=1)
        rows.append(_padded(builder, row, left, masks))
    words = [builder.call(_swap(builder), [word]) for word in _transposed(builder, rows)]
    total = builder.mul(builder.load(_vectors(builder, lengths), align=4), _constant(8))
    ends = builder.icmp_signed("==", block, last)
    words[-1] = builder.select(ends, builder.add(words[-1], total), words[-1])
    return words


def _padded(builder: ir.IRBuilder, row: Any, left: Any, masks: Any) -> Any:
    """The bytes of one message's block, those beyond its end replaced by a one bit and zeros."""
    least, most = ir.Constant(_INT, -1), ir.Constant(_INT, _BLOCK)
    left = builder.select(builder.icmp_signed("<", left, least), least, left)
    left = builder.select(builder.icmp_signed(">", left, most), most, left)
    place = builder.mul(builder.add(left, ir.Constant(_INT, 1)), ir.Constant(_INT, 2 * _BLOCK))
    at = builder.gep(masks, [builder.sext(place, _LONG)])
    kept = builder.load(_vectors(builder, at), align=1)
    ended = builder.load(_vectors(builder, _element(builder, at, _BLOCK)), align=1)
    return builder.or_(builder.and_(row, kept), ended)


def _transposed(builder: ir.IRBuilder, rows: list[Any]) -> list[Any]:
    """Vectors of the first, the second ... element of each row; blocks are exchanged, then their halves."""
    rows = list(rows)
    for step in (1, 2, 4, 8):
        low = [j if not j & step else LANES + j - step for j in range(LANES)]
        high = [j + step if not j & step else LANES + j for j in range(LANES)]
        for i in range(LANES):
            if not i & step:
                a, b = rows[i], rows[i + step]
                rows[i] = builder.shuffle_vector(a, b, ir.Constant(_VECTOR, low))
                rows[i + step] = builder.shuffle_vector(a, b, ir.Constant(_VECTOR, high))
    return rows


def _swap(builder: ir.IRBuilder) -> ir.Function:
    """LLVM's own: the bytes of every element in reverse order."""
    kind = ir.FunctionType(_VECTOR, [_VECTOR])
    return cgutils.get_or_insert_function(builder.module, kind, f"llvm.bswap.v{LANES}i32")


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


def _element(builder: ir.IRBuilder, pointer: Any, place: int) -> Any:
    return builder.gep(pointer, [ir.Constant(ir.IntType(64), place)])


def _vectors(builder: ir.IRBuilder, pointer: Any) -> Any:
    return builder.bitcast(pointer, _VECTOR.as_pointer())
