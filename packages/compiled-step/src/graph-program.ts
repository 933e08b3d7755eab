import type * as tf from '@tensorflow/tfjs-core';
import { type BindingTap, tapBinding } from './binding-tap.js';
import { compareTraces } from './compare-traces.js';
import { encodeSavedModel, encodeSessionConfig } from './graph-def.js';
import { intraOpThreads } from './intra-op-threads.js';
import { programGraph } from './program-graph.js';
import { type Recording, recordStep } from './record-step.js';
import { Session } from './session.js';
import { ShapeProbe } from './shape-probe.js';
import type { AnyStep, ScalarValues } from './step-function.js';
import { listLeaves, rebuildTree, type TensorTree } from './tensor-tree.js';
import { type TensorFlowBackend, TF_DTYPE } from './tensorflow-binding.js';
import type { Trace } from './trace.js';
import { TraceError } from './trace-error.js';
import type { TraceCall } from './trace-layout.js';
import { VariableStore } from './variable-store.js';

export interface GraphProgramOptions {
  readonly maxTraces: number;
  readonly xla: boolean;
}

interface Compiled {
  readonly recording: Recording;
  call: TraceCall;
  /** Ids of the constants that are fed. */
  readonly constantIds: number[];
}

/** Steps as calls of one TensorFlow graph, recorded when a step first sees a batch of some shape. */
export class GraphProgram {
  private readonly tap: BindingTap;
  private readonly probe: ShapeProbe;
  private readonly store: VariableStore;
  private readonly compiled = new Map<string, Compiled>();

  constructor(
    private readonly backend: TensorFlowBackend,
    private readonly steps: Readonly<Record<string, AnyStep>>,
    private readonly declared: readonly tf.Variable[] | undefined,
    private readonly options: GraphProgramOptions,
  ) {
    this.tap = tapBinding(backend);
    this.probe = new ShapeProbe(this.tap.real);
    this.store = new VariableStore(backend, this.tap);
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
    const { recording, call, constantIds } = this.compiled.get(key) ?? this.compile(key, name, batch, scalars);
    this.store.flush();
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
    for (const { recording, constantIds } of this.compiled.values()) this.free(recording, constantIds);
    this.compiled.clear();
  }

  private compile(key: string, name: string, batch: TensorTree, scalars: ScalarValues): Compiled {
    this.assertRoom(name);
    const recording = this.record(name, batch, scalars);
    const recordings = [...[...this.compiled.values()].map((it) => it.recording), recording];
    const traces = recordings.map(({ trace }) => trace);
    const variables = [...new Set([...this.store.variables, ...traces.flatMap((trace) => trace.variables)])];
    const dtypeOf = (variable: tf.Variable) => this.backend.getDTypeInteger(variable.dtype);
    const graph = programGraph(traces, variables, dtypeOf, this.tap.real, this.options);
    // XLA's own code splits its work otherwise.
    const threads = this.options.xla
      ? undefined
      : intraOpThreads(traces, process.getBuiltinModule('node:os').availableParallelism());
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
    for (const it of this.compiled.values()) it.call = graph.traceCalls.get(it.recording.trace)!;
    const call = graph.traceCalls.get(recording.trace)!;
    const constantIds = call.fedConstants.map(({ id, shape, dtype, values }) =>
      id !== undefined ? id : this.tap.real.createTensor([...shape], dtype, values!),
    );
    const compiled = { recording, call, constantIds };
    this.compiled.set(key, compiled);
    return compiled;
  }

  /** Records twice, as what JavaScript does differently at every call cannot be repeated by a graph. */
  private record(name: string, batch: TensorTree, scalars: ScalarValues): Recording {
    const task = { name, step: this.steps[name]!, batch, scalars };
    const record = () => recordStep(task, { backend: this.backend, tap: this.tap, probe: this.probe });
    let first = record();
    if (first.madeVariables) {
      first.dispose();
      first = record();
    }
    try {
      const second = record();
      const difference = compareTraces(first.trace, second.trace, scalars, this.tap.real);
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

  private assertRoom(name: string): void {
    const recorded = [...this.compiled.keys()].filter((key) => (JSON.parse(key) as [string])[0] === name);
    if (recorded.length < this.options.maxTraces) return;
    const shapes = recorded.map((key) => (JSON.parse(key) as [string, [string, string, number[]][]])[1]);
    const seen = shapes.map((leaves) => leaves.map(([path, , shape]) => `${path} [${shape}]`).join(', ')).join('; ');
    throw new RangeError(
      `compileStep: \`maxTraces\` is ${this.options.maxTraces}, and \`${name}\` was called with yet another set of shapes or scalars, after: ${seen}. Pad or drop batches that are not full, or raise \`maxTraces\`.`,
    );
  }

  private free(recording: Recording, constantIds: readonly number[]): void {
    // Those with an id of their own belong to the recording.
    const held = new Set(recording.heldIds);
    for (const id of constantIds) if (!held.has(id)) this.tap.real.deleteTensor(id);
    recording.dispose();
  }
}
