import type { SweepConfig } from '../schema/index.js';
import { trialConfigs } from './plan-trials.js';
import { sweepTrials } from './sweep-trials.js';

/** How many of the trials that `random` or `sobol` draws are others once more, and so are made once; 0 in a grid. Pure. */
export function countRepeats(config: SweepConfig): number {
  if (config.method === undefined || config.method.name === 'grid') return 0;
  return [...trialConfigs(config)].length - sweepTrials(config).length;
}

/** Says of the drawn trials of `config` that `repeated` repeat others. */
export const repeatsLine = (config: SweepConfig, repeated: number): string =>
  `${repeated} of the ${[...trialConfigs(config)].length} trials that ${config.method?.name} draws repeat others, and are made once`;
