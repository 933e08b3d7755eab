import { expect, it } from 'vitest';
import { benchCase } from './bench-case.js';

it('compares with the best peer that is there', () => {
  const missing = { missing: 'pip install torch' };
  expect(benchCase('step', 30, { slow: 120.04, fast: 60, absent: missing })).toEqual({
    name: 'step',
    ours: 30,
    peers: { slow: 120, fast: 60, absent: missing },
    ratio: 0.5,
  });
});

it('has no ratio without a figure on both sides', () => {
  expect(benchCase('step', 30, { absent: { missing: '' } }).ratio).toBeNull();
  expect(benchCase('step', null, { fast: 60 }).ratio).toBeNull();
  expect(benchCase('share', 2, { 'lost in noise': -1 }).ratio).toBeNull();
});
