import type * as tf from '@tensorflow/tfjs-core';
import { encodeSavedModel, encodeSessionConfig } from '../graph/graph-def.js';
import { isWorthBfloat16 } from '../graph/number-formats.js';
import { programGraph } from '../graph/program-graph.js';
import { type Recording, recordStep } from '../record/record-step.js';
import { SettingsWatch } from '../record/settings-watch.js';
import { ShapeProbe } from '../record/shape-probe.js';
import type { AnyStep, Precision, ScalarValues } from '../step-function.js';
import { listLeaves, rebuildTree, type TensorTree } from '../tensor-tree.js';
import { type BindingTap, tapBinding } from '../tensorflow/binding-tap.js';
import { Session } from '../tensorflow/session.js';
import { type TensorFlowBackend, TF_DTYPE } from '../tensorflow/tensorflow-binding.js';
import { compareTraces } from '../trace/compare-traces.js';
import type { Trace } from '../trace/trace.js';
import { TraceError } from '../trace/trace-error.js';
import { hasFusedOps } from './choose-precision.js';
import { runEagerly } from './eager-program.js';
import { intraOpThreads } from './intra-op-threads.js';
import { RecordingChurn } from './recording-churn.js';
import { type CompiledTrace, TraceCache } from './trace-cache.js';
import { VariableStore } from './variable-store.js';

export interface GraphProgramOptions {
  readonly maxTraces: number;
  readonly xla: boolean;
  readonly watch: readonly object[];
  readonly onEager: ((reason: string) => void) | undefined;
  readonly precision: Precision;
}

