// A process that trains in a group, one task after the other: `node trained-run.ts '{ "hosts", "index", "tasks" }'`. Prints a line a task.
import { setTimeout } from 'node:timers/promises';
import { agc } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { arrayDataset } from '@nfnets/data';
import { seededDropout } from '@nfnets/nf-blocks';
import { adam, adamW, lamb, lars, muon, rmspropTF, sgd, stableAdamW } from '@nfnets/optimizers';
import { accumulatedStep, ema, samStep, type TrainEvent, type TrainTask, train, warmupCosine } from '@nfnets/trainer';
import { checkpoints } from '@nfnets/trainer/node';
import * as tf from '@tensorflow/tfjs';
import { joinGroup } from '../index.js';

/** What to train. */
export interface TaskName {
  readonly optimizer: keyof typeof OPTIMIZERS;
  readonly step?: 'accumulated' | 'sam';
  /** Parts that a batch goes up in by `sam`. */
  readonly microBatches?: number;
  readonly dropout?: number;
  readonly ema?: boolean;
  readonly learningRate?: number;
  readonly steps?: number;
  /** Of the schedule. Default `steps`. */
  readonly totalSteps?: number;
  readonly seed?: number;
  readonly modelSeed?: number;
  /** Folder of checkpoints. */
  readonly checkpoint?: string;
  readonly ownStep?: boolean;
  /** Of the convolution. Default 8. */
  readonly filters?: number;
  /** Steps between two checkpoints. Default 20. */
  readonly everySteps?: number;
  /** Whether each step is printed when it is made, and takes this many milliseconds more. */
  readonly tellsAfter?: number;
}

/** What the process does. */
export interface TrainedRun {
  readonly hosts: readonly string[];
  readonly index: number;
  readonly tasks: readonly TaskName[];
  readonly timeoutSeconds?: number;
  readonly trustNetwork?: boolean;
}

/** What it prints of a task. */
export interface TrainedResult {
  readonly losses: readonly number[];
  readonly weights: readonly (readonly number[])[];
  readonly averages: readonly (readonly number[])[];
  readonly events: readonly TrainEvent[];
  /** The error that ended it. */
  readonly failure?: string;
}

const OPTIMIZERS = {
  agc: (rate = 0.1) => agc(sgd({ learningRate: rate, momentum: 0.9, nesterov: true }), { clipFactor: 0.05, exclude: ['head'] }),
  sgd: (rate = 0.1) => sgd({ learningRate: rate }),
  adam: (rate = 0.001) => adam({ learningRate: rate }),
  adamW: (rate = 0.001) => adamW({ learningRate: rate, weightDecay: 0.01 }),
  lamb: (rate = 0.01) => lamb({ learningRate: rate }),
  lars: (rate = 0.1) => lars({ learningRate: rate }),
  muon: (rate = 0.01) => muon({ learningRate: rate }),
  rmspropTF: (rate = 0.001) => rmspropTF({ learningRate: rate }),
  stableAdamW: (rate = 0.001) => stableAdamW({ learningRate: rate }),
  tfMomentum: (rate = 0.1) => tf.train.momentum(rate, 0.9),
};

const [SIDE, CLASSES] = [6, 3];
const data = (length: number, phase: number) =>
  arrayDataset({
    images: Float32Array.from({ length: length * SIDE * SIDE * 2 }, (_, i) => Math.sin(3 * i + (i % 7) + phase)),
    labels: Array.from({ length }, (_, i) => (i * i + phase) % CLASSES),
    imageShape: [SIDE, SIDE, 2],
    numClasses: CLASSES,
  });

const { tasks, ...place } = JSON.parse(process.argv[2]!) as TrainedRun;
tf.enableProdMode();
await useBackend('native');
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const group = await joinGroup(place);

function network({ dropout: rate = 0, modelSeed = 1, filters = 8 }: TaskName): tf.LayersModel {
  const seeded = (seed: number) => tf.initializers.heNormal({ seed: seed + 10 * modelSeed });
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ filters, kernelSize: 3, activation: 'relu', inputShape: [SIDE, SIDE, 2], kernelInitializer: seeded(1) }),
      tf.layers.flatten(),
      seededDropout({ rate, name: 'dropout' }),
      tf.layers.dense({ units: CLASSES, name: 'head', kernelInitializer: seeded(2) }),
    ],
  });
}

const values = (tensors: readonly tf.Tensor[]) => tensors.map((tensor) => [...tensor.dataSync()]);

for (const task of tasks) {
  const model = network(task);
  const optimizer = OPTIMIZERS[task.optimizer](task.learningRate);
  const average = task.ema ? ema(model, { decay: 0.9 }) : undefined;
  const { steps = 50, totalSteps = steps } = task;
  const step: TrainTask['step'] | undefined =
    task.step === 'accumulated'
      ? accumulatedStep({ microBatches: 2 })
      : task.step === 'sam'
        ? samStep({ rho: 0.05, microBatches: task.microBatches ?? 1 })
        : task.ownStep
          ? ({ model, optimizer, variables }, { images, labels }) =>
              optimizer.minimize(
                () => tf.losses.softmaxCrossEntropy(tf.oneHot(labels as tf.Tensor1D, CLASSES), model.apply(images) as tf.Tensor) as tf.Scalar,
                true,
                variables,
              )!
          : undefined;
  const events: TrainEvent[] = [];
  let failure: string | undefined;
  try {
    for await (const event of train({
      model,
      optimizer,
      data: data(44, 0),
      evaluate: { data: data(11, 1), batchSize: 4, everyEpochs: 5 },
      epochs: 100,
      steps,
      batchSize: 12,
      partialBatch: 'keep',
      seed: task.seed ?? 3,
      labelSmoothing: 0.1,
      ...('setLearningRate' in optimizer &&
        task.optimizer !== 'tfMomentum' && {
          schedule: warmupCosine({ maxLearningRate: task.learningRate ?? (optimizer as { readonly learningRate?: number }).learningRate ?? 0.1, warmupSteps: 5, totalSteps }),
        }),
      ...(step && { step }),
      ...(average && { ema: average }),
      ...(task.checkpoint && { checkpoint: checkpoints(task.checkpoint, { everySteps: task.everySteps ?? 20 }) }),
      group,
    })) {
      events.push(event);
      if (task.tellsAfter === undefined || event.type !== 'step-end') continue;
      say({ step: event.step });
      await setTimeout(task.tellsAfter);
    }
  } catch (error) {
    failure = String(error);
  }
  const losses = events.flatMap((event) => (event.type === 'step-end' ? [event.loss] : []));
  // Of a step that was not finished there are no values.
  const weights = failure === undefined ? values(model.getWeights()) : [];
  const averages = failure === undefined && average ? values(average.averages) : [];
  say({ losses, weights, averages, events, failure });
  model.dispose();
  optimizer.dispose();
  average?.dispose();
}
group.leave();
