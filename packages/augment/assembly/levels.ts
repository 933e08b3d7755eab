/** Replaces `count` levels by a table's; sixteen at a time, each looked up in the sixteenth of the table that it is in. */
export function mapLevels(data: usize, count: i32, table: usize, result: usize): void {
  const t0 = v128.load(table), t1 = v128.load(table, 16), t2 = v128.load(table, 32), t3 = v128.load(table, 48);
  const t4 = v128.load(table, 64), t5 = v128.load(table, 80), t6 = v128.load(table, 96), t7 = v128.load(table, 112);
  const t8 = v128.load(table, 128), t9 = v128.load(table, 144), ta = v128.load(table, 160), tb = v128.load(table, 176);
  const tc = v128.load(table, 192), td = v128.load(table, 208), te = v128.load(table, 224), tf = v128.load(table, 240);
  const step = i8x16.splat(16);
  for (const end = data + count; data < end; data += 16, result += 16) {
    // Beyond 15 a place gives 0.
    let place = v128.load(data);
    let levels = i8x16.swizzle(t0, place);
    place = i8x16.sub(place, step);
    levels = v128.or(levels, i8x16.swizzle(t1, place));
    place = i8x16.sub(place, step);
    levels = v128.or(levels, i8x16.swizzle(t2, place));
    place = i8x16.sub(place, step);
    levels = v128.or(levels, i8x16.swizzle(t3, place));
    place = i8x16.sub(place, step);
    levels = v128.or(levels, i8x16.swizzle(t4, place));
    place = i8x16.sub(place, step);
    levels = v128.or(levels, i8x16.swizzle(t5, place));
    place = i8x16.sub(place, step);
    levels = v128.or(levels, i8x16.swizzle(t6, place));
    place = i8x16.sub(place, step);
    levels = v128.or(levels, i8x16.swizzle(t7, place));
    place = i8x16.sub(place, step);
    levels = v128.or(levels, i8x16.swizzle(t8, place));
    place = i8x16.sub(place, step);
    levels = v128.or(levels, i8x16.swizzle(t9, place));
    place = i8x16.sub(place, step);
    levels = v128.or(levels, i8x16.swizzle(ta, place));
    place = i8x16.sub(place, step);
    levels = v128.or(levels, i8x16.swizzle(tb, place));
    place = i8x16.sub(place, step);
    levels = v128.or(levels, i8x16.swizzle(tc, place));
    place = i8x16.sub(place, step);
    levels = v128.or(levels, i8x16.swizzle(td, place));
    place = i8x16.sub(place, step);
    levels = v128.or(levels, i8x16.swizzle(te, place));
    place = i8x16.sub(place, step);
    levels = v128.or(levels, i8x16.swizzle(tf, place));
    v128.store(result, levels);
  }
}

/** Counts how often each of 256 levels occurs in each of three channels; two pixels at a time, in tables of their own. */
export function countLevels(data: usize, count: i32, counts: usize): void {
  memory.fill(counts, 0, 6 * 1024);
  const end = data + count;
  for (; data + 6 <= end; data += 6) {
    countOne(counts, load<u8>(data));
    countOne(counts + 1024, load<u8>(data, 1));
    countOne(counts + 2048, load<u8>(data, 2));
    countOne(counts + 3072, load<u8>(data, 3));
    countOne(counts + 4096, load<u8>(data, 4));
    countOne(counts + 5120, load<u8>(data, 5));
  }
  for (let channel: usize = 0; data < end; data++, channel += 1024) countOne(counts + channel, load<u8>(data));
  for (const last = counts + 3072; counts < last; counts += 16) {
    v128.store(counts, i32x4.add(v128.load(counts), v128.load(counts, 3072)));
  }
}

// @ts-ignore: decorator
@inline
function countOne(counts: usize, level: u32): void {
  const at = counts + (level << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** Replaces the levels of three channels by those of three tables. */
export function mapChannels(data: usize, count: i32, tables: usize, result: usize): void {
  for (const end = data + count; data < end; data += 3, result += 3) {
    store<u8>(result, load<u8>(tables + <usize>load<u8>(data)));
    store<u8>(result, load<u8>(tables + <usize>load<u8>(data, 1), 256), 1);
    store<u8>(result, load<u8>(tables + <usize>load<u8>(data, 2), 512), 2);
  }
}
