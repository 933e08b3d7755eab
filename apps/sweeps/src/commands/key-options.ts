import type { EngineName } from '../engines/index.js';

/** Options of a command that stand for a key of the config. */
interface KeyOptions {
  readonly engine?: EngineName;
  readonly order?: string;
  readonly trialModule?: string;
  readonly workers?: number;
  readonly trustNetwork?: boolean;
}

/** The settings of a command line with its options for keys as the last: what a trial may be depends on the engine. */
export const withKeyOptions = (
  overrides: readonly string[],
  { engine, order, trialModule, workers, trustNetwork }: KeyOptions,
): readonly string[] => [
  // In front: what keys of trial may be depends on it.
  ...(trialModule === undefined ? [] : [`trialModule=${JSON.stringify(trialModule)}`]),
  ...overrides,
  ...(engine === undefined ? [] : [`engine=${engine}`]),
  ...(order === undefined ? [] : [`order=${order}`]),
  ...(workers === undefined ? [] : [`workers=${workers}`]),
  ...(trustNetwork ? ['trustNetwork=true'] : []),
];
