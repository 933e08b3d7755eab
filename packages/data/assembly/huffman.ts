/**
 * A table for a Huffman code: for each of the next 10 bits an entry of 32, then how codes that are longer, or whose number is
 * not in these bits, are looked up: for each length from 1 to 16 the first 16 bits that are no such code, what to add to a
 * code for the place of its symbol, and the symbols.
 *
 * An entry: 8 bits how many bits to pass over (0: look it up), 8 bits how many zeros come before, 16 bits the number.
 */
export const LOOKAHEAD: i32 = 10;
export const LIMITS: usize = 4096;
export const PLACES: usize = LIMITS + 17 * 4;
export const SYMBOLS: usize = PLACES + 17 * 4;
export const TABLE_BYTES: usize = SYMBOLS + 256;
/** Zeros of an entry that ends the block. */
export const END_OF_BLOCK: i32 = 128;

/** Makes the table of the code with `counts` symbols of each length; false if there is no such code. */
export function makeTable(counts: usize, symbols: usize, table: usize, isDc: bool): bool {
  memory.fill(table, 0, LIMITS);
  let code: u32 = 0,
    place: i32 = 0;
  for (let length: i32 = 1; length <= 16; length++) {
    const count = <i32>load<u8>(counts + length - 1);
    store<i32>(table + PLACES + (length << 2), place - <i32>code);
    for (let i = 0; i < count; i++, code++, place++) {
      const symbol = <i32>load<u8>(symbols + place);
      if (isDc && symbol > 11) return false;
      store<u8>(table + SYMBOLS + place, symbol);
      if (length <= LOOKAHEAD && code < <u32>(1 << length)) addEntries(table, code, length, symbol);
    }
    if (code > <u32>(1 << length)) return false;
    store<u32>(table + LIMITS + (length << 2), code << (16 - length));
    code <<= 1;
  }
  return true;
}

function addEntries(table: usize, code: u32, length: i32, symbol: i32): void {
  const size = symbol & 15,
    rest = LOOKAHEAD - length;
  if (size > rest) return;
  const first = table + (code << (rest + 2));
  for (let suffix = 0; suffix < 1 << rest; suffix++) {
    const number = signed(suffix >> (rest - size), size);
    store<u32>(first + (suffix << 2), (number << 16) | (zerosOf(symbol) << 8) | (length + size));
  }
}

/** Zeros before the number of a symbol of AC. Of DC the upper half is 0. */
export function zerosOf(symbol: i32): i32 {
  return (symbol & 15) == 0 && symbol != 0xf0 ? END_OF_BLOCK : symbol >> 4;
}

/** The number that `size` bits stand for: below half of their range it is negative. */
export function signed(bits: i32, size: i32): i32 {
  return size == 0 ? 0 : bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}
