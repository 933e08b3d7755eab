import { describe, expect, it } from 'vitest';
import { lossDifference } from './compare-losses.js';

describe('lossDifference', () => {
  it('is the largest relative difference', () => {
    // 0.02 / 2 = 0.01, 0.01 / 4 = 0.0025
    expect(lossDifference([2.02, 4.01], [2, 4])).toBeCloseTo(0.01, 12);
    expect(lossDifference([2, 4], [2, 4])).toBe(0);
  });

  it('lets nothing that is no number pass', () => {
    expect(lossDifference([2, Number.NaN], [2, 4])).toBe(Number.POSITIVE_INFINITY);
    expect(lossDifference([2, 4], [2, Number.NaN])).toBe(Number.POSITIVE_INFINITY);
    expect(lossDifference([2], [2, 4])).toBe(Number.POSITIVE_INFINITY);
  });
});