/** Steps as calls of one TensorFlow graph, recorded when a step first sees a batch of some shape. */
export class GraphProgram {
  private readonly tap: BindingTap;
  private readonly probe: ShapeProbe;
  private readonly store: VariableStore;
  private readonly traces: TraceCache;
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
    private readonly backend: TensorFlowBackend,
    private readonly steps: Readonly<Record<string, AnyStep>>,
    private readonly declared: readonly tf.Variable[] | undefined,
    private readonly options: GraphProgramOptions,
  ) {
    this.tap = tapBinding(backend);
    this.probe = new ShapeProbe(this.tap.real);
    this.store = new VariableStore(backend, this.tap);
    this.traces = new TraceCache(options.maxTraces);
  }

  get variables(): readonly tf.Variable[] {
    return this.declared ?? this.store.variables;
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
    this.store.flush();
    const { recording, call, constantIds } = trace;
    const { real } = this.tap;
    const batchIds = this.backend
      .getInputTensorIds(leaves.map(({ tensor }) => tensor))
      .map((id) => this.tap.realId(id));
    const madeIds = recording.trace.inputs.slice(leaves.length).map(({ from, shape, dtype }) => {
      if (from.kind === 'host') return real.createTensor([...shape], dtype, from.compute(scalars));
      return real.createTensor([], TF_DTYPE.float32, Float32Array.of(from.kind === 'scalar' ? scalars[from.name]! : 0));
    });
    try {
      const fetched = this.store.run(call, [...batchIds, ...madeIds, ...constantIds]);
      const done = fetched.pop()!;
      real.deleteTensor(done.id);
      return rebuildTree(
        recording.trace.result as TensorTree,
        fetched.map((metadata) => this.backend.createOutputTensor(metadata)),
      );
    } finally {
      for (const id of madeIds) real.deleteTensor(id);
    }
  }

  dispose(): void {
    this.store.release();
    this.free(this.traces.take());
  }

  /** Forgets what was recorded before something that the steps read was set. */
  private dropOutdated(key: string): void {
    const disposed = this.store.findDisposed();
    if (disposed) {
      // An optimizer that was given another state has other variables, for which it is recorded anew.
      this.disposed = disposed;
      this.store.release();
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
    this.store.release();
    this.free(this.traces.take());
    onEager(
      `compileStep: ${what} is set so often that recording the steps anew costs more than it saves: they run as they are from now on.`,
    );
  }

  /** Compiles a step; undefined if there is no room for it, and running as it is will do. */
  private compile(key: string, name: string, batch: TensorTree, scalars: ScalarValues): CompiledTrace | undefined {
    const gone = this.traces.makeRoom(key, name);
    if (!gone) {
      this.refuse(name, key);
      return undefined;
    }
    this.free(gone);
    const recording = this.recordUndisposed(name, batch, scalars);
    const others = this.traces.all();
    const traces = [...others.map((it) => it.recording), recording].map(({ trace }) => trace);
    const variables = [...new Set([...this.store.variables, ...traces.flatMap((trace) => trace.variables)])];
    const dtypeOf = (variable: tf.Variable) => this.backend.getDTypeInteger(variable.dtype);
    // XLA's own code splits its work otherwise.
    const threads = this.options.xla
      ? undefined
      : intraOpThreads(traces, process.getBuiltinModule('node:os').availableParallelism());
    const precision =
      this.options.precision === 'bfloat16' && traces.some(isWorthBfloat16) ? 'bfloat16' : ('float32' as const);
    // In float32, ops that are small are as fast one by one, and TensorFlow computes a bias within its convolution.
    const isWorthFusing = precision === 'bfloat16' || threads === undefined;
    const fuses = isWorthFusing && !this.options.xla && hasFusedOps(this.backend);
    const graph = programGraph(traces, variables, dtypeOf, this.tap.real, {
      xla: this.options.xla,
      fuses,
      precision,
      threads,
    });
    const config = threads === undefined ? undefined : encodeSessionConfig(threads);
    let session: Session;
    try {
      session = new Session(this.tap.real, encodeSavedModel(graph.nodes), config);
    } catch (error) {
      recording.dispose();
      throw new TraceError(
        `compileStep: TensorFlow does not take the graph of \`${name}\`: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
    this.store.moveTo({ session, graph }, variables);
    for (const it of others) it.call = graph.traceCalls.get(it.recording.trace)!;
    const call = graph.traceCalls.get(recording.trace)!;
    const constantIds = call.fedConstants.map(({ id, shape, dtype, values }) =>
      id !== undefined ? id : this.tap.real.createTensor([...shape], dtype, values!),
    );
    const settings = new SettingsWatch([...recording.optimizers]);
    const compiled = { name, shapes: shapesOf(key), recording, call, constantIds, settings };
    this.traces.add(key, compiled);
    return compiled;
  }

  private recordUndisposed(...step: [name: string, batch: TensorTree, scalars: ScalarValues]): Recording {
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
  private record(name: string, batch: TensorTree, scalars: ScalarValues): Recording {
    const task = { name, step: this.steps[name]!, batch, scalars, optimizers: this.optimizers };
    const record = () => recordStep(task, { backend: this.backend, tap: this.tap, probe: this.probe });
    let first = record();
    const isSeenFirst = [...first.optimizers].some((optimizer) => !this.optimizers.has(optimizer));
    for (const optimizer of first.optimizers) this.optimizers.add(optimizer);
    if (first.madeVariables || isSeenFirst) {
      first.dispose();
      first = record();
    }
    try {
      this.settings ??= new SettingsWatch(this.options.watch);
      const second = record();
      this.settings.ignoreChanged();
      const difference = compareTraces(first.trace, second.trace, scalars, this.tap.real) ?? drawnIn(name, second);
      if (difference === undefined) {
        this.assertDeclared(second.trace);
        return second;
      }
      second.dispose();
      throw new TraceError(difference);
    } finally {
      first.dispose();
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

  private free(traces: readonly CompiledTrace[]): void {
    for (const { recording, constantIds } of traces) {
      // Those with an id of their own belong to the recording.
      const held = new Set(recording.heldIds);
      for (const id of constantIds) if (!held.has(id)) this.tap.real.deleteTensor(id);
      recording.dispose();
    }
  }
}

/** What is wrong with a step that draws random numbers in JavaScript; two recordings may look the same by chance. */
function drawnIn(name: string, { draws }: Recording): string | undefined {
  if (!draws) return undefined;
  return `compileStep: \`${name}\` draws from Math.random while it is recorded, as masks and noise without a seed do, and a graph would repeat what was drawn. Draw before the step and pass it in the batch, seed it by a scalar, or make it with \`context.hostTensor\`.`;
}

function shapesOf(key: string): string {
  const [, leaves] = JSON.parse(key) as [string, [string, string, number[]][]];
  return leaves.map(([path, , shape]) => `${path} [${shape}]`).join(', ');
}
