"""What the compiled kernels do with 64 characters, or one word, at once.

It is vector code, which LLVM fits to the machine.  Places and counts are uint64.
"""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

BLOCK = 64  # characters looked at at once
CHUNK = 8  # bytes of a word summed at once

_BYTE, _LONG = ir.IntType(8), ir.IntType(64)
_BLOCK, _CHUNK, _SUMS = ir.VectorType(_BYTE, BLOCK), ir.VectorType(_BYTE, CHUNK), ir.VectorType(_LONG, CHUNK)
_RADIX = 0x9E3779B97F4A7C15
_POWERS = ir.Constant(_SUMS, [pow(_RADIX, k, 1 << 64) for k in range(1, CHUNK + 1)])


@intrinsic
def classes(_typing: Any, text: Any, i: Any, folded: Any) -> Any:
    """Which of BLOCK bytes from `i` on are in words, which are ends of lines, which ask for another look: a
    bit each, uint64.  What they fold to goes to the same places of `folded`: a space for what is in no word.

    Both arrays are uint8.  Another look is for what is beyond ASCII, and the mask sign.
    """

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        source, target = (
            builder.bitcast(builder.gep(_data(context, builder, signature, arguments, k), [arguments[1]]),
                            _BLOCK.as_pointer())
            for k in (0, 2)
        )  # fmt: skip
        given = builder.load(source, align=1)
        small = builder.or_(given, _all(0x20))
        letter = _within(builder, small, "a", 26)
        inside = builder.or_(letter, _within(builder, given, "0", 10))
        inside = builder.or_(inside, builder.icmp_unsigned("==", given, _all(ord("_"))))
        odd = builder.or_(
            builder.icmp_unsigned(">=", given, _all(0x80)),
            builder.icmp_unsigned("==", given, _all(ord("@"))),
        )
        made = builder.select(inside, builder.select(letter, small, given), _all(0x20))
        builder.store(made, target, align=1)
        ended = builder.icmp_unsigned("==", given, _all(10))
        masks = [builder.bitcast(found, _LONG) for found in (inside, ended, odd)]
        return context.make_tuple(builder, signature.return_type, masks)

    return types.UniTuple(types.uint64, 3)(text, i, folded), build


@intrinsic
def sum_of_chunk(_typing: Any, text: Any, at: Any, count: Any) -> Any:
    """(sum, whether beyond ASCII) of `count` bytes from `at` on, 1 to CHUNK, each times a power of the radix.

    `text` is uint8 and can be read to CHUNK bytes beyond.
    """

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        place = builder.gep(_data(context, builder, signature, arguments, 0), [arguments[1]])
        given = builder.load(builder.bitcast(place, _LONG.as_pointer()), align=1)
        spare = builder.mul(builder.sub(_long(CHUNK), arguments[2]), _long(8))
        given = builder.and_(given, builder.lshr(_long(-1), spare))
        wide = builder.icmp_unsigned("!=", builder.and_(given, _long(0x8080808080808080)), _long(0))
        each = builder.mul(builder.zext(builder.bitcast(given, _CHUNK), _SUMS), _POWERS)
        kind = ir.FunctionType(_LONG, [_SUMS])
        reduce = cgutils.get_or_insert_function(builder.module, kind, f"llvm.vector.reduce.add.v{CHUNK}i64")
        told = [builder.call(reduce, [each]), builder.zext(wide, _LONG)]
        return context.make_tuple(builder, signature.return_type, told)

    return types.UniTuple(types.uint64, 2)(text, at, count), build


@intrinsic
def lowest(_typing: Any, _bits: Any) -> Any:
    """The place of the lowest bit of a number, uint64."""

    def build(_context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), build


@intrinsic
def how_many(_typing: Any, _bits: Any) -> Any:
    """How many bits of a number, uint64, are set."""

    def build(_context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), build


@intrinsic
def copy_block(_typing: Any, source: Any, i: Any, target: Any, at: Any) -> Any:
    """Copy BLOCK bytes from one uint8 array to another."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        one, other = (
            builder.bitcast(builder.gep(_data(context, builder, signature, arguments, k), [arguments[k + 1]]),
                            _BLOCK.as_pointer())
            for k in (0, 2)
        )  # fmt: skip
        builder.store(builder.load(one, align=1), other, align=1)
        return context.get_dummy_value()

    return types.void(source, i, target, at), build


def _data(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any, k: int) -> Any:
    """Where an array's elements lie."""
    return context.make_array(signature.args[k])(context, builder, arguments[k]).data


def _within(builder: ir.IRBuilder, given: Any, first: str, count: int) -> Any:
    return builder.icmp_unsigned("<", builder.sub(given, _all(ord(first))), _all(count))


def _all(value: int) -> ir.Constant:
    return ir.Constant(_BLOCK, [value] * BLOCK)


def _long(value: int) -> ir.Constant:
    return ir.Constant(_LONG, value)
