import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FunctionCall, RecordedCall, TfjsCall } from './recorded-calls.js';
import { planStages } from './stages.js';

const call = (reads: number[], writes: number[], nanoseconds = 100, units = 1): FunctionCall => ({
  kernel: 'copyRuns',
  args: [],
  units,
  nanoseconds,
  scratch: 0,
  scratchBytes: 0,
  reads,
  writes,
});

const itself = (buffer: number) => buffer;

const programs = fc.array(
  fc
    .record({
      reads: fc.array(fc.nat(12), { maxLength: 3 }),
      writes: fc.array(fc.nat(12), { minLength: 1, maxLength: 2 }),
      isLarge: fc.boolean(),
      isTfjs: fc.nat(9).map((n) => n === 0),
    })
    .map(
      ({ reads, writes, isLarge, isTfjs }): RecordedCall =>
        isTfjs
          ? ({ tfjs: 'Any', reads, writes, inputs: [], outputs: [] } as unknown as TfjsCall)
          : call(reads, writes, isLarge ? 1e6 : 100, isLarge ? 40 : 1),
    ),
  { maxLength: 40 },
);

describe('planStages', () => {
  it('makes every call once, after all that it depends on, however many threads there are', () => {
    fc.assert(
      fc.property(programs, fc.integer({ min: 1, max: 4 }), (calls, threads) => {
        const stages = planStages(calls, threads, itself, (buffer) => buffer * 4000);
        // Where a call is done: its stage, and its place in an item, or none where several items share it.
        const places = new Map<number, { stage: number; item: number; at: number; units: number }>();
        for (const [stage, items] of stages.entries()) {
          const list = 'tfjs' in items ? [{ calls: [items.tfjs] }] : items;
          for (const [item, { calls: made, units }] of list.entries()) {
            for (const [at, i] of made.entries()) {
              const { units: seen = 0 } = places.get(i) ?? {};
              places.set(i, { stage, item, at, units: seen + (units ? units[1] - units[0] : 1) });
            }
          }
        }
        expect(places.size).toBe(calls.length);
        for (const [i, place] of places) {
          const { units } = calls[i] as FunctionCall;
          expect([1, units]).toContain(place.units);
        }
        for (const [i, later] of calls.entries()) {
          for (const [j, earlier] of calls.slice(0, i).entries()) {
            const meets = (a: readonly number[], b: readonly number[]) => a.some((buffer) => b.includes(buffer));
            const isBound =
              meets(earlier.writes, [...later.reads, ...later.writes]) || meets(earlier.reads, later.writes);
            if (!isBound) continue;
            const [a, b] = [places.get(j)!, places.get(i)!];
            expect(a.stage < b.stage || (a.stage === b.stage && a.item === b.item && a.at < b.at)).toBe(true);
          }
        }
      }),
    );
  });

  it('leaves small calls that do not depend on each other to different threads', () => {
    const calls = [call([0], [1]), call([2], [3]), call([1], [4]), call([3], [5])];
    expect(planStages(calls, 2, itself, () => 4)).toEqual([[{ calls: [0, 2] }, { calls: [1, 3] }]]);
  });

  it('makes what is large not before its turn', () => {
    const calls = [call([0], [1]), call([1], [2], 1e6, 8), call([1], [3]), call([2], [4], 1e6, 8), call([3, 4], [5])];
    const order = (bytes: number) =>
      planStages(calls, 2, itself, () => bytes).map((stage) => (stage as { calls: number[] }[])[0]!.calls);
    expect(order(4)).toEqual([[0, 2], [1], [3], [4]]);
    expect(order(40_000)).toEqual([[0], [1], [2], [3], [4]]);
  });

  it('cuts large calls', () => {
    const [stage] = planStages([call([0], [1], 1e6, 64)], 2, itself, () => 4) as [readonly object[]];
    expect(stage.length).toBe(16);
    expect(stage[0]).toEqual({ calls: [0], units: [0, 4] });
  });
});
