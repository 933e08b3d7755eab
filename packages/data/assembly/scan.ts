import {
  AC_TABLE, ACROSS, BOTTOM, COMPONENT_BYTES, DC_TABLE, DOWN, LEFT, MEAN, PLANE, QUANTA, RIGHT, STRIDE, TOP,
} from './component';
import { END_OF_BLOCK, LIMITS, PLACES, SYMBOLS, signed, zerosOf } from './huffman';
import { inverseDct, inverseDctOfMean } from './inverse-dct';

export { writePixels } from './colours';
export { makeTable } from './huffman';

/** Where memory begins that JavaScript shares out. */
export const memoryStart: usize = __heap_base;

/** Bytes after the data of a segment that are zero. */
const PADDING: usize = 16;

/** Where the coefficients of a block go, in the order in which they are stored; beyond the last they are not kept. */
const ZIGZAG = memory.data<u8>([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55,
  62, 63,
]);

/**
 * Decodes the only scan of a baseline JPEG: all of its blocks, and of those that are wanted the levels, into the planes of the
 * components. True if the data end where they should, with the marker at the end of an image.
 *
 * `restartInterval` counts units of all components; `segment` has room for the data, `block` for a block.
 */
export function decodeScan(
  components: usize, count: i32, columns: i32, rows: i32, restartInterval: i32,
  data: usize, end: usize, segment: usize, block: usize,
): bool {
  const lastComponent = components + COMPONENT_BYTES * count;
  let untilRestart = 0, restarts = 0;
  let at: usize = segment, segmentEnd: usize = segment;
  let bits: u64 = 0;
  let known: i32 = 0;
  for (let unitY = 0; unitY < rows; unitY++) {
    for (let unitX = 0; unitX < columns; unitX++) {
      if (untilRestart == 0) {
        if (unitX + unitY > 0) {
          if (!endsAt(at, known, segmentEnd)) return false;
          if (markerAt(data, end) != 0xd0 + (restarts & 7)) return false;
          data += 2;
          restarts++;
        }
        segmentEnd = unstuff(data, end, segment);
        data = nextData;
        at = segment;
        bits = 0;
        known = 0;
        for (let component = components; component < lastComponent; component += COMPONENT_BYTES) {
          store<i32>(component + MEAN, 0);
        }
        untilRestart = restartInterval > 0 ? restartInterval : i32.MAX_VALUE;
      }
      untilRestart--;
      for (let component = components; component < lastComponent; component += COMPONENT_BYTES) {
        const across = load<i32>(component + ACROSS), down = load<i32>(component + DOWN);
        const quanta = <usize>load<i32>(component + QUANTA);
        const dcTable = <usize>load<i32>(component + DC_TABLE), acTable = <usize>load<i32>(component + AC_TABLE);
        for (let v = 0; v < down; v++) {
          const y = unitY * down + v;
          for (let h = 0; h < across; h++) {
            const x = unitX * across + h;
            if (known < 32) {
              bits |= nextBits(at) >> known;
              at += 4;
              known += 32;
            }
            const first = load<u32>(dcTable + (<usize>(bits >> 54) << 2));
            let passed = <i32>(first & 0xff);
            let number = <i32>first >> 16;
            if (passed == 0) {
              const length = lengthOf(dcTable, bits);
              if (length == 0) return false;
              const size = symbolAt(dcTable, bits, length);
              passed = length + size;
              number = numberAfter(bits, length, size);
            }
            bits <<= passed;
            known -= passed;
            const mean = load<i32>(component + MEAN) + number;
            store<i32>(component + MEAN, mean);
            const isWanted =
              x >= load<i32>(component + LEFT) && x < load<i32>(component + RIGHT) &&
              y >= load<i32>(component + TOP) && y < load<i32>(component + BOTTOM);
            if (isWanted) clear(block);
            store<i16>(block, mean);
            let k = 1;
            while (k < 64) {
              if (known < 32) {
                bits |= nextBits(at) >> known;
                at += 4;
                known += 32;
              }
              const entry = load<u32>(acTable + (<usize>(bits >> 54) << 2));
              passed = <i32>(entry & 0xff);
              if (passed != 0) {
                number = <i32>entry >> 16;
                k += <i32>((entry >> 8) & 0xff);
              } else {
                const length = lengthOf(acTable, bits);
                if (length == 0) return false;
                const symbol = symbolAt(acTable, bits, length);
                passed = length + (symbol & 15);
                number = numberAfter(bits, length, symbol & 15);
                k += zerosOf(symbol);
              }
              bits <<= passed;
              known -= passed;
              if (k > 63) {
                if (k < END_OF_BLOCK) return false;
                break;
              }
              store<i16>(block + (<usize>load<u8>(ZIGZAG + k) << 1), number);
              k++;
            }
            if (isWanted) {
              const stride = load<i32>(component + STRIDE);
              const to = load<i32>(component + PLANE) + ((y * stride + x) << 3);
              if (k == END_OF_BLOCK + 1) inverseDctOfMean(mean * load<i16>(quanta), to, stride);
              else inverseDct(block, quanta, to, stride);
            }
          }
        }
      }
      // Zeros were read for what is missing; more of them than there are would be other memory.
      if (at > segmentEnd + PADDING) return false;
    }
  }
  return endsAt(at, known, segmentEnd) && markerAt(data, end) == 0xd9;
}

