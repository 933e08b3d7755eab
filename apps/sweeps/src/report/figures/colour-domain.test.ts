import { colourDomain as colourDomainOfPages } from '@nfnets/charts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { colourDomain } from './accuracy-cell.js';
import type { Point } from './figure-data.js';

it('colours the figures as the pages do, to a tenth of a percent', () => {
  const accuracies = fc.array(fc.double({ min: 0, max: 100, noNaN: true }));
  fc.assert(
    fc.property(accuracies, (means) => {
      const ofFigures = colourDomain(means.map((mean) => ({ mean }) as Point));
      for (const [i, end] of colourDomainOfPages(means).entries())
        expect(Math.abs(ofFigures[i]! - end)).toBeLessThan(0.051);
    }),
  );
});
