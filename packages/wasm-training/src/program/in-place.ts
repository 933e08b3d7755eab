import { fusedInPlace } from './fused-in-place.js';
import { type FunctionCall, isAddress, isTfjsCall, type Operand, type RecordedCall } from './recorded-calls.js';

/** Functions of one number after the other, and which of their arguments is the result; `x`, the first, may be in the same place. */
const OF_ONE = new Set([
  'tanh',
  'erf',
  'exp',
  'expm1',
  'softplus',
  'selu',
  'leakyRelu',
  'sqrt',
  'rsqrt',
  'sign',
  'relu',
  'relu6',
  'square',
  'step',
  'clip',
  'sigmoid',
  'log',
]);

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
  const { kernel, args, scratch } = call;
  const isAt = (operand: Operand | undefined, buffer: number) =>
    operand !== undefined && isAddress(operand) && operand.buffer === buffer && operand.offset === 0;
  const mentions = (buffer: number) =>
    [...args, scratch].filter((each) => isAddress(each) && each.buffer === buffer).length;
  if (kernel === 'fused') return fusedInPlace(call, input, value);
  if (mentions(value) !== 1) return false;
  if (OF_ONE.has(kernel)) return isAt(args[0], input) && mentions(input) === 1;
  if (kernel !== 'zip') return false;
  const [, a, b, bIsNumber, , , , times] = args;
  const isAligned = !bIsNumber && times === 1;
  return (isAt(a, input) && (!isAt(b, input) || isAligned) && mentions(input) <= 2) || (isAt(b, input) && isAligned);
}
