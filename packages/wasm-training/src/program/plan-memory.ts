/** Memory that is needed from one stage to another, both included. */
export interface Need {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** So that buffers begin with a cache line, or pair of them, and small ones share one. */
const LARGE = 128;
const SMALL = 16;

/** Bytes that a function may read behind a buffer's end. */
const SLACK = 64;

/** Where each need is met in one piece of memory, so that those of one time do not overlap; and how many bytes that takes. */
export function planMemory(needs: readonly Need[]): { readonly offsets: readonly number[]; readonly bytes: number } {
  const order = needs.map((_, i) => i).sort((a, b) => needs[b]!.bytes - needs[a]!.bytes || a - b);
  const offsets: number[] = new Array(needs.length).fill(0);
  // Placed ones, by offset.
  const placed: number[] = [];
  let end = 0;
  for (const i of order) {
    const { bytes, first, last } = needs[i]!;
    const unit = bytes >= LARGE ? LARGE : SMALL;
    const size = Math.ceil(bytes / unit) * unit;
    let best = -1;
    let bestGap = Number.POSITIVE_INFINITY;
    let free = 0;
    for (const other of placed) {
      const need = needs[other]!;
      if (need.last < first || need.first > last) continue;
      const start = Math.ceil(free / unit) * unit;
      const gap = offsets[other]! - start;
      if (gap >= size && gap < bestGap) {
        best = start;
        bestGap = gap;
      }
      free = Math.max(free, offsets[other]! + need.bytes);
    }
    const offset = best >= 0 ? best : Math.ceil(free / unit) * unit;
    offsets[i] = offset;
    end = Math.max(end, offset + size);
    let at = placed.length;
    while (at > 0 && offsets[placed[at - 1]!]! > offset) at--;
    placed.splice(at, 0, i);
  }
  return { offsets, bytes: needs.length === 0 ? 0 : end + SLACK };
}
