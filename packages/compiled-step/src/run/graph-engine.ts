import type * as tf from '@tensorflow/tfjs-core';
import { encodeGraph, encodeSavedModel, encodeSessionConfig } from '../graph/graph-def.js';
import { isWorthBfloat16 } from '../graph/number-formats.js';
import { type ProgramGraph, programGraph } from '../graph/program-graph.js';
import type { TraceCall } from '../graph/trace-layout.js';
import type { ProcessGroup } from '../process-group.js';
import { type Recording, type RecordTask, recordStep } from '../record/record-step.js';
import { ShapeProbe } from '../record/shape-probe.js';
import type { GroupReductions } from '../record/step-recorder.js';
import { SymbolicGraph } from '../record/symbolic-graph.js';
import type { Precision, ScalarValues } from '../step-function.js';
import { rebuildTree, type TensorTree } from '../tensor-tree.js';
import { type BindingTap, tapBinding } from '../tensorflow/binding-tap.js';
import { type GraphSession, Session } from '../tensorflow/session.js';
import { type TensorFlowBackend, TF_DTYPE } from '../tensorflow/tensorflow-binding.js';
import { compareTraces } from '../trace/compare-traces.js';
import { ALL_REDUCE, type Trace } from '../trace/trace.js';
import { TraceError } from '../trace/trace-error.js';
import { hasFusedOps } from './choose-precision.js';
import { intraOpThreads } from './intra-op-threads.js';
import { SharedSession } from './shared-session.js';
import type { StepEngine } from './step-engine.js';
import type { CompiledTrace } from './trace-cache.js';
import { VariableStore } from './variable-store.js';

export interface GraphOptions {
  readonly xla: boolean;
  readonly precision: Precision;
  /** Processes that make every step together; undefined for this one alone. */
  readonly group?: ProcessGroup | undefined;
}

const programsOf = new WeakMap<ProcessGroup, number>();
/** Sessions of groups so far, each of which has a container of variables. */
let containers = 0;

/** A recording that holds references to tensors of TensorFlow's. */
export interface GraphRecording extends Recording {
  readonly heldIds: number[];
}

/** A trace as calls of the present graph. */
interface GraphTrace {
  readonly call: TraceCall;
  /** Ids of the constants that are fed. */
  readonly constantIds: readonly number[];
}

type Compiled = CompiledTrace<GraphRecording, GraphTrace>;

/** Steps as calls of one TensorFlow graph. */
export class GraphEngine implements StepEngine<GraphRecording, GraphTrace> {
  private readonly tap: BindingTap;
  private readonly probe: ShapeProbe;
  private readonly store: VariableStore;
  /** Number of the program, in each process the same. */
  private readonly program: number = 0;
  /** What all processes were seen to have the same, by the names of the steps. */
  private readonly agreed = new Map<string, string>();

  constructor(
    private readonly backend: TensorFlowBackend,
    private readonly options: GraphOptions,
  ) {
    this.tap = tapBinding(backend);
    this.probe = new ShapeProbe(this.tap.real);
    this.store = new VariableStore(backend, this.tap);
    const { group } = options;
    if (!group) return;
    this.program = (programsOf.get(group) ?? 0) + 1;
    programsOf.set(group, this.program);
  }

  get variables(): readonly tf.Variable[] {
    return this.store.variables;
  }

  record(task: RecordTask): GraphRecording {
    const graph = new SymbolicGraph(task.name, this.backend, this.tap, this.probe, this.reductions(task.name));
    return { ...recordStep(task, graph), heldIds: graph.heldIds };
  }

  difference(first: GraphRecording, second: GraphRecording, scalars: ScalarValues): string | undefined {
    return compareTraces(first.trace, second.trace, scalars, (id) => this.tap.real.tensorDataSync(id));
  }

