import type { EngineName } from '../engines/index.js';

/** Options of a command that stand for a key of the config. */
interface KeyOptions {
  readonly engine?: EngineName;
  readonly order?: string;
}

/** The settings of a command line with its options for keys as the last: what a trial may be depends on the engine. */
export const withKeyOptions = (overrides: readonly string[], { engine, order }: KeyOptions): readonly string[] => [
  ...overrides,
  ...(engine === undefined ? [] : [`engine=${engine}`]),
  ...(order === undefined ? [] : [`order=${order}`]),
];
