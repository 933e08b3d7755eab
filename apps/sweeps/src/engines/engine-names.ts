/** The engines a trial can run on; `auto` takes the fastest that works. */
export const ENGINES = ['auto', 'native-gpu', 'native', 'webgpu', 'wasm', 'cpu'] as const;

/** Name of an engine, or `auto`. */
export type EngineName = (typeof ENGINES)[number];

/** What comes with the package: the others need something that has to be installed. */
export const ALWAYS_THERE: readonly EngineName[] = ['auto', 'wasm', 'cpu'];

/** All but `auto`, which is one of the others, the one that is usually fastest first. */
export const MEASURABLE_ENGINES: readonly EngineName[] = ENGINES.filter((engine) => engine !== 'auto');
