import { adaptiveGradClip, addDecayedWeights, withTransforms } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { type ArrayDataset, arrayDataset, split } from '@nfnets/data';
import { mnistDigits } from '@nfnets/data/node';
import { createModel } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { type EpochEnd, train, warmupCosine } from '@nfnets/trainer';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { DatasetName } from './datasets.js';
import type { Trial } from './plan-trials.js';
import type { TrialConfig } from './sweep-schema.js';
import type { TrialEvent, TrialFunction, TrialMetrics } from './trial-function.js';

/** Images per forward pass of the evaluation; does not change its result. */
const EVALUATION_BATCH = 250;

/** Trains the network of a trial on its data and measures it after every epoch: the trial function of real sweeps. */
export const trainTrial: TrialFunction = async function* ({ config, derived }, { engine, threads }) {
  const choice = await useBackend(engine, { threads });
  yield { type: 'engine', engine: choice.engine, reason: choice.reason };

  const [trainData, testData] = loadDataset(config.dataset);
  const { imageShape, numClasses } = trainData;
  const model = createModel(config.model, {
    numClasses,
    inputShape: imageShape as [number, number, number],
    seed: config.seed,
  });
  const optimizer = makeOptimizer(config, classifierKernel(model));
  let samples = 0;
  let metrics: TrialMetrics = {};
  try {
    for await (const event of train({
      model,
      optimizer,
      data: trainData,
      epochs: config.epochs,
      batchSize: config.batchSize,
      seed: config.seed,
      schedule: makeSchedule(config, derived),
      labelSmoothing: config.labelSmoothing,
      evaluate: { data: testData, batchSize: EVALUATION_BATCH },
    })) {
      switch (event.type) {
        case 'step-end':
          samples += event.samples;
          yield {
            type: 'step',
            step: event.step + 1,
            epoch: event.epoch + 1,
            samples,
            loss: event.loss,
            learningRate: event.learningRate!,
          };
          break;
        case 'epoch-end': {
          const ended = epochEvent(event, samples);
          if (Number.isFinite(ended.loss)) {
            metrics = { accuracy: ended.accuracy, loss: ended.loss, trainLoss: ended.trainLoss };
          }
          yield ended;
          break;
        }
        case 'run-diverged':
          return { status: 'diverged', step: event.step + 1, reason: event.reason, metrics };
        case 'run-end':
          return { status: 'done', metrics };
      }
    }
    throw new Error('The training ended without saying how.');
  } finally {
    optimizer.dispose();
    model.dispose();
  }
};

const DATASET_LOADERS: Readonly<Record<DatasetName, () => ArrayDataset>> = {
  mnist: () => arrayDataset(mnistDigits({ from: import.meta.url })),
};

function loadDataset({ name, train, test, splitSeed }: TrialConfig['dataset']): [ArrayDataset, ArrayDataset] {
  return split(DATASET_LOADERS[name](), { counts: [train, test], seed: splitSeed });
}

/** Clip, then decay, then momentum: the order of Brock et al. 2021, in which the decay is never clipped. */
function makeOptimizer({ learningRate, momentum, clipFactor, weightDecay }: TrialConfig, classifier: string) {
  const transforms = [
    ...(clipFactor === 'off' ? [] : [adaptiveGradClip({ clipFactor, exclude: [classifier] })]),
    ...(weightDecay > 0 ? [addDecayedWeights({ weightDecay })] : []),
  ];
  return withTransforms(sgd({ learningRate: learningRate.base, momentum }), ...transforms);
}

function makeSchedule({ warmupEpochs }: TrialConfig, { learningRate, stepsPerEpoch, steps }: Trial['derived']) {
  return warmupCosine({ maxLearningRate: learningRate, warmupSteps: warmupEpochs * stepsPerEpoch, totalSteps: steps });
}

/** Name of the kernel of the last layer, which clipping leaves alone (Brock et al. 2021, §4.1). */
function classifierKernel(model: LayersModel): string {
  return `${model.layers.at(-1)!.name}/kernel`;
}

function epochEvent({ epoch, step, meanLoss, evaluation }: EpochEnd, samples: number): TrialEvent & { type: 'epoch' } {
  const { loss, accuracy } = evaluation!;
  return { type: 'epoch', epoch: epoch + 1, step: step + 1, samples, trainLoss: meanLoss, loss, accuracy };
}
