import {
  clamp, ERF, erf, evaluate, EXP, exp, EXPM1, expm1, LEAKY_RELU, LOG, log, ONE, RELU, RELU6, RSQRT, rsqrt, SELU, selu, SIGMOID,
  sigmoid, SIGN, sign, SOFTPLUS, softplus, SQRT, sqrt, SQUARE, STEP, TANH, tanh, UNIT,
} from './elementwise';
import {
  ADD, combine, DIVIDE, EQUAL, GREATER, GREATER_EQUAL, MAXIMUM, MINIMUM, MULTIPLY, NOT_EQUAL, SUBTRACT, test,
} from './zip';

// A chain of functions of single numbers over arrays of `count` numbers, a block at a time: what one step leaves for the next stays
// in the first cache. A program at `p`, in words of 32 bits:
//   count, operands, steps; for each operand: kind, value, width, times; for each step: opcode, operand of the result, operands.
// src/program/fused-program.ts writes it and says what the kinds are.

/** Numbers of a block. */
const BLOCK = 256;
/** Numbers that a step does at a time. What is left of an array goes through the operands' groups in the scratch memory. */
const GROUP = 16;

/** Operands and blocks of scratch memory that a program may have. */
const OPERANDS = 64, BLOCKS = 24;

const FULL = 0, NUMBER = 1, ROWS = 2, BYTES = 3, LITERAL = 4, REGISTER = 5;
/** Rows that repeat from end to end: a block and another row of them, laid out once. */
const REPEATED = 6;

// Opcodes: functions of one number as `evaluate` counts them, then, each from its own first, those of `combine` and `test`.
const COMBINE = 64, TEST = 80, SELECT = 96, CLIP = 97, COPY = 98, AND = 99, OR = 100, NOT = 101;

const SIZE_OF_OPERAND: usize = 16, SIZE_OF_STEP: usize = 20;

// What is kept of each operand, in bytes from the start of its entry: where its numbers of this block are, and how far those of one
// group are from the next one's; where its block 0 is, and a mask of how far the blocks move; its kind, its scratch block, whether a
// step writes it.
const POINTER: usize = 0, STRIDE: usize = 4, BASE: usize = 8, MASK: usize = 12, KIND: usize = 16, OWN_BLOCK: usize = 20, IS_RESULT: usize = 24,
  ENTRY: usize = 32;

// The scratch memory: entries, a group for each operand, blocks. Operands that a step lacks have the number -1.
const GROUPS: usize = ENTRY * (OPERANDS + 2), GROUP_BYTES: usize = GROUP * 4, BLOCK_BYTES: usize = BLOCK * 4;
const FIRST_BLOCK: usize = GROUPS + GROUP_BYTES * (OPERANDS + 2);

/** Floats of scratch memory that `fused` needs. */
export function fusedScratch(): i32 {
  return <i32>(FIRST_BLOCK >> 2) + BLOCKS * BLOCK;
}

/** Units of work of a program over `count` numbers. */
export function fusedUnits(count: i32): i32 {
  return (count + UNIT - 1) / UNIT;
}

/** Runs the program at `p`; of its units of work those from `first` to before `last`. */
export function fused(p: usize, first: i32, last: i32, scratch: usize): void {
  const count = load<i32>(p), operands = load<i32>(p, 4);
  const steps = p + 12 + <usize>operands * SIZE_OF_OPERAND;
  const stepsEnd = steps + <usize>load<i32>(p, 8) * SIZE_OF_STEP;
  const table = scratch + ENTRY, groups = scratch + GROUPS + GROUP_BYTES;
  const moves = prepare(p + 12, operands, steps, stepsEnd, scratch, count);
  const end = min(last * UNIT, count);
  for (let at = first * UNIT; at < end; ) {
    const left = end - at;
    const isRest = left < GROUP;
    const size = isRest ? left : min(left, BLOCK) & -GROUP;
    for (let entry = table; entry < table + <usize>operands * ENTRY; entry += ENTRY) {
      store<usize>(entry, load<usize>(entry, BASE) + (<usize>at << 2 & load<usize>(entry, MASK)), POINTER);
    }
    if (moves || isRest) fetch(p + 12, operands, table, groups, at, size);
    for (let step = steps; step < stepsEnd; step += SIZE_OF_STEP) {
      const out = table + <usize>load<i32>(step, 4) * ENTRY, a = table + <usize>load<i32>(step, 8) * ENTRY, b = table + <usize>load<i32>(step, 12) * ENTRY,
        c = table + <usize>load<i32>(step, 16) * ENTRY;
      run(
        load<i32>(step), load<usize>(out, POINTER), load<usize>(a, POINTER), load<usize>(a, STRIDE), load<usize>(b, POINTER),
        load<usize>(b, STRIDE), load<usize>(c, POINTER), load<usize>(c, STRIDE), isRest ? GROUP : size,
      );
    }
    if (moves || isRest) put(p + 12, operands, table, at, size);
    at += size;
  }
}

