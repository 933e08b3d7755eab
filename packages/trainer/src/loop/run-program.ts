import { compileStep, type Program, type ScalarValues, type StepContext, TraceError } from '@nfnets/compiled-step';
import type { Batch, BatchPart } from '@nfnets/data';
import { deriveSeed } from '@nfnets/data';
import { show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { type Fault, findFault } from '../divergence/find-fault.js';
import { assertClasses, assertProbabilities } from '../evaluation/assert-labels.js';
import type { GradientMeter } from '../steps/gradient-meter.js';
import { seedOfMasks } from '../steps/seed-of-masks.js';
import { partOfMask } from '../steps/shared-masks.js';
import { type MaskSeed, plainStep, type TrainState } from '../steps/training-step.js';
import { type WatchedUpdate, watchedStep } from '../steps/watched-step.js';
import type { RunStart, StepEnd } from '../train-event.js';
import { layersOf } from '../weights/layers-of.js';
import { setIterations } from '../weights/optimizer-state.js';
import type { TrainedWeights } from '../weights/trained-weights.js';
import { closingLoss, type KeptSamples, keepSamples } from './closing-loss.js';
import { type SharedBatch, Together } from './train-group.js';
import type { TrainTask } from './train-task.js';

type Step = (
  batch: { readonly images: tf.Tensor; readonly labels: tf.Tensor },
  scalars: Readonly<Record<string, tf.Scalar>>,
  context: StepContext,
) => StepResult;

/** What the update made, and what the meter measured. */
type StepResult = WatchedUpdate & {
  measured?: tf.Tensor1D;
  /** Samples of all processes, where there are several. */
  samples?: tf.Scalar;
};

type StepProgram = Program<{ readonly step: Step; readonly measuredStep: Step }>;

/** What is told of a step, and what went wrong if something of it is not finite. */
type StepReport = Pick<StepEnd, 'loss' | 'learningRate' | 'samples' | 'clipStats'> & { readonly fault?: Fault };

/** How much larger than ever before a sum of weights must be for a run to be at risk. */
const SUDDEN_GROWTH = 100;

/** The steps of a run: compiled where that can be done, else as they are. */
export class RunProgram {
  private program!: StepProgram;
  private reason: string | undefined;
  /** Why steps run as they are from now on, until it is told. */
  private notice: string | undefined;
  /** What the optimizer counts for one step. */
  private iterationsPerStep = 0;
  /** Seed of the masks of a step that runs as it is; a compiled one has them as inputs. */
  private seed = 0;
  /** The largest sum of a variable so far. */
  private largestSum = 1;
  private hasGrown = false;
  /** The data of the variables after the last step: other data means that they were assigned since. */
  private dataIds: readonly object[] = [];
  /** Samples of the last batch. */
  private lastSamples: KeptSamples | undefined;
  /** Makes figures of what the last recorded or eager step measured. */
  private readMeasured: ReturnType<GradientMeter>['read'] = () => [];

  private readonly watched: ReturnType<typeof watchedStep>;
  private readonly together: Together;

  private constructor(
    private readonly task: TrainTask,
    private readonly weights: TrainedWeights,
  ) {
    this.watched = watchedStep(task.step ?? plainStep);
    this.together = new Together(task.group);
  }

  /** @throws TypeError if the task wants to be compiled and its optimizer cannot be; RangeError for bfloat16 where it cannot be had */
  static async start(task: TrainTask, weights: TrainedWeights): Promise<RunProgram> {
    const { optimizer, schedule } = task;
    const isFrozen = schedule !== undefined && !('withLearningRate' in optimizer && optimizer.withLearningRate);
    const reason = isFrozen
      ? 'the learning rate of `optimizer` would stay what it was when it was compiled, and there is a `schedule`; those of @nfnets/optimizers have a rate that can change'
      : undefined;
    const must = whatNeedsCompiling(task);
    if (must !== undefined && reason !== undefined) throw new TypeError(`train: ${must}, but ${reason}.`);
    const run = new RunProgram(task, weights);
    await run.compile(task.compile === false || isFrozen);
    if (task.compile !== false) run.reason = reason;
    return run;
  }

  get description(): Omit<RunStart, 'type'> {
    const { isCompiled, precision, eagerKernels } = this.program;
    const isWhole = Object.keys(eagerKernels).length === 0;
    return {
      isCompiled,
      precision,
      ...(!isWhole && { eagerKernels }),
      ...(this.reason !== undefined && { reason: this.reason }),
    };
  }

  /** The part of each batch that is to be drawn; undefined for whole batches. */
  get drawnPart(): BatchPart | undefined {
    const { data, transformBatch } = this.task;
    // What mixes images must see all of them.
    return this.together.partOf(data, transformBatch !== undefined);
  }

  /** Why steps run as they are since the last one, though they were compiled before; said once. */
  takeNotice(): string | undefined {
    const { notice } = this;
    this.notice = undefined;
    return notice;
  }

  /**
   * Makes step number `step` and tells what its event will; frees the batch.
   *
   * @param planned Samples that the batch was to have, of all processes
   * @param isAtRisk Whether the loss before was too high: weights are then kept also where that takes time
   * @param isLast Whether {@link closingLoss} may be asked for
   */
  async runStep(drawn: Batch, planned: number, step: number, isAtRisk: boolean, isLast: boolean): Promise<StepReport> {
    const { model, optimizer, data, schedule, seed, ema, clipStats } = this.task;
    this.weights.follow();
    const { variables } = this.weights;
    const { batch, shared } = this.ownPart(this.transform(drawn, step), planned);
    const before = await this.copyWeights(isAtRisk);
    let made: StepResult | undefined;
    try {
      const name = clipStats && step % (clipStats.everySteps ?? 50) === 0 ? 'measuredStep' : 'step';
      const learningRate = schedule?.(step);
      if (learningRate !== undefined && !Number.isFinite(learningRate)) {
        throw new RangeError(`train: \`schedule\` must give finite numbers, got ${learningRate} at step ${step}.`);
      }
      if (learningRate !== undefined) (optimizer as tf.SGDOptimizer).setLearningRate(learningRate);
      this.seed = deriveSeed(seed, 'masks', step);
      const iterations = optimizer.iterations;
      made = await this.run(name, batch, {
        seed: this.seed,
        ...(ema && { emaShare: ema.nextShare() }),
        ...(shared && {
          samples: shared.samples,
          from: shared.rows[0],
          own: shared.isStandIn ? 0 : batch.images.shape[0]!,
        }),
      });
      // A compiled step does not pass by the optimizer's own code, and recording it passes several times.
      if (this.program.isCompiled) setIterations(optimizer, iterations + this.iterationsPerStep);
      // Waits for the device. Reading one step late would hide that, and tell of a step when the next is already made.
      const [[loss], sums, measured, labels, samples] = await Promise.all([
        made.loss.data(),
        made.sums.data<'float32'>(),
        made.measured?.data(),
        batch.labels.data(),
        made.samples?.data(),
      ]);
      const assertLabels = batch.labels.rank === 1 ? assertClasses : assertProbabilities;
      assertLabels('train', labels, data.numClasses);
      const isSuspect = !Number.isFinite(loss) || !sums.every(Number.isFinite);
      const suspect = { model, variables, batch, seed: this.seed, loss: loss!, gradientSum: sums[0]!, before };
      const fault = isSuspect ? await this.agreedFault(await findFault(suspect)) : undefined;
      if (isLast) this.lastSamples = await keepSamples(batch);
      this.watchGrowth(sums);
      this.dataIds = variables.map(({ dataId }) => dataId);
      return {
        loss: loss!,
        samples: samples ? Math.round(samples[0]!) : batch.images.shape[0]!,
        ...(learningRate !== undefined && { learningRate }),
        ...(measured && { clipStats: this.readMeasured(measured) }),
        ...(fault && { fault }),
      };
    } finally {
      tf.dispose([
        batch.images,
        batch.labels,
        made?.loss ?? [],
        made?.sums ?? [],
        made?.measured ?? [],
        made?.samples ?? [],
        before ?? [],
      ]);
    }
  }

  /** The loss of samples of the last batch with the weights after it; undefined if that was not made here. */
  async closingLoss(): Promise<number | undefined> {
    const { model } = this.task;
    const own = this.lastSamples && (await closingLoss(model, this.lastSamples, this.seed, this.lossOptions));
    if (!this.together.group) return own;
    const samples = this.lastSamples?.images.shape[0] ?? 0;
    const all = await this.together.exchange('the closing loss', [
      own === undefined ? null : String(own),
      samples,
    ] as const);
    const known = all.flatMap(([loss, count]) => (loss === null ? [] : [[Number(loss), count] as const]));
    const total = known.reduce((sum, [, count]) => sum + count, 0);
    return known.length === 0 ? undefined : known.reduce((sum, [loss, count]) => sum + (loss * count) / total, 0);
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
        const made = transformBatch(batch, deriveSeed(seed, 'transform', step));
        const { images, labels } = made ?? {};
        if (!(images instanceof tf.Tensor && labels instanceof tf.Tensor)) {
          throw new TypeError(
            `train: \`transformBatch\` must return { images, labels } of tensors, got ${show(made)}.`,
          );
        }
        // Clones: what was not changed must outlive the batch.
        return { images: tf.clone(images), labels: tf.clone(labels) };
      });
    } finally {
      tf.dispose([batch.images, batch.labels]);
    }
  }

  /** This process's rows of a batch, where that is whole; frees it. */
  private ownPart(batch: Batch, planned: number): { readonly batch: Batch; readonly shared?: SharedBatch } {
    if (!this.together.group) return { batch };
    if (this.drawsParts) return { batch, shared: this.together.share(planned) };
    // Not what was planned: a batch may have lost images.
    const shared = this.together.share(batch.images.shape[0]!);
    const [from, to] = shared.rows;
    try {
      const cut = <T extends tf.Tensor>(tensor: T): T => tf.slice(tensor, from, to - from);
      return { batch: { images: cut(batch.images), labels: cut(batch.labels) }, shared };
    } finally {
      tf.dispose([batch.images, batch.labels]);
    }
  }

  /** The same fault in all processes: of those found the first that names a layer. */
  private async agreedFault(own: Fault | undefined): Promise<Fault | undefined> {
    const all = await this.together.exchange('what went wrong', own ?? null);
    return all.find((fault) => fault?.layer !== undefined) ?? all.find((fault) => fault !== null) ?? undefined;
  }

  private async run(
    name: 'step' | 'measuredStep',
    { images, labels }: Batch,
    scalars: ScalarValues,
  ): Promise<StepResult> {
    try {
      return this.program[name]({ images, labels }, scalars);
    } catch (error) {
      if (!(error instanceof TraceError) || whatNeedsCompiling(this.task) !== undefined) throw error;
      this.program.dispose();
      await this.compile(true);
      this.reason = error.message;
      this.notice = error.message;
      return this.program[name]({ images, labels }, scalars);
    }
  }

  private async compile(eager: boolean): Promise<void> {
    const { model, optimizer, maxTraces = 8, precision = 'float32' } = this.task;
    const { weights } = this;
    const trained = {
      name: 'model',
      get trainableWeights() {
        return weights.variables;
      },
    };
    const watch = [trained, ...layersOf(model), optimizer];
    const onEager = (reason: string) => {
      this.notice = reason;
    };
    this.program = await compileStep(
      { step: this.step, measuredStep: this.measuredStep },
      {
        eager,
        maxTraces,
        precision,
        watch,
        ...(whatNeedsCompiling(this.task) === undefined && { onEager }),
        ...(this.together.group && { group: this.together.group }),
      },
    );
    if (precision !== 'bfloat16' || this.program.precision === 'bfloat16') return;
    this.program.dispose();
    throw new RangeError(
      `train: \`precision\` 'bfloat16' is for steps that TensorFlow compiles, and the backend '${tf.getBackend()}' computes in float32. Take useBackend('native') of @nfnets/backends, or 'float32' or 'auto'.`,
    );
  }

  /**
   * The weights before a step, to find out where it went wrong. Where steps run as they are nothing is copied: the old values
   * are only kept. From a graph they are fetched, so only when it is likely that they are needed: at the first step, after
   * somebody else assigned one, after a loss that was too high or a sudden growth of the weights.
   */
  private async copyWeights(isAtRisk: boolean): Promise<tf.Tensor[] | undefined> {
    const { variables } = this.weights;
    if (!this.program.isCompiled) return variables.map((variable) => tf.clone(variable));
    const areOwn = variables.every(({ dataId }, i) => dataId === this.dataIds[i]);
    if (areOwn && !isAtRisk && !this.hasGrown) return undefined;
    const values = await Promise.all(variables.map((variable) => variable.data()));
    return variables.map(({ shape, dtype }, i) => tf.tensor(values[i]!.slice(), shape, dtype));
  }

  private watchGrowth(sums: Float32Array): void {
    const before = this.largestSum;
    for (const sum of sums) this.largestSum = Math.max(this.largestSum, Math.abs(sum));
    this.hasGrown = !(this.largestSum <= SUDDEN_GROWTH * before);
  }

  private readonly step: Step = (batch, scalars, context) => this.update(this.state(), batch, scalars, context);

  private readonly measuredStep: Step = (batch, scalars, context) => {
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

  private get lossOptions() {
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
    if (!this.program.isCompiled) return this.seed;
    const { group, index } = this.together;
    return seedOfMasks((shape, values) =>
      hostTensor(shape, ({ seed, samples, from }) =>
        group ? partOfMask(shape, rows, values, { seed: seed!, samples: samples!, from: from!, index }) : values(seed!),
      ),
    );
  }

  private get drawsParts(): boolean {
    return this.drawnPart !== undefined;
  }
}

/** Why a task's steps must be compiled, as a clause; undefined where they may run as they are. */
function whatNeedsCompiling({ compile, precision, group }: TrainTask): string | undefined {
  if (group && group.size > 1) return `\`group\` has ${group.size} processes, which meet within compiled steps`;
  if (compile === true) return '`compile` is true';
  return precision === 'bfloat16' ? "`precision` is 'bfloat16', for which steps must be compiled" : undefined;
}
