import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import type { Trial } from '../schema/trial.js';
import type { TrialRecord } from '../schema/trial-record.js';
import type { TrialStatus } from '../schema/trial-status.js';
import { planTrials } from './plan-trials.js';
import { boundaries } from './search-boundary.js';
import { sweepTrials } from './sweep-trials.js';

const END = { step: 1, metrics: {}, startedAt: '2026-01-01T00:00:00Z' };
const LATTICE = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28];

/** A search for the largest stable clip factor at two batch sizes, of `seeds` seeds. */
const search = (seeds = 1) => {
  const config = tinyConfig(
    `seeds=${seeds}`,
    'axes.clipFactor=null',
    'boundary={axis: clipFactor, logRange: [0.01, 1.28], count: 8}',
  );
  return { ...config, boundary: config.boundary! };
};

/** The record of a trial whose status `statusOf` tells. */
const record =
  (statusOf: (trial: Trial) => TrialStatus['status'] | undefined) =>
  (trial: Trial): TrialRecord => {
    const status = statusOf(trial);
    return { trial, ...(status ? { status: { ...END, status } } : {}) };
  };

const clipOf = ({ config }: Trial) => config.clipFactor as number;

describe('without a search', () => {
  it('are the points of the axes, whatever came of them', () => {
    expect(
      sweepTrials(
        tinyConfig(),
        record(() => 'failed'),
      ),
    ).toEqual(planTrials(tinyConfig()));
  });
});

describe('a boundary search', () => {
  it('begins in the middle of the lattice, at every batch size with every seed, and waits', () => {
    // Between no place, -1, and place 8 the middle is place 3.
    const first = sweepTrials(search(2));
    expect(first.map((trial) => [clipOf(trial), trial.config.batchSize, trial.config.seed])).toEqual([
      [0.08, 256, 1],
      [0.08, 256, 2],
      [0.08, 512, 1],
      [0.08, 512, 2],
    ]);
    expect(
      sweepTrials(
        search(2),
        record(({ config }) => (config.seed === 1 ? 'done' : 'running')),
      ),
    ).toEqual(first);
  });

  it('finds any boundary in at most 4 steps of 8 places, at each batch size its own', () => {
    const place = fc.integer({ min: -1, max: 7 });
    fc.assert(
      fc.property(place, place, (small, large) => {
        const limit = (trial: Trial) => LATTICE[trial.config.batchSize === 256 ? small : large] ?? 0;
        const recordOf = record((trial) => (clipOf(trial) > limit(trial) ? 'diverged' : 'done'));
        const trials = sweepTrials(search(), recordOf);
        expect(trials.length).toBeLessThanOrEqual(2 * 4);
        const found = boundaries(search(), trials.map(recordOf));
        expect(found.map(({ cell, stable, unstable }) => [cell.batchSize, stable, unstable])).toEqual([
          [256, LATTICE[small], LATTICE[small + 1]],
          [512, LATTICE[large], LATTICE[large + 1]],
        ]);
      }),
    );
  });

  it('takes a place for unstable where more than half of the seeds diverged', () => {
    // Seed s diverges above the clip factor of place s: 1 of 3 at place 2, 2 of 3 at place 3.
    const recordOf = record((trial) => (clipOf(trial) > LATTICE[trial.config.seed]! ? 'diverged' : 'done'));
    const [boundary] = boundaries(search(3), sweepTrials(search(3), recordOf).map(recordOf));
    expect(boundary).toMatchObject({ stable: 0.04, unstable: 0.08 });
    expect(boundary!.tried).toEqual([
      { value: 0.02, diverged: 0, of: 3 },
      { value: 0.04, diverged: 1, of: 3 },
      { value: 0.08, diverged: 2, of: 3 },
    ]);
  });

  it('goes on without the trials that failed, and stops where all did', () => {
    const someFail = record(({ config }) => (config.seed === 1 ? 'failed' : 'done'));
    expect(boundaries(search(2), sweepTrials(search(2), someFail).map(someFail))[0]).toMatchObject({ stable: 1.28 });
    expect(
      sweepTrials(
        search(2),
        record(() => 'failed'),
      ),
    ).toHaveLength(4);
  });

  it('adds to what an interrupted search has: the trials are a function of their results', () => {
    const recordOf = record((trial) => (clipOf(trial) > 0.02 ? 'diverged' : 'done'));
    const all = sweepTrials(search(), recordOf);
    const early = new Set(all.slice(0, 4).map(({ id }) => id));
    const interrupted = sweepTrials(search(), (trial) => (early.has(trial.id) ? recordOf(trial) : { trial }));
    expect(all.slice(0, interrupted.length)).toEqual(interrupted);
    expect(interrupted.length).toBeGreaterThan(4);
  });
});
