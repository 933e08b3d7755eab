import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutMixBox } from '../index.js';

describe('cutMixBox', () => {
  it.each([
    // height, width, centre x, centre y, keep -> x1, y1, x2, y2, ratio
    [[192, 192, 96, 96, 0.75], [48, 48, 144, 144], 0.25],
    [[192, 192, 10, 180, 0.5], [0, 113, 77, 192], 0.165012],
    [[32, 32, 0, 31, 0.19], [0, 17, 14, 32], 0.205078],
    [[32, 32, 16, 16, 0], [0, 0, 32, 32], 1],
  ] as const)('gives the reference box for %o', ([height, width, centreX, centreY, keep], box, ratio) => {
    const { x1, y1, x2, y2, ...rest } = cutMixBox({ height, width, centreX, centreY, keep });
    expect([x1, y1, x2, y2]).toEqual([...box]);
    expect(rest.ratio).toBeCloseTo(ratio, 6);
  });

  it('has the ratio of its pixels, wherever it lies', () => {
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(
        side,
        side,
        fc.nat(),
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (height, width, x, y, keep) => {
          const { x1, y1, x2, y2, ratio } = cutMixBox({ height, width, centreX: x % width, centreY: y % height, keep });
          expect(Math.min(x1, y1)).toBeGreaterThanOrEqual(0);
          expect(x2).toBeLessThanOrEqual(width);
          expect(y2).toBeLessThanOrEqual(height);
          let pixels = 0;
          for (let row = y1; row < y2; row++) for (let column = x1; column < x2; column++) pixels++;
          expect(ratio).toBe(pixels / (height * width));
        },
      ),
    );
  });

  it('refuses a share outside of [0, 1]', () => {
    expect(() => cutMixBox({ height: 8, width: 8, centreX: 0, centreY: 0, keep: 1.5 })).toThrow(
      '`keep` must be a number in [0, 1], got 1.5',
    );
  });
});
