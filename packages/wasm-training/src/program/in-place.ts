import { readElementwise, type Source } from './elementwise-calls.js';
import { fusedInPlace } from './fused-in-place.js';
import { type FunctionCall, isTfjsCall, type RecordedCall } from './recorded-calls.js';

/** A variable that is assigned, and the value that it gets: buffers. */
export interface Assignment {
  readonly input: number;
  readonly value: number;
}

/**
 * Which values can be computed into the memory of the variables that they are assigned to: nobody reads a variable once its value is
 * written, but the call that writes it, number by number. By value; all others must be copied when the step is done.
 */
export function inPlaceValues(
  calls: readonly RecordedCall[],
  assignments: readonly Assignment[],
  isMade: (buffer: number) => boolean,
): Map<number, number> {
  const lastRead = new Map<number, number>();
  const firstWrite = new Map<number, number>();
  for (const [i, { reads, writes }] of calls.entries()) {
    for (const buffer of reads) lastRead.set(buffer, i);
    for (const buffer of writes) if (!firstWrite.has(buffer)) firstWrite.set(buffer, i);
  }
  const places = new Map<number, number>();
  for (const { input, value } of assignments) {
    const written = firstWrite.get(value);
    if (!isMade(value) || places.has(value) || written === undefined || isTfjsCall(calls[written]!)) continue;
    const read = lastRead.get(input) ?? -1;
    if (read < written || (read === written && isElementwise(calls[written] as FunctionCall, input, value))) {
      places.set(value, input);
    }
  }
  return places;
}

/** Whether `call` reads each number of `input` at the latest when it writes that of `value` in the same place. */
function isElementwise(call: FunctionCall, input: number, value: number): boolean {
  if (call.kernel === 'fused') return fusedInPlace(call, input, value);
  const elementwise = readElementwise(call);
  if (elementwise === undefined) return false;
  const { steps, out } = elementwise;
  const isAligned = (source: Source | 'last') =>
    source === 'last' ||
    source.kind === 'literal' ||
    source.address.buffer !== input ||
    (source.kind === out.kind && source.address.offset === 0);
  return (
    out.address.buffer === value && out.address.offset === 0 && steps.every(({ inputs }) => inputs.every(isAligned))
  );
}
