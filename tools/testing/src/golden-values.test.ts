import { expect, it } from 'vitest';
import { fnv1a, goldenValues } from './index.js';

it('hashes and generates the published first values', () => {
  expect(fnv1a('input')).toBe(0xf9d86f7b);
  const values = goldenValues('input', 3);
  // 2 u - 1 of .98036012 .79236961 .62917011
  expect(values[0]).toBeCloseTo(0.96072024, 6);
  expect(values[1]).toBeCloseTo(0.58473922, 6);
  expect(values[2]).toBeCloseTo(0.25834022, 6);
});
