import type * as tf from '@tensorflow/tfjs-core';
import type { Recording } from '../record/record-step.js';
import { SettingsWatch } from '../record/settings-watch.js';
import type { AnyStep, ScalarValues } from '../step-function.js';
import { listLeaves, type TensorTree } from '../tensor-tree.js';
import type { Trace } from '../trace/trace.js';
import { TraceError } from '../trace/trace-error.js';
import { runEagerly } from './eager-program.js';
import { RecordingChurn } from './recording-churn.js';
import type { StepEngine } from './step-engine.js';
import { type CompiledTrace, TraceCache } from './trace-cache.js';

export interface RecordedProgramOptions {
  readonly maxTraces: number;
  readonly watch: readonly object[];
  readonly onEager: ((reason: string) => void) | undefined;
}

/** Steps that are recorded when one first sees a batch of some shape, and run by an engine from then on. */
export class RecordedProgram<Recorded extends Recording, Made> {
  private readonly traces: TraceCache<CompiledTrace<Recorded, Made>>;
  private readonly churn = new RecordingChurn();
  /** All optimizers that a step was seen to use. */
  private readonly optimizers = new Set<tf.Optimizer>();
  /** What the steps read of `watch`; nothing before a step is recorded. */
  private settings: SettingsWatch | undefined;
  /** A variable that was disposed since the last recording. */
  private disposed: tf.Variable | undefined;
  private isGivenUp = false;
  private isEagerTold = false;

  constructor(
    private readonly engine: StepEngine<Recorded, Made>,
    private readonly steps: Readonly<Record<string, AnyStep>>,
    private readonly declared: readonly tf.Variable[] | undefined,
    private readonly options: RecordedProgramOptions,
  ) {
    this.traces = new TraceCache(options.maxTraces);
  }

  get variables(): readonly tf.Variable[] {
    return this.declared ?? this.engine.variables;
  }

  /** Kernels that a call of a step leaves to tfjs, and how often: the most of any step. */
  get eagerKernels(): Record<string, number> {
    const most: Record<string, number> = {};
    for (const trace of this.traces.all()) {
      const counts: Record<string, number> = {};
      for (const name of this.engine.eagerKernels(trace)) counts[name] = (counts[name] ?? 0) + 1;
      for (const [name, count] of Object.entries(counts)) most[name] = Math.max(most[name] ?? 0, count);
    }
    return most;
  }

  /** Runs a step; its results are the caller's. */
  call(name: string, batch: TensorTree, scalars: ScalarValues): TensorTree {
    const leaves = listLeaves(batch, `compileStep: the batch of \`${name}\``);
    const key = JSON.stringify([
      name,
      leaves.map(({ path, tensor }) => [path, tensor.dtype, tensor.shape]),
      Object.keys(scalars),
    ]);
    this.dropOutdated(key);
    const trace = this.isGivenUp ? undefined : (this.traces.use(key) ?? this.compile(key, name, batch, scalars));
    if (!trace) return runEagerly(name, this.steps[name]!, batch, scalars);
    this.churn.count();
    return this.engine.run(
      trace,
      leaves.map(({ tensor }) => tensor),
      scalars,
    );
  }

  dispose(): void {
    this.engine.release();
    this.free(this.traces.take());
  }

  /** Forgets what was recorded before something that the steps read was set. */
  private dropOutdated(key: string): void {
    const disposed = this.engine.variables.find(({ isDisposed }) => isDisposed);
    if (disposed) {
      // An optimizer that was given another state has other variables, for which it is recorded anew.
      this.disposed = disposed;
      this.engine.release();
      this.free(this.traces.take());
    }
    const changed = this.settings?.changed();
    if (changed !== undefined) {
      this.settings = undefined;
      this.free(this.traces.take());
      this.tellChange(changed);
      return;
    }
    const changedOptimizer = this.traces.get(key)?.settings.changed();
    if (changedOptimizer === undefined) return;
    this.free(this.traces.take(key));
    this.tellChange(changedOptimizer);
  }

  private tellChange(what: string): void {
    const { onEager } = this.options;
    if (!this.churn.outdated() || !onEager || this.isGivenUp) return;
    this.isGivenUp = true;
    this.engine.release();
    this.free(this.traces.take());
    onEager(
      `compileStep: ${what} is set so often that recording the steps anew costs more than it saves: they run as they are from now on.`,
    );
  }

