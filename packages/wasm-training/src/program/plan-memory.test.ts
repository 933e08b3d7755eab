import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Need, planMemory } from './plan-memory.js';

const needs = fc.array(
  fc
    .record({ bytes: fc.oneof(fc.nat(40), fc.nat(5000)), from: fc.nat(30), stages: fc.nat(10) })
    .map(({ bytes, from, stages }): Need => ({ bytes, first: from, last: from + stages })),
  { maxLength: 60 },
);

describe('planMemory', () => {
  it('gives memory of one time to one need only', () => {
    fc.assert(
      fc.property(needs, (needs) => {
        const { offsets, bytes } = planMemory(needs);
        for (const [i, a] of needs.entries()) {
          expect(offsets[i]! % 16).toBe(0);
          expect(offsets[i]! + a.bytes).toBeLessThanOrEqual(bytes);
          for (const [j, b] of needs.entries()) {
            if (i === j || a.last < b.first || b.last < a.first) continue;
            const apart = offsets[i]! + a.bytes <= offsets[j]! || offsets[j]! + b.bytes <= offsets[i]!;
            expect(apart, `${JSON.stringify(a)} at ${offsets[i]}, ${JSON.stringify(b)} at ${offsets[j]}`).toBe(true);
          }
        }
      }),
    );
  });

  it('uses memory again', () => {
    const needs = Array.from({ length: 20 }, (_, i) => ({ bytes: 1024, first: i, last: i + 1 }));
    expect(planMemory(needs).bytes).toBeLessThan(2 * 1024 + 128);
  });

  it('needs nothing for nothing', () => {
    expect(planMemory([])).toEqual({ offsets: [], bytes: 0 });
  });
});
