import { type Engine, useBackend } from '@nfnets/backends';
import * as tf from '@tensorflow/tfjs';
import { say } from './say.js';

/** Takes an engine, without tfjs's checks of every value; where it cannot be had, says why and ends the process. */
export async function startEngine(engine: Engine): Promise<void> {
  tf.enableProdMode();
  try {
    await useBackend(engine);
  } catch (error) {
    say({ missing: (error as Error).message });
    process.exit();
  }
}
