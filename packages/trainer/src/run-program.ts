import { compileStep, type Program, type ScalarValues, type StepContext, TraceError } from '@nfnets/compiled-step';
import type { Batch } from '@nfnets/data';
import { deriveSeed } from '@nfnets/data';
import * as tf from '@tensorflow/tfjs-core';
import { setIterations } from './optimizer-state.js';
import type { RunStart, StepEnd } from './train-event.js';
import type { TrainTask } from './train-task.js';
import { type MaskSeed, plainStep, type TrainState } from './training-step.js';

/** An optimizer whose learning rate can be a tensor, and so change without compiling again. */
interface TensorRateOptimizer {
  withLearningRate?<T>(learningRate: tf.Scalar, update: () => T): T;
}

type Step = (
  batch: { readonly images: tf.Tensor; readonly labels: tf.Tensor },
  scalars: Readonly<Record<string, tf.Scalar>>,
  context: StepContext,
) => { loss: tf.Scalar };

type StepProgram = Program<{ readonly step: Step }>;

/** The steps of a run: compiled where that can be done, else as they are. */
export class RunProgram {
  private program!: StepProgram;
  private reason: string | undefined;
  /** What the optimizer counts for one step. */
  private iterationsPerStep = 0;
  /** Seed of the masks of a step that runs as it is; a compiled one has them as inputs. */
  private seed = 0;

  private constructor(
    private readonly task: TrainTask,
    private readonly state: TrainState,
  ) {}

  /** @throws TypeError if the task wants to be compiled and its optimizer cannot be */
  static async start(task: TrainTask, state: TrainState): Promise<RunProgram> {
    const { optimizer, schedule, compile = 'auto' } = task;
    const isFrozen = schedule !== undefined && !(optimizer as TensorRateOptimizer).withLearningRate;
    const reason = isFrozen
      ? 'the learning rate of `optimizer` would stay what it was when it was compiled, and there is a `schedule`; those of @nfnets/optimizers have a rate that can change'
      : undefined;
    if (compile === true && reason !== undefined) throw new TypeError(`train: \`compile\` is true, but ${reason}.`);
    const run = new RunProgram(task, state);
    await run.compile(compile === false || isFrozen);
    if (compile === 'auto') run.reason = reason;
    return run;
  }

  get description(): Omit<RunStart, 'type'> {
    const { isCompiled } = this.program;
    return { isCompiled, ...(this.reason !== undefined && { reason: this.reason }) };
  }

  /** Makes step number `step` and tells what its event will; frees the batch. */
  async runStep(drawn: Batch, step: number): Promise<Pick<StepEnd, 'loss' | 'learningRate' | 'samples'>> {
    const { optimizer, schedule, seed, ema } = this.task;
    const batch = this.transform(drawn, step);
    let loss: tf.Scalar | undefined;
    try {
      const learningRate = schedule?.(step);
      if (learningRate !== undefined) (optimizer as tf.SGDOptimizer).setLearningRate(learningRate);
      this.seed = deriveSeed(seed, 'masks', step);
      const iterations = optimizer.iterations;
      ({ loss } = await this.run(batch, {
        seed: this.seed,
        ...(learningRate !== undefined && { learningRate }),
        ...(ema && { emaShare: ema.nextShare() }),
      }));
      // A graph call does not pass by the optimizer's own code, and recording it passes several times.
      if (this.program.isCompiled) setIterations(optimizer, iterations + this.iterationsPerStep);
      // Waits for the device. Reading one step late would hide that, and tell of a step when the next is already made.
      const [value] = await loss.data();
      return { loss: value!, samples: batch.images.shape[0]!, ...(learningRate !== undefined && { learningRate }) };
    } finally {
      tf.dispose([batch.images, batch.labels, loss ?? []]);
    }
  }

  dispose(): void {
    this.program.dispose();
  }

  /** What the task makes of a batch; frees that. */
  private transform(batch: Batch, step: number): Batch {
    const { transformBatch, seed } = this.task;
    if (!transformBatch) return batch;
    try {
      return tf.tidy(() => {
        const { images, labels } = transformBatch(batch, deriveSeed(seed, 'transform', step));
        // Clones: what was not changed must outlive the batch.
        return { images: tf.clone(images), labels: tf.clone(labels) };
      });
    } finally {
      tf.dispose([batch.images, batch.labels]);
    }
  }

  private async run({ images, labels }: Batch, scalars: ScalarValues): Promise<{ loss: tf.Scalar }> {
    try {
      return this.program.step({ images, labels }, scalars);
    } catch (error) {
      if (!(error instanceof TraceError) || this.task.compile === true) throw error;
      this.program.dispose();
      await this.compile(true);
      this.reason = error.message;
      return this.program.step({ images, labels }, scalars);
    }
  }

  private async compile(eager: boolean): Promise<void> {
    this.program = await compileStep({ step: this.step }, { eager });
  }

  private readonly step: Step = ({ images, labels }, { learningRate, emaShare }, { hostTensor }) => {
    const { step = plainStep, optimizer, labelSmoothing = 0, ema } = this.task;
    const seed: MaskSeed = this.program.isCompiled
      ? (shape, values) => hostTensor(shape, (scalars) => values(scalars['seed']!))
      : this.seed;
    const { iterations } = optimizer;
    const update = (): tf.Scalar => step(this.state, { images, labels }, { seed, labelSmoothing });
    const { withLearningRate } = optimizer as TensorRateOptimizer;
    const loss = learningRate && withLearningRate ? withLearningRate.call(optimizer, learningRate, update) : update();
    this.iterationsPerStep = optimizer.iterations - iterations;
    ema?.moveBy(emaShare!);
    return { loss: loss as tf.Scalar };
  };
}