function markerAt(data: usize, end: usize): i32 {
  return data + 2 <= end && load<u8>(data) == 0xff ? load<u8>(data, 1) : 0;
}

/** Whether all whole bytes of a segment were needed, and no more. */
function endsAt(at: usize, known: i32, segmentEnd: usize): bool {
  const left = (<i32>segmentEnd - <i32>at) * 8 + known;
  return left >= 0 && left < 8;
}

/** The next 32 bits, highest first in 64. */
// @ts-ignore: decorator
@inline
function nextBits(at: usize): u64 {
  return <u64>bswap<u32>(load<u32>(at)) << 32;
}

function lengthOf(table: usize, bits: u64): i32 {
  const next = <u32>(bits >> 48);
  for (let length = 1; length <= 16; length++) {
    if (next < load<u32>(table + LIMITS + (length << 2))) return length;
  }
  return 0;
}

function symbolAt(table: usize, bits: u64, length: i32): i32 {
  const code = <i32>(bits >> (64 - length));
  return load<u8>(table + SYMBOLS + code + load<i32>(table + PLACES + (length << 2)));
}

function numberAfter(bits: u64, length: i32, size: i32): i32 {
  // Of no bits the shift would be by 64, which is none.
  return size == 0 ? 0 : signed(<i32>((bits << length) >> (64 - size)), size);
}

// @ts-ignore: decorator
@inline
function clear(block: usize): void {
  const zeros = i16x8.splat(0);
  for (let at: usize = 0; at < 128; at += 16) v128.store(block + at, zeros);
}

let nextData: usize = 0;

/**
 * Copies data until the next marker, without the zeros that follow bytes of 255, and zeros after them. The end of the copy;
 * `nextData` becomes the place of the marker, or `end`.
 */
function unstuff(from: usize, end: usize, to: usize): usize {
  for (;;) {
    while (from + 16 <= end) {
      const bytes = v128.load(from);
      v128.store(to, bytes);
      const marks = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(-1)));
      const free = marks == 0 ? 16 : ctz(marks);
      from += free;
      to += free;
      if (free < 16) break;
    }
    if (from >= end) break;
    const byte = load<u8>(from);
    if (byte == 0xff) {
      if (from + 1 >= end || load<u8>(from, 1) != 0) break;
      from++;
    }
    store<u8>(to++, byte);
    from++;
  }
  nextData = from;
  memory.fill(to, 0, PADDING);
  return to;
}
