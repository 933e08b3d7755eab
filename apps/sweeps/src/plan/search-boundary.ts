import {
  assertConfig,
  assertRecords,
  axisValues,
  hasDiverged,
  isFinished,
  type SweepConfig,
  type Trial,
  type TrialConfig,
  type TrialRecord,
  valueAtKey,
  withValueAtKey,
} from '../schema/index.js';
import { type Bracket, bracketBoundary, nextPlace, type PlaceOutcome } from './bisect-boundary.js';
import { canonicalJson } from './canonical-json.js';
import { planTrials } from './plan-trials.js';

/** What a boundary search knows of one combination of the other axes. */
export interface Boundary {
  /** A trial's config there, without the searched key, the seed and the repeat. */
  readonly cell: Partial<TrialConfig>;
  /** The largest value known to be stable, and the smallest known not to be. */
  readonly stable?: number;
  readonly unstable?: number;
  /** What was tried, ascending: how many of the trials at a value diverged. */
  readonly tried: readonly { readonly value: number; readonly diverged: number; readonly of: number }[];
}

type Search = NonNullable<SweepConfig['boundary']>;
type Searched = Pick<SweepConfig, 'references'> & { readonly boundary: Search };

/**
 * The trials that the search for a boundary wants next: for each combination of the other axes, all seeds at the middle of
 * what is left of the lattice. None while trials are open, or where it is found. Pure.
 */
export function nextBoundaryTrials(
  config: SweepConfig & { boundary: Search },
  records: readonly TrialRecord[],
): Trial[] {
  const { boundary } = config;
  const lattice = latticeOf(boundary);
  const outcomes = outcomesByCell(config, records);
  const places = new Map<number, Trial[]>();
  const trialsAt = (place: number) => {
    const known =
      places.get(place) ?? planTrials({ ...config, axes: { ...config.axes, [boundary.axis]: [lattice[place]] } });
    places.set(place, known);
    return known;
  };
  const cells = new Map(trialsAt(0).map(({ config: trial }) => [cellKey(trial, config), undefined]));
  return [...cells.keys()].flatMap((cell) => {
    const place = nextPlace(
      outcomes.get(cell) ?? new Map<number, PlaceOutcome>(),
      lattice.length,
      boundary.probability,
    );
    return place === undefined ? [] : trialsAt(place).filter((trial) => cellKey(trial.config, config) === cell);
  });
}

/**
 * Tells what is known of the boundary between stable and diverged in each cell, in the order in which its trials were planned. Pure.
 *
 * @param config A config with a `boundary` section.
 * @param records What is known of its trials.
 * @throws TypeError for what is no config, or no list of records.
 * @example
 * ```ts
 * import { boundaries, loadSweepConfig, sweepTrials } from '@nfnets/sweeps';
 *
 * const { boundary, ...config } = await loadSweepConfig('boundary.yaml');
 * if (boundary) {
 *   const records = sweepTrials({ ...config, boundary }).map((trial) => ({ trial }));
 *   for (const { cell, stable, unstable } of boundaries({ ...config, boundary }, records)) console.log(cell, stable, unstable);
 * }
 * ```
 */
export function boundaries(config: SweepConfig & { boundary: Search }, records: readonly TrialRecord[]): Boundary[] {
  assertConfig('boundaries', config);
  assertRecords('boundaries', records);
  const { boundary } = config;
  if (boundary === undefined)
    throw new TypeError('boundaries: `config` must have a `boundary` section, which says what is searched.');
  const lattice = latticeOf(boundary);
  const cells = new Map(records.map(({ trial }) => [cellKey(trial.config, config), cellOf(trial.config, config)]));
  return [...outcomesByCell(config, records)].map(([key, outcomes]) => {
    const bracket: Bracket = bracketBoundary(outcomes, lattice.length, boundary.probability);
    const [stable, unstable] = [lattice[bracket.stable], lattice[bracket.unstable]];
    return {
      cell: cells.get(key)!,
      ...(stable === undefined ? {} : { stable }),
      ...(unstable === undefined ? {} : { unstable }),
      tried: [...outcomes]
        .sort(([a], [b]) => a - b)
        .map(([place, { stable, diverged }]) => ({ value: lattice[place]!, diverged, of: stable + diverged })),
    };
  });
}

const latticeOf = ({ logRange, count, perDecade }: Search) => axisValues({ logRange, count, perDecade }) as number[];

function outcomesByCell(config: Searched, records: readonly TrialRecord[]): Map<string, Map<number, PlaceOutcome>> {
  const lattice = latticeOf(config.boundary);
  const cells = new Map<string, Map<number, PlaceOutcome>>();
  for (const { trial, status } of records) {
    const place = lattice.indexOf(valueAtKey(trial.config, config.boundary.axis) as number);
    if (place < 0) continue;
    const key = cellKey(trial.config, config);
    const outcomes = cells.get(key) ?? new Map<number, PlaceOutcome>();
    cells.set(key, outcomes);
    const known = outcomes.get(place) ?? { stable: 0, diverged: 0, open: 0 };
    // One that failed says nothing, and must not hold the others up.
    const kind = isFinished(status)
      ? hasDiverged(status)
        ? 'diverged'
        : 'stable'
      : status?.status === 'failed'
        ? undefined
        : 'open';
    outcomes.set(place, kind ? { ...known, [kind]: known[kind] + 1 } : known);
  }
  return cells;
}

function cellOf(config: TrialConfig, { boundary: { axis }, references = {} }: Searched): Partial<TrialConfig> {
  // What refers to other keys follows the searched one, or the seed, and tells no cells apart that these do not.
  const keys = [axis, 'seed', 'repeat', ...Object.keys(references)];
  return keys.reduce<Partial<TrialConfig>>((cell, key) => withValueAtKey(cell, key, undefined), config);
}

const cellKey = (config: TrialConfig, searched: Searched) => canonicalJson(cellOf(config, searched));
