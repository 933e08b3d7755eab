import { describe, expect, it } from 'vitest';
import { fusedInPlace } from './fused-in-place.js';
import { encodeFused, type FusedOperand, type FusedStep } from './fused-program.js';
import type { Address, FunctionCall } from './recorded-calls.js';

const full = (buffer: number, offset = 0) => ({ kind: 'full', address: { buffer, offset } }) as const;
const call = (operands: readonly FusedOperand<Address>[], steps: readonly FusedStep[]): FunctionCall => ({
  kernel: 'fused',
  args: encodeFused({ count: 100, operands, steps }),
  units: 1,
  nanoseconds: 1,
  scratch: 0,
  scratchBytes: 0,
  reads: [],
  writes: [],
});

describe('fusedInPlace', () => {
  const momentum = call(
    [full(0), full(1), full(2), full(3)],
    [
      { opcode: 'add', out: 2, inputs: [0, 1] },
      { opcode: 'subtract', out: 3, inputs: [1, 2] },
    ],
  );

  it('is true where no step behind the result reads the input', () => {
    expect(fusedInPlace(momentum, 0, 2)).toBe(true);
    expect(fusedInPlace(momentum, 1, 3)).toBe(true);
    // Buffer 1 is read when 2 is written, and again for 3.
    expect(fusedInPlace(momentum, 1, 2)).toBe(false);
  });

  it('is false where the input repeats, begins elsewhere, or the result is not made there', () => {
    const rows = { kind: 'rows', address: { buffer: 0, offset: 0 }, width: 10, times: 10 } as const;
    const step = { opcode: 'relu', out: 1, inputs: [0] } as const;
    expect(fusedInPlace(call([rows, full(1)], [step]), 0, 1)).toBe(false);
    expect(fusedInPlace(call([full(0, 4), full(1)], [step]), 0, 1)).toBe(false);
    expect(fusedInPlace(call([full(0), full(1)], [step]), 0, 7)).toBe(false);
    expect(fusedInPlace(call([full(0), full(1)], [step]), 1, 0)).toBe(false);
  });
});
