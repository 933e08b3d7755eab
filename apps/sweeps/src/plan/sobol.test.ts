import { describe, expect, it } from 'vitest';
import { SOBOL_DIMENSIONS, sobolPoint } from './sobol.js';

const points = (count: number) => Array.from({ length: count }, (_, i) => sobolPoint(i, SOBOL_DIMENSIONS));

describe('sobolPoint', () => {
  it('begins as published', () => {
    // torch.quasirandom.SobolEngine(8).draw(8), times 8
    expect(points(8).map((point) => point.map((value) => 8 * value))).toEqual([
      [0, 0, 0, 0, 0, 0, 0, 0],
      [4, 4, 4, 4, 4, 4, 4, 4],
      [6, 2, 2, 2, 6, 6, 2, 6],
      [2, 6, 6, 6, 2, 2, 6, 2],
      [3, 3, 5, 7, 3, 1, 3, 7],
      [7, 7, 1, 3, 7, 5, 7, 3],
      [5, 1, 7, 5, 5, 7, 1, 1],
      [1, 5, 3, 1, 1, 3, 5, 5],
    ]);
  });

  it('puts one of 2^k points into each of 2^k equal parts, in every dimension', () => {
    for (let dimension = 0; dimension < SOBOL_DIMENSIONS; dimension++) {
      const parts = points(256).map((point) => Math.floor(point[dimension]! * 256));
      expect(new Set(parts).size).toBe(256);
    }
  });
});
