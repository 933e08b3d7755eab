import type { RecordedCall } from './recorded-calls.js';

/** The calls without which none of the buffers `wanted` would be what it is, in order. */
export function liveCalls(calls: readonly RecordedCall[], wanted: Iterable<number>): RecordedCall[] {
  const needed = new Set(wanted);
  const live = calls.toReversed().filter(({ reads, writes }) => {
    if (!writes.some((buffer) => needed.has(buffer))) return false;
    for (const buffer of reads) needed.add(buffer);
    for (const buffer of writes) needed.add(buffer);
    return true;
  });
  return live.reverse();
}
