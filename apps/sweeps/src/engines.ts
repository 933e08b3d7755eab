/** The engines a trial can run on; `auto` takes the fastest that works. */
export const ENGINES = ['auto', 'native', 'wasm', 'cpu'] as const;

/** Name of an engine, or `auto`. */
export type EngineName = (typeof ENGINES)[number];
