// Training steps of the quickstart's net, with augmented images from a loader and with images in memory: `loader-step.ts ENGINE`.
import { adaptiveGradClip, withTransforms } from '@nfnets/agc';
import { type Engine, useBackend } from '@nfnets/backends';
import { arrayDataset, type Dataset } from '@nfnets/data';
import { imageLoader, mnistDigits } from '@nfnets/data/node';
import { createModel } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { train } from '@nfnets/trainer';

/** Milliseconds from step to step, waiting for the images included. */
export interface LoaderStepReply {
  readonly loader: readonly number[];
  readonly memory: readonly number[];
}

const [engine, rounds] = process.argv.slice(2) as [Engine, string];
const BATCH = 64;
/** The first steps record the graph, start threads and fill caches. */
const WARMUP = 4;
const say = (reply: object) => process.stdout.write(`${JSON.stringify(reply)}\n`);

try {
  await useBackend(engine);
} catch (error) {
  say({ missing: (error as Error).message });
  process.exit();
}
const memory = arrayDataset(mnistDigits()).subset(Array.from({ length: 3200 }, (_, i) => i * 3));
const loader = imageLoader(memory, {
  imageSize: 28,
  augment: [{ op: 'padAndCrop', padding: 2 }, { op: 'horizontalFlip' }, { op: 'randAugment', layers: 2, magnitude: 9 }],
});
const model = createModel('nfnet_digits', { numClasses: 10, seed: 1 });
const transform = adaptiveGradClip({ clipFactor: 0.16, exclude: [`${model.layers.at(-1)!.name}/kernel`] });

async function times(data: Dataset): Promise<number[]> {
  const optimizer = withTransforms(sgd({ learningRate: 0.01 }), transform);
  const milliseconds: number[] = [];
  for await (const event of train({ model, optimizer, data, epochs: 1, batchSize: BATCH, seed: 1 })) {
    if (event.type === 'step-end') milliseconds.push(event.seconds * 1000);
  }
  optimizer.dispose();
  return milliseconds.slice(WARMUP);
}

const reply = { loader: [] as number[], memory: [] as number[] };
for (let round = 0; round < Number(rounds); round++) {
  reply.loader.push(...(await times(loader)));
  reply.memory.push(...(await times(memory)));
}
say(reply satisfies LoaderStepReply);
process.exit();
