import fc from 'fast-check';
import { expect, it } from 'vitest';
import { colourDomain } from './index.js';

it('reaches from 20 points below the best, or from the worst, to the best', () => {
  expect(colourDomain([90, 95, 85])).toEqual([85, 95]);
  expect(colourDomain([90, 10])).toEqual([70, 90]);
});

it('is at least a point wide, within 0 and 100', () => {
  expect(colourDomain([])).toEqual([0, 100]);
  expect(colourDomain([93])).toEqual([92, 93]);
  expect(colourDomain([0.2])).toEqual([0, 1]);
  const accuracies = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(accuracies, (values) => {
      const [low, high] = colourDomain(values);
      expect(high - low).toBeGreaterThanOrEqual(1 - 1e-9);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeGreaterThanOrEqual(Math.max(...values));
    }),
  );
});
