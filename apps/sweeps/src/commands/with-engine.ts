import type { EngineName } from '../engines/index.js';

/** The settings of a command line with its `--engine` as the last: what a trial may be depends on the engine. */
export const withEngine = (overrides: readonly string[], engine: EngineName | undefined): readonly string[] =>
  engine === undefined ? overrides : [...overrides, `engine=${engine}`];
