// A batch through a net of ours in a process of its own: `infer.ts ENGINE FORM SETUP`. Answers questions by lines of JSON.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Engine } from '@nfnets/backends';
import { compileStep } from '@nfnets/compiled-step';
import { foldForInference } from '@nfnets/models';
import * as tf from '@tensorflow/tfjs';
import { readTensorFile } from '../inputs/tensor-file.js';
import type { TrainingSetup } from '../inputs/training-setup.js';
import { NETS } from '../nets/nets.js';
import { say } from './say.js';
import { orSayMissing, startEngine } from './start-engine.js';
import { takeWeights } from './take-weights.js';

/** Asks for so many passes of the one batch. */
export interface InferQuestion {
  readonly runs: number;
}

/** The logits of the first image, and the milliseconds of each pass until its logits were read. */
export interface InferReply {
  readonly logits: readonly number[];
  readonly milliseconds: readonly number[];
}

const [engine, form, json] = process.argv.slice(2) as [Engine, string, string];
const { net, folder } = JSON.parse(json) as TrainingSetup;
await startEngine(engine);
const trained = NETS[net].build();
takeWeights(trained, folder);
const [stored] = readTensorFile(join(folder, 'images'));
const images = tf.tensor4d(stored!.values, stored!.shape as [number, number, number, number]);
const model = form === 'as trained' ? trained : await foldForInference(trained);
if (model !== trained) trained.dispose();
const program = await orSayMissing(() =>
  compileStep(
    { evaluate: (images: tf.Tensor) => model.apply(images, { training: false }) as tf.Tensor },
    {
      eager: !form.startsWith('folded, compiled'),
      precision: form === 'folded, compiled, bfloat16' ? 'bfloat16' : 'float32',
    },
  ),
);
say({ version: `tfjs ${tf.version_core}` });

for await (const line of createInterface({ input: process.stdin })) {
  const { runs } = JSON.parse(line) as InferQuestion;
  const milliseconds: number[] = [];
  let values: ArrayLike<number> = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    const logits = tf.tidy(() => program.evaluate(images));
    values = await logits.data();
    milliseconds.push(performance.now() - start);
    logits.dispose();
  }
  say({ logits: Array.from(values).slice(0, 10), milliseconds } satisfies InferReply);
}