/** Makes the table of operands. Answers whether some of them are not simply one after the other in memory. */
function prepare(operand: usize, operands: i32, step: usize, stepsEnd: usize, scratch: usize, count: i32): bool {
  let blocks = 0, moves = false;
  let entry = scratch, group = scratch + GROUPS;
  // Of the operand -1 anything may be read.
  store<usize>(entry, group, POINTER);
  store<usize>(entry, 0, STRIDE);
  for (let i = 0; i < operands; i++) {
    const from = operand + <usize>i * SIZE_OF_OPERAND;
    if (load<i32>(from) == REGISTER) blocks = max(blocks, load<i32>(from, 4) + 1);
  }
  for (let i = 0; i < operands; i++) {
    const from = operand + <usize>i * SIZE_OF_OPERAND;
    let kind = load<i32>(from);
    const value = load<usize>(from, 4);
    let base = value, mask: usize = 0, stride: usize = GROUP_BYTES;
    entry += ENTRY;
    group += GROUP_BYTES;
    if (kind == FULL) {
      mask = -1;
    } else if (kind == NUMBER || kind == LITERAL) {
      splatGroup(kind == NUMBER ? value : from + 4, group);
      base = group;
      stride = 0;
    } else if (kind == REGISTER) {
      base = scratch + FIRST_BLOCK + value * BLOCK_BYTES;
    } else {
      moves = true;
      base = scratch + FIRST_BLOCK + <usize>blocks * BLOCK_BYTES;
      blocks++;
      const width = load<i32>(from, 8), times = load<i32>(from, 12);
      // One row for all.
      if (kind == ROWS && width <= BLOCK && (count - 1) / width < times) {
        kind = REPEATED;
        blocks++;
        // A block may begin anywhere in the row.
        repeat(value, width, base, width + min(BLOCK, count));
      }
    }
    store<usize>(entry, base, BASE);
    store<usize>(entry, mask, MASK);
    store<usize>(entry, stride, STRIDE);
    store<i32>(entry, kind, KIND);
    store<usize>(entry, base, OWN_BLOCK);
    store<i32>(entry, 0, IS_RESULT);
  }
  for (; step < stepsEnd; step += SIZE_OF_STEP) {
    store<i32>(scratch + ENTRY + <usize>load<i32>(step, 4) * ENTRY, 1, IS_RESULT);
  }
  return moves;
}

/** `size` numbers: the `width` at `from`, at least as often as they fit. */
function repeat(from: usize, width: i32, to: usize, size: i32): void {
  copyRun(from, to, width);
  for (let filled = width; filled < size; filled += filled) {
    copyRun(to, to + (<usize>filled << 2), min(filled, size - filled));
  }
}

function splatGroup(from: usize, group: usize): void {
  const number = v128.load32_splat(from);
  v128.store(group, number);
  v128.store(group, number, 16);
  v128.store(group, number, 32);
  v128.store(group, number, 48);
}

/** Brings the `size` numbers from the one at `at` of those operands where they do not lie ready. */
function fetch(operand: usize, operands: i32, entry: usize, group: usize, at: i32, size: i32): void {
  const isRest = size < GROUP;
  for (let i = 0; i < operands; i++) {
    const kind = load<i32>(entry, KIND);
    const value = load<usize>(operand, 4), block = load<usize>(entry, OWN_BLOCK);
    if (kind == FULL) {
      if (isRest) {
        if (load<i32>(entry, IS_RESULT) == 0) copyRun(load<usize>(entry, POINTER), group, size);
        store<usize>(entry, group, POINTER);
      }
    } else if (kind == REPEATED) {
      store<usize>(entry, block + (<usize>(at % load<i32>(operand, 8)) << 2), POINTER);
    } else if (kind == ROWS) {
      fetchRows(entry, block, group, value, load<i32>(operand, 8), load<i32>(operand, 12), at, size);
    } else if (kind == BYTES && load<i32>(entry, IS_RESULT) == 0) {
      fetchBytes(value + <usize>at, block, size);
    }
    operand += SIZE_OF_OPERAND;
    entry += ENTRY;
    group += GROUP_BYTES;
  }
}