  compile(recording: GraphRecording, others: readonly Compiled[]): GraphTrace {
    const traces = [...others.map((it) => it.recording), recording].map(({ trace }) => trace);
    const variables = [...new Set([...this.store.variables, ...traces.flatMap((trace) => trace.variables)])];
    const dtypeOf = (variable: tf.Variable) => this.backend.getDTypeInteger(variable.dtype);
    // XLA's own code splits its work otherwise.
    const { group } = this.options;
    const cores = group?.threads ?? process.getBuiltinModule('node:os').availableParallelism();
    const threads = this.options.xla ? undefined : intraOpThreads(traces, cores);
    const precision =
      this.options.precision === 'bfloat16' && traces.some(isWorthBfloat16) ? 'bfloat16' : ('float32' as const);
    // In float32, ops that are small are as fast one by one, and TensorFlow computes a bias within its convolution.
    const isWorthFusing = precision === 'bfloat16' || threads === undefined;
    const fuses = isWorthFusing && !this.options.xla && hasFusedOps(this.backend);
    if (group) this.agree(group, recording);
    const graph = programGraph(traces, variables, dtypeOf, this.tap.real, {
      xla: this.options.xla,
      fuses,
      precision,
      threads: threads ?? group?.threads,
      container: group && `nfnets-${++containers}`,
    });
    let session: GraphSession;
    try {
      session = this.open(graph, threads);
    } catch (error) {
      this.discard(recording);
      throw new TraceError(
        `compileStep: TensorFlow does not take the graph of \`${recording.trace.step}\`: ${(error as Error).message}`,
        { cause: error },
      );
    }
    this.store.moveTo({ session, graph }, variables);
    for (const it of others) it.made = { ...it.made, call: graph.traceCalls.get(it.recording.trace)! };
    const call = graph.traceCalls.get(recording.trace)!;
    const constantIds = call.fedConstants.map(({ id, shape, dtype, values }) =>
      id !== undefined ? id : this.tap.real.createTensor([...shape], dtype, values!),
    );
    return { call, constantIds };
  }

  private open({ nodes, destroy }: ProgramGraph, threads: number | undefined): GraphSession {
    const { group } = this.options;
    const { real } = this.tap;
    if (group) return new SharedSession(real, group.openSession(encodeGraph(nodes)), { nodes, destroy: destroy! });
    const config = threads === undefined ? undefined : encodeSessionConfig(threads);
    return new Session(real, encodeSavedModel(nodes), config);
  }

  /** How many processes sum what a step reduces, and what TensorFlow knows the reductions by. */
  private reductions(step: string): GroupReductions | undefined {
    const { group } = this.options;
    return group && { processes: group.size, name: `${this.program}/${step}` };
  }

  /** Makes sure that all processes of the group recorded the same step. */
  private agree(group: ProcessGroup, { trace }: GraphRecording): void {
    const facts = sharedFacts(trace);
    const text = JSON.stringify(facts);
    // Recorded for other shapes, maybe by this process alone, as the last batch of a pass may be.
    if (this.agreed.get(trace.step) === text) return;
    group.assertSame(`the step \`${trace.step}\``, { ...facts, ...opFacts(trace) });
    this.agreed.set(trace.step, text);
  }

  run({ recording, made }: Compiled, batch: readonly tf.Tensor[], scalars: ScalarValues): TensorTree {
    this.store.flush();
    const { real } = this.tap;
    const batchIds = this.backend.getInputTensorIds(batch).map((id) => this.tap.realId(id));
    const madeIds = recording.trace.inputs.slice(batch.length).map(({ from, shape, dtype }) => {
      if (from.kind === 'host') return real.createTensor([...shape], dtype, from.compute(scalars));
      return real.createTensor([], TF_DTYPE.float32, Float32Array.of(from.kind === 'scalar' ? scalars[from.name]! : 0));
    });
    try {
      const fetched = this.store.run(made.call, [...batchIds, ...madeIds, ...made.constantIds]);
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

  eagerKernels(): readonly string[] {
    return [];
  }

  release(): void {
    this.store.release();
  }

  free({ recording, made }: Compiled): void {
    // Those with an id of their own belong to the recording.
    const held = new Set(recording.heldIds);
    for (const id of made.constantIds) if (!held.has(id)) this.tap.real.deleteTensor(id);
    this.discard(recording);
  }

  discard({ heldIds }: GraphRecording): void {
    for (const id of heldIds.splice(0)) this.tap.real.deleteTensor(id);
  }
}

/** What must be the same of a step in all processes, whatever their parts of a batch are. */
function sharedFacts({ ops, variables }: Trace): Record<string, unknown> {
  const sums = ops.filter(({ name }) => name === ALL_REDUCE).map(({ outputs }) => outputs[0]!.shape.join('x'));
  const weights = variables.map(({ shape, dtype }) => `${dtype} ${shape.join('x')}`);
  return { averaged: sums, variables: variables.length, weights: hashOf(weights) };
}

/** The ops, which only processes with parts of one size have the same. */
function opFacts({ ops, inputs }: Trace): Record<string, unknown> {
  const batch = inputs.filter(({ from }) => from.kind === 'batch').map(({ shape }) => `[${shape}]`);
  const names = ops.map(({ name }) => name);
  return { [`graph for ${batch.join(', ')}`]: `${ops.length} ops, ${hashOf(names)}` };
}

function hashOf(texts: readonly string[]): string {
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256');
  return hash.update(texts.join(';')).digest('hex').slice(0, 16);
}