  /** Compiles a step; undefined if there is no room for it, and running as it is will do. */
  private compile(
    key: string,
    name: string,
    batch: TensorTree,
    scalars: ScalarValues,
  ): CompiledTrace<Recorded, Made> | undefined {
    const gone = this.traces.makeRoom(key, name);
    if (!gone) {
      this.refuse(name, key);
      return undefined;
    }
    this.free(gone);
    const recording = this.recordUndisposed(name, batch, scalars);
    const made = this.engine.compile(recording, this.traces.all());
    const settings = new SettingsWatch([...recording.optimizers]);
    const compiled = { name, shapes: shapesOf(key), recording, made, settings };
    this.traces.add(key, compiled);
    return compiled;
  }

  private recordUndisposed(...step: [name: string, batch: TensorTree, scalars: ScalarValues]): Recorded {
    try {
      const recording = this.record(...step);
      this.disposed = undefined;
      return recording;
    } catch (error) {
      if (!this.disposed) throw error;
      throw new Error(
        `compileStep: the variable ${this.disposed.name} was disposed. Dispose the program before its variables.`,
        { cause: error },
      );
    }
  }

  /** Records twice, as what JavaScript does differently at every call cannot be repeated by a graph. */
  private record(name: string, batch: TensorTree, scalars: ScalarValues): Recorded {
    const task = { name, step: this.steps[name]!, batch, scalars, optimizers: this.optimizers };
    const record = () => this.engine.record(task);
    let first = record();
    const isSeenFirst = [...first.optimizers].some((optimizer) => !this.optimizers.has(optimizer));
    for (const optimizer of first.optimizers) this.optimizers.add(optimizer);
    if (first.madeVariables || isSeenFirst) {
      this.engine.discard(first);
      first = record();
    }
    try {
      this.settings ??= new SettingsWatch(this.options.watch);
      const second = record();
      this.settings.ignoreChanged();
      const difference = this.engine.difference(first, second, scalars) ?? drawnIn(name, second);
      if (difference === undefined) {
        this.assertDeclared(second.trace);
        return second;
      }
      this.engine.discard(second);
      throw new TraceError(difference);
    } finally {
      this.engine.discard(first);
    }
  }

  private assertDeclared({ step, assignments }: Trace): void {
    const undeclared = this.declared && [...assignments.keys()].find((variable) => !this.declared!.includes(variable));
    if (!undeclared) return;
    throw new Error(
      `compileStep: \`${step}\` assigns the variable ${undeclared.name}, which is not in \`state\`. Add it there, or leave \`state\` out.`,
    );
  }

  /** Says once that a step runs as it is for want of room; fails where nobody listens. */
  private refuse(name: string, key: string): void {
    const { maxTraces, onEager } = this.options;
    const seen = this.traces.all().filter((trace) => trace.name === name);
    const reason = `compileStep: \`maxTraces\` is ${maxTraces}, and \`${name}\` was called with yet another set of shapes or scalars, after: ${seen.map(({ shapes }) => shapes).join('; ')}.`;
    if (!onEager) throw new RangeError(`${reason} Pad or drop batches that are not full, or raise \`maxTraces\`.`);
    if (this.isEagerTold) return;
    this.isEagerTold = true;
    onEager(`${reason} Others, such as ${shapesOf(key)}, run as they are.`);
  }

  private free(traces: readonly CompiledTrace<Recorded, Made>[]): void {
    for (const trace of traces) this.engine.free(trace);
  }
}

/** What is wrong with a step that draws random numbers in JavaScript; two recordings may look the same by chance. */
function drawnIn(name: string, { draws }: Recording): string | undefined {
  if (!draws) return undefined;
  return `compileStep: \`${name}\` draws from Math.random while it is recorded, as masks and noise without a seed do, and a compiled step would repeat what was drawn. Draw before the step and pass it in the batch, seed it by a scalar, or make it with \`context.hostTensor\`.`;
}

function shapesOf(key: string): string {
  const [, leaves] = JSON.parse(key) as [string, [string, string, number[]][]];
  return leaves.map(([path, , shape]) => `${path} [${shape}]`).join(', ');
}
