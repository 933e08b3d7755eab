import { describe, expect, it } from 'vitest';
import { inPlaceValues } from './in-place.js';
import type { FunctionCall, Operand } from './recorded-calls.js';

const at = (buffer: number, offset = 0): Operand => ({ buffer, offset });

const call = (kernel: string, args: Operand[], writes: number[], reads: number[]): FunctionCall => ({
  kernel,
  args,
  units: 1,
  nanoseconds: 1,
  scratch: 0,
  scratchBytes: 0,
  writes,
  reads,
});

/** out = a + b, number by number, or one b for `times` rows. */
const add = (a: number, b: number, out: number, times = 1) =>
  call('zip', [2, at(a), at(b), 0, at(out), 8, 8, times], [out], [a, b]);

const isMade = (buffer: number) => buffer >= 10;

describe('inPlaceValues', () => {
  it('takes what is computed number by number when nobody reads the variable any more', () => {
    const calls = [add(0, 1, 10), add(0, 10, 11)];
    expect([...inPlaceValues(calls, [{ input: 0, value: 11 }], isMade)]).toEqual([[11, 0]]);
  });

  it('takes what is computed after the last read by anything', () => {
    const calls = [call('sum', [at(0), at(10), 1, 8, 1, 1], [10], [0]), call('gather', [at(10), at(11)], [11], [10])];
    expect([...inPlaceValues(calls, [{ input: 0, value: 11 }], isMade)]).toEqual([[11, 0]]);
  });

  it.each([
    ['is read later', [add(0, 1, 10), add(0, 10, 11)], 10],
    ['is read otherwise than number by number', [call('gather', [at(0), at(10)], [10], [0])], 10],
    ['is a row for several', [add(1, 0, 10, 4)], 10],
    ['is an input', [add(0, 1, 10)], 1],
  ])('leaves what is assigned a variable that %s', (_, calls, value) => {
    expect(inPlaceValues(calls as FunctionCall[], [{ input: 0, value: value as number }], isMade).size).toBe(0);
  });

  it('gives one value to one variable', () => {
    const places = inPlaceValues(
      [add(0, 1, 10)],
      [
        { input: 0, value: 10 },
        { input: 1, value: 10 },
      ],
      isMade,
    );
    expect([...places]).toEqual([[10, 0]]);
  });
});
