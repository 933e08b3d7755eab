import { describe, expect, it } from 'vitest';
import { noncentralTTail, samplePower, samplesFor } from './sample-size.js';
import { studentTQuantile } from './student-t.js';

describe('noncentral t', () => {
  it.each([
    [2.92, 2, 1.5, 0.2707228594234693],
    [1.86, 8, 2.5, 0.7375716405927929],
    [1.7, 29, 3, 0.9002771680754452],
    [6.3, 1, 4, 0.46938766868760456],
  ])('stats.nct.sf(%d, %d, %d) of scipy 1.17.1', (t, freedom, shift, p) => {
    expect(noncentralTTail(t, freedom, shift)).toBeCloseTo(p, 6);
  });

  it.each([
    [0.5, 27, 0.811831551708168],
    [1, 8, 0.8150194415569083],
  ])('TTestPower().power(%d, %d, 0.05, alternative="larger") of statsmodels 0.15.0', (effect, count, power) => {
    const bound = studentTQuantile(0.95, count - 1);
    expect(noncentralTTail(bound, count - 1, effect * Math.sqrt(count))).toBeCloseTo(power, 6);
  });
});

describe('the power of more samples', () => {
  // scipy.integrate.dblquad over both chi-squared densities, scipy 1.17.1.
  it.each([
    [{ sd: 0.6, freedom: 2, samples: 3, freedomOfSample: 1 }, 0.05, 12, 0.6832138291220649],
    [{ sd: 1, freedom: 6, samples: 3, freedomOfSample: 1 }, 0.05, 20, 0.6529325067933127],
    [{ sd: 0.4, freedom: 3.5, samples: 2, freedomOfSample: 2 }, 0.025, 6, 0.6955513502858862],
  ])('is its mean over what the noise may be: %j', (pilot, level, count, power) => {
    expect(samplePower(pilot, { difference: 0.5, level }, count)).toBeCloseTo(power, 5);
    const goal = { difference: 0.5, level, power };
    expect(samplesFor(pilot, { ...goal, power: power - 1e-4 })).toBe(count);
    expect(samplesFor(pilot, { ...goal, power: power + 1e-4 })).toBe(count + 1);
  });

  it('is as for a known noise where that was estimated with infinitely many degrees of freedom', () => {
    // (1.6449 + 0.8416)² / 0.5² = 24.7
    const pilot = { sd: 1, freedom: Number.POSITIVE_INFINITY, samples: 2, freedomOfSample: 1 };
    expect(samplesFor(pilot, { difference: 0.5, level: 0.05, power: 0.8 })).toBe(25);
    expect(samplesFor({ ...pilot, sd: 1e5 }, { difference: 0.5, level: 0.05, power: 0.8 })).toBe(Infinity);
  });
});
