import { type Engine, useBackend } from '@nfnets/backends';
import * as tf from '@tensorflow/tfjs';
import { say } from './say.js';

/**
 * Takes an engine, on so many threads if that is WebAssembly, without tfjs's checks of every value; where it cannot be had, says why and
 * ends the process.
 */
export async function startEngine(engine: Engine, threads?: number): Promise<void> {
  tf.enableProdMode();
  const choice = await orSayMissing(() => useBackend(engine, threads === undefined ? {} : { threads }));
  if (threads !== undefined && choice.threads !== threads) {
    say({ missing: choice.reason });
    process.exit();
  }
}

/** What `attempt` makes; where that cannot be had here, says why and ends the process. */
export async function orSayMissing<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    say({ missing: (error as Error).message });
    process.exit();
  }
}
