import { type Engine, useBackend } from '@nfnets/backends';
import * as tf from '@tensorflow/tfjs';
import { say } from './say.js';

/** Takes an engine, without tfjs's checks of every value; where it cannot be had, says why and ends the process. */
export async function startEngine(engine: Engine): Promise<void> {
  tf.enableProdMode();
  await orSayMissing(() => useBackend(engine));
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
