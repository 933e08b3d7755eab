import { expect, it } from 'vitest';
import { studentT } from './student-t.js';

it('gives the quantiles that tables of Student’s t have', () => {
  expect([1, 2, 10, 30].map(studentT)).toEqual([12.7062, 4.3027, 2.2281, 2.0423]);
  // 40, 60 and 120 degrees of freedom: 2.0211, 2.0003, 1.9799.
  for (const [freedom, quantile] of [
    [31, 2.0395],
    [40, 2.0211],
    [60, 2.0003],
    [120, 1.9799],
  ] as const)
    expect(studentT(freedom)).toBeCloseTo(quantile, 4);
});