function fetchRows(entry: usize, block: usize, group: usize, from: usize, width: i32, times: i32, at: i32, size: i32): void {
  const row = at / width;
  let column = at - row * width, left = times - row % times;
  from += <usize>(row / times) * <usize>width << 2;
  store<usize>(entry, block, POINTER);
  store<usize>(entry, GROUP_BYTES, STRIDE);
  if (width == 1) {
    if (left >= size) {
      splatGroup(from, group);
      store<usize>(entry, group, POINTER);
      store<usize>(entry, 0, STRIDE);
      return;
    }
    for (; size > 0; ) {
      const number = load<f32>(from);
      for (let run = min(left, size); run > 0; run--) {
        store<f32>(block, number);
        block += 4;
      }
      size -= left;
      left = times;
      from += 4;
    }
    return;
  }
  if (column + size <= width && size >= GROUP) {
    store<usize>(entry, from + (<usize>column << 2), POINTER);
    return;
  }
  for (; size > 0; ) {
    const run = min(width - column, size);
    copyRun(from + (<usize>column << 2), block, run);
    block += <usize>run << 2;
    size -= run;
    column = 0;
    if (--left == 0) {
      left = times;
      from += <usize>width << 2;
    }
  }
}

// @ts-ignore: decorator
@inline
function copyRun(from: usize, to: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(from));
    from += 4;
    to += 4;
  }
}

function fetchBytes(from: usize, to: usize, count: i32): void {
  const zero = i32x4.splat(0);
  for (; count >= 4; count -= 4) {
    const numbers = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(from)));
    v128.store(to, v128.and(i32x4.ne(numbers, zero), ONE));
    from += 4;
    to += 16;
  }
  for (; count > 0; count--) {
    store<f32>(to, load<u8>(from) != 0 ? 1 : 0);
    from++;
    to += 4;
  }
}

/** Writes the results that the steps could not leave in their place. */
function put(operand: usize, operands: i32, entry: usize, at: i32, size: i32): void {
  for (let i = 0; i < operands; i++) {
    if (load<i32>(entry, IS_RESULT) != 0) {
      const kind = load<i32>(entry, KIND), value = load<usize>(operand, 4), from = load<usize>(entry, POINTER);
      if (kind == BYTES) putBytes(from, value + <usize>at, size);
      else if (kind == FULL && size < GROUP) copyRun(from, value + (<usize>at << 2), size);
    }
    operand += SIZE_OF_OPERAND;
    entry += ENTRY;
  }
}

function putBytes(from: usize, to: usize, count: i32): void {
  const zero = f32x4.splat(0), one = i8x16.splat(1);
  for (; count >= 16; count -= 16) {
    const m0 = f32x4.ne(v128.load(from), zero), m1 = f32x4.ne(v128.load(from, 16), zero);
    const m2 = f32x4.ne(v128.load(from, 32), zero), m3 = f32x4.ne(v128.load(from, 48), zero);
    v128.store(to, v128.and(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(m0, m1), i16x8.narrow_i32x4_s(m2, m3)), one));
    from += 64;
    to += 16;
  }
  for (; count > 0; count--) {
    store<u8>(to, load<f32>(from) != 0 ? 1 : 0);
    from += 4;
    to++;
  }
}

