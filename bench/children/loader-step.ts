// Training steps of the quickstart's net, with augmented images from a loader and with images in memory: `loader-step.ts ENGINE`.
import { adaptiveGradClip, withTransforms } from '@nfnets/agc';
import { type Engine, useBackend } from '@nfnets/backends';
import { arrayDataset, type Batch, type BatchRequest, type Dataset } from '@nfnets/data';
import { imageLoader, mnistDigits } from '@nfnets/data/node';
import { createModel } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { train } from '@nfnets/trainer';

/** What the steps took, all in milliseconds, step by step. */
export interface StepTimes {
  /** From step to step, waiting for the images included. */
  readonly step: number[];
  /** Waiting for the images, of that. */
  readonly waited: number[];
  /** Of all cores. */
  readonly processor: number[];
}

export interface LoaderStepReply {
  readonly loader: StepTimes;
  readonly memory: StepTimes;
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

async function addTimes(data: Dataset, { step, waited, processor }: StepTimes): Promise<void> {
  const optimizer = withTransforms(sgd({ learningRate: 0.01 }), transform);
  const waits: number[] = [];
  let count = 0;
  let used = process.cpuUsage();
  for await (const event of train({
    model,
    optimizer,
    data: watched(data, waits),
    epochs: 1,
    batchSize: BATCH,
    seed: 1,
  })) {
    if (event.type !== 'step-end') continue;
    const { user, system } = process.cpuUsage(used);
    used = process.cpuUsage();
    if (++count <= WARMUP) continue;
    step.push(event.seconds * 1000);
    waited.push(waits[count - 1]!);
    processor.push((user + system) / 1000);
  }
  optimizer.dispose();
}

/** The dataset, which notes how long each of its batches is waited for. */
function watched(data: Dataset, waits: number[]): Dataset {
  const { length, imageShape, numClasses } = data;
  async function* batches(request: BatchRequest): AsyncGenerator<Batch> {
    const iterator = data.batches(request)[Symbol.asyncIterator]();
    for (;;) {
      const start = performance.now();
      const { value, done } = await iterator.next();
      if (done) return;
      waits.push(performance.now() - start);
      yield value;
    }
  }
  return { length, imageShape, numClasses, batches };
}

const noTimes = (): StepTimes => ({ step: [], waited: [], processor: [] });
const reply: LoaderStepReply = { loader: noTimes(), memory: noTimes() };
for (let round = 0; round < Number(rounds); round++) {
  await addTimes(loader, reply.loader);
  await addTimes(memory, reply.memory);
}
say(reply);
process.exit();
