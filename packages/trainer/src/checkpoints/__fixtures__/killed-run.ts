// A run that kills itself as a crash would: `node killed-run.ts '{ "folder", "log", "kill" }'`. Appends a line for each step.
import { appendFileSync } from 'node:fs';
import { useBackend } from '@nfnets/backends';
import * as tf from '@tensorflow/tfjs';
import { checkpoints } from '../../node.js';
import { clippedByHistory, resumableRun } from './resumable-run.js';

/** When to die: at the event of a step, or while a checkpoint is written, as so many of its values have been read. */
export type Kill = { readonly step: number } | { readonly reads: number };

export interface KilledRun {
  readonly folder: string;
  readonly log: string;
  readonly kill?: Kill;
  readonly engine: 'cpu' | 'wasm' | 'native';
  /** Behind all clipping that remembers. Default no clipping. */
  readonly clips?: boolean;
}

const { folder, log, kill, engine, clips } = JSON.parse(process.argv[2]!) as KilledRun;
const die = () => process.kill(process.pid, 'SIGKILL');
tf.enableProdMode();
await useBackend(engine);

const checkpoint = checkpoints(folder, { everySteps: 1, keep: 2 });
const { save } = checkpoint;
let reads = 0;
if (kill && 'reads' in kill) {
  checkpoint.save = ({ info, tensors }) => {
    const dying = tensors.map((tensor) => ({
      ...tensor,
      read: () => {
        if (++reads === kill.reads) die();
        return tensor.read();
      },
    }));
    return save.call(checkpoint, { info, tensors: dying });
  };
}
const { resumed, losses, epochs, weights, averages } = await resumableRun({
  net: 'dense',
  ...(clips && { makeOptimizer: clippedByHistory }),
  checkpoint,
  onStep({ step, loss }) {
    appendFileSync(log, `${JSON.stringify({ step, loss })}\n`);
    if (kill && 'step' in kill && kill.step === step) die();
  },
});
appendFileSync(log, `${JSON.stringify({ end: { resumed, steps: Object.keys(losses).length, epochs, weights, averages } })}\n`);