/** One step over `count` numbers, whole groups; an operand whose stride is 0 is a group of one number. */
function run(
  opcode: i32, out: usize, a: usize, aStride: usize, b: usize, bStride: usize, c: usize, cStride: usize, count: i32,
): void {
  switch (opcode) {
    // Those that take long, a vector at a time.
    case TANH: tanh(spread(a, aStride, out, count), out, count, 0, 0, 1); break;
    case ERF: erf(spread(a, aStride, out, count), out, count, 0, 0, 1); break;
    case EXP: exp(spread(a, aStride, out, count), out, count, 0, 0, 1); break;
    case EXPM1: expm1(spread(a, aStride, out, count), out, count, 0, 0, 1); break;
    case SOFTPLUS: softplus(spread(a, aStride, out, count), out, count, 0, 0, 1); break;
    case SELU: selu(spread(a, aStride, out, count), out, count, 0, 0, 1); break;
    case SQRT: sqrt(spread(a, aStride, out, count), out, count, 0, 0, 1); break;
    case RSQRT: rsqrt(spread(a, aStride, out, count), out, count, 0, 0, 1); break;
    case SIGN: sign(spread(a, aStride, out, count), out, count, 0, 0, 1); break;
    case SIGMOID: sigmoid(spread(a, aStride, out, count), out, count, 0, 0, 1); break;
    case LOG: log(spread(a, aStride, out, count), out, count, 0, 0, 1); break;
    case LEAKY_RELU: fourAtATime(LEAKY_RELU, out, a, aStride, b, bStride, c, cStride, count); break;
    case RELU: fourAtATime(RELU, out, a, aStride, b, bStride, c, cStride, count); break;
    case SQUARE: fourAtATime(SQUARE, out, a, aStride, b, bStride, c, cStride, count); break;
    case STEP: fourAtATime(STEP, out, a, aStride, b, bStride, c, cStride, count); break;
    case RELU6: fourAtATime(RELU6, out, a, aStride, b, bStride, c, cStride, count); break;
    case COMBINE + MAXIMUM: fourAtATime(COMBINE + MAXIMUM, out, a, aStride, b, bStride, c, cStride, count); break;
    case COMBINE + MINIMUM: fourAtATime(COMBINE + MINIMUM, out, a, aStride, b, bStride, c, cStride, count); break;
    case COMBINE + ADD: fourAtATime(COMBINE + ADD, out, a, aStride, b, bStride, c, cStride, count); break;
    case COMBINE + SUBTRACT: fourAtATime(COMBINE + SUBTRACT, out, a, aStride, b, bStride, c, cStride, count); break;
    case COMBINE + MULTIPLY: fourAtATime(COMBINE + MULTIPLY, out, a, aStride, b, bStride, c, cStride, count); break;
    case COMBINE + DIVIDE: fourAtATime(COMBINE + DIVIDE, out, a, aStride, b, bStride, c, cStride, count); break;
    case TEST + GREATER: fourAtATime(TEST + GREATER, out, a, aStride, b, bStride, c, cStride, count); break;
    case TEST + GREATER_EQUAL: fourAtATime(TEST + GREATER_EQUAL, out, a, aStride, b, bStride, c, cStride, count); break;
    case TEST + EQUAL: fourAtATime(TEST + EQUAL, out, a, aStride, b, bStride, c, cStride, count); break;
    case TEST + NOT_EQUAL: fourAtATime(TEST + NOT_EQUAL, out, a, aStride, b, bStride, c, cStride, count); break;
    case SELECT: fourAtATime(SELECT, out, a, aStride, b, bStride, c, cStride, count); break;
    case CLIP: fourAtATime(CLIP, out, a, aStride, b, bStride, c, cStride, count); break;
    case COPY: fourAtATime(COPY, out, a, aStride, b, bStride, c, cStride, count); break;
    case AND: fourAtATime(AND, out, a, aStride, b, bStride, c, cStride, count); break;
    case OR: fourAtATime(OR, out, a, aStride, b, bStride, c, cStride, count); break;
    case NOT: fourAtATime(NOT, out, a, aStride, b, bStride, c, cStride, count); break;
    default: unreachable();
  }
}

/** Where the numbers of an operand lie one after the other: there already, or at `to`. */
// @ts-ignore: decorator
@inline
function spread(a: usize, stride: usize, to: usize, count: i32): usize {
  if (stride != 0) return a;
  const number = v128.load(a);
  for (let end = to + (<usize>count << 2), p = to; p < end; p += 16) v128.store(p, number);
  return to;
}

// @ts-ignore: decorator
@inline
function fourAtATime(
  opcode: i32, out: usize, a: usize, aStride: usize, b: usize, bStride: usize, c: usize, cStride: usize, count: i32,
): void {
  const takesOne = opcode == RELU || opcode == RELU6 || opcode == SQUARE || opcode == COPY || opcode == NOT;
  const takesThree = opcode == SELECT || opcode == CLIP;
  for (; count > 0; count -= GROUP) {
    const x0 = v128.load(a), x1 = v128.load(a, 16), x2 = v128.load(a, 32), x3 = v128.load(a, 48);
    const y0 = takesOne ? x0 : v128.load(b), y1 = takesOne ? x1 : v128.load(b, 16);
    const y2 = takesOne ? x2 : v128.load(b, 32), y3 = takesOne ? x3 : v128.load(b, 48);
    const r0 = apply(opcode, x0, y0, takesThree ? v128.load(c) : x0), r1 = apply(opcode, x1, y1, takesThree ? v128.load(c, 16) : x1);
    const r2 = apply(opcode, x2, y2, takesThree ? v128.load(c, 32) : x2), r3 = apply(opcode, x3, y3, takesThree ? v128.load(c, 48) : x3);
    v128.store(out, r0);
    v128.store(out, r1, 16);
    v128.store(out, r2, 32);
    v128.store(out, r3, 48);
    out += GROUP_BYTES;
    a += aStride;
    if (!takesOne) b += bStride;
    if (takesThree) c += cStride;
  }
}

// @ts-ignore: decorator
@inline
function apply(opcode: i32, x: v128, y: v128, z: v128): v128 {
  const zero = f32x4.splat(0);
  if (opcode < COMBINE) return evaluate(opcode, x, y);
  if (opcode < TEST) return combine(opcode - COMBINE, x, y);
  if (opcode < SELECT) return v128.and(test(opcode - TEST, x, y), ONE);
  if (opcode == SELECT) return v128.bitselect(z, y, f32x4.eq(x, zero));
  if (opcode == CLIP) return clamp(x, y, z);
  if (opcode == COPY) return x;
  if (opcode == AND) return v128.and(x, y);
  if (opcode == OR) return v128.or(x, y);
  return v128.and(f32x4.eq(x, zero), ONE);
}
