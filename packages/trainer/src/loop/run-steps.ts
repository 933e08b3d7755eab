import type { StepContext } from '@nfnets/compiled-step';
import { show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import type { GradientMeter } from '../steps/gradient-meter.js';
import { seedOfMasks } from '../steps/seed-of-masks.js';
import { partOfMask } from '../steps/shared-masks.js';
import { type MaskSeed, plainStep, type TrainState } from '../steps/training-step.js';
import { type WatchedUpdate, watchedStep } from '../steps/watched-step.js';
import type { TrainedWeights } from '../weights/trained-weights.js';
import type { Together } from './train-group.js';
import type { TrainTask } from './train-task.js';

type Step = (
  batch: { readonly images: tf.Tensor; readonly labels: tf.Tensor },
  scalars: Readonly<Record<string, tf.Scalar>>,
  context: StepContext,
) => StepResult;

/** What the update made, and what the meter measured. */
export type StepResult = WatchedUpdate & {
  measured?: tf.Tensor1D;
  /** Samples of all processes, where there are several. */
  samples?: tf.Scalar;
};

/** What the steps of a run compute: recorded where they are compiled, else run as it stands. */
export class RunSteps {
  /** Whether the masks of a step are its inputs. */
  isCompiled = false;
  /** Seed of the masks of a step that runs as it is. */
  seed = 0;
  /** What the optimizer counts for one step. */
  iterationsPerStep = 0;
  /** Makes figures of what the last recorded or eager step measured. */
  readMeasured: ReturnType<GradientMeter>['read'] = () => [];

  private readonly watched: ReturnType<typeof watchedStep>;

  constructor(
    private readonly task: TrainTask,
    private readonly weights: TrainedWeights,
    private readonly together: Together,
  ) {
    this.watched = watchedStep(task.step ?? plainStep);
  }

  readonly step: Step = (batch, scalars, context) => this.update(this.state(), batch, scalars, context);

  readonly measuredStep: Step = (batch, scalars, context) => {
    let kept: tf.Tensor1D | undefined;
    const observe: TrainState['observe'] = (gradients) => {
      const measured = this.task.clipStats!.meter(gradients);
      const { values, read } = measured ?? {};
      if (!(values instanceof tf.Tensor && typeof read === 'function')) {
        throw new TypeError(
          `train: \`clipStats.meter\` must return { values, read } as clipMeter() of @nfnets/agc does, got ${show(measured)}.`,
        );
      }
      kept?.dispose();
      // The step frees what it makes.
      kept = tf.keep(values);
      this.readMeasured = read;
    };
    try {
      const made = this.update(this.state(observe), batch, scalars, context);
      return kept ? { ...made, measured: tf.clone(kept) } : made;
    } finally {
      kept?.dispose();
    }
  };

  private state(observe?: TrainState['observe']): TrainState {
    const { model, optimizer } = this.task;
    const { variables, slots } = this.weights;
    return { model, optimizer, variables: [...variables], slots, ...(observe && { observe }) };
  }

  /** Options of the loss. */
  get lossOptions() {
    const { labelSmoothing = 0, classWeights } = this.task;
    return { labelSmoothing, ...(classWeights && { classWeights }) };
  }

  private update(
    state: TrainState,
    { images, labels }: Parameters<Step>[0],
    scalars: Parameters<Step>[1],
    context: StepContext,
  ): StepResult {
    const { optimizer, ema } = this.task;
    const seed = this.maskSeed(images.shape[0]!, context);
    const { iterations } = optimizer;
    const step = (given: TrainState) => this.watched(given, { images, labels }, { seed, ...this.lossOptions });
    const made = this.together.group ? this.averaged(step, state, scalars, context) : step(state);
    this.iterationsPerStep = optimizer.iterations - iterations;
    ema?.moveBy(scalars['emaShare']!);
    return made;
  }

  /** A step whose gradients and loss are means over the samples of all processes. */
  private averaged(
    step: (state: TrainState) => WatchedUpdate,
    state: TrainState,
    { own }: Parameters<Step>[1],
    { averaged }: StepContext,
  ): StepResult {
    const [samples] = averaged([own!], tf.scalar(1));
    const share = tf.div(own!, samples!) as tf.Scalar;
    let isAveraged = false;
    const average: TrainState['average'] = (gradients) => {
      isAveraged = true;
      // From the last layer on, whose gradients are known first.
      const names = Object.keys(gradients).reverse();
      const means = averaged(
        names.map((name) => gradients[name]!),
        share,
      );
      return Object.fromEntries(names.map((name, i) => [name, means[i]!]));
    };
    const { loss, sums } = step({ ...state, average });
    if (!isAveraged) {
      throw new TypeError(
        'train: `step` must average its gradients over the processes of `group`, and did not: call plainStep() or another step of @nfnets/trainer, or `state.average(gradients)` before the update.',
      );
    }
    const [mean] = averaged([loss], share);
    return { loss: mean!, sums, samples: samples! };
  }

  /** What layers draw their masks by, in a batch of which this process has `rows`. */
  private maskSeed(rows: number, { hostTensor }: StepContext): MaskSeed {
    if (!this.isCompiled) return this.seed;
    const { group, index } = this.together;
    return seedOfMasks((shape, values) =>
      hostTensor(shape, ({ seed, samples, from }) =>
        group ? partOfMask(shape, rows, values, { seed: seed!, samples: samples!, from: from!, index }) : values(seed!),
      ),
    );
  }
}
