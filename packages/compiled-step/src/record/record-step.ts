import * as tf from '@tensorflow/tfjs-core';
import type { AnyStep, ScalarValues, StepContext } from '../step-function.js';
import { type Leaf, listLeaves, rebuildTree, type TensorTree } from '../tensor-tree.js';
import { dtypeNumber } from '../tensorflow/tensorflow-binding.js';
import type { RecordedOp, Source, Trace, TraceInput } from '../trace/trace.js';
import { averageTensors } from './average-tensors.js';
import { isTensorRated } from './settings-watch.js';
import { watchRecording } from './watch-recording.js';

export interface RecordTask {
  readonly name: string;
  readonly step: AnyStep;
  readonly batch: TensorTree;
  readonly scalars: ScalarValues;
  /** Optimizers whose rate is to be an input, where theirs can be one. */
  readonly optimizers: ReadonlySet<tf.Optimizer>;
}

export interface Recording {
  readonly trace: Trace;
  /** Whether the step made variables, as optimizers do at their first update; they now exist, and are state. */
  readonly madeVariables: boolean;
  /** The optimizers that made an update. */
  readonly optimizers: ReadonlySet<tf.Optimizer>;
  /** Whether JavaScript drew random numbers, but for seeds that TensorFlow's own ops do not use. */
  readonly draws: boolean;
}

/** What writes down a step on one of tfjs's backends. */
export interface SymbolicBackend {
  readonly ops: readonly RecordedOp[];
  /** What JavaScript drew. */
  readonly draws: Set<number>;
  /** Makes a tensor that stands for a value of the step. */
  newSymbol(source: Source, shape: readonly number[], dtype: tf.DataType): tf.Tensor;
  /** Where the value of a tensor comes from. */
  sourceOf(tensor: tf.Tensor): Source;
  /** Kernels write down what they do from here on. `kept` is what variables hold. */
  start(kept: readonly tf.Tensor[]): void;
  /** Runs the step. */
  record(run: () => TensorTree): TensorTree;
  /** Sums a vector over the processes of a group; undefined where there is none, or one process. */
  readonly allReduce?: ((vector: tf.Tensor1D) => tf.Tensor1D) | undefined;
  /** How many processes there are; 1 where there is no group. */
  readonly processes?: number;
  /** Kernels compute again. */
  stop(): void;
  /** Computes `initial` with what variables held before the step, and what the batch holds. */
  compute(initial: readonly Source[], values: InitialValues): tf.Tensor[];
}

/** What stands for what when a value of a step is computed by itself. */
export interface InitialValues {
  readonly variables: ReadonlyMap<tf.Variable, tf.Tensor>;
  readonly inputs: readonly TraceInput[];
  readonly leaves: readonly tf.Tensor[];
  readonly scalars: ScalarValues;
}

/**
 * Records what a step does with tensors of the shapes of `batch`, without computing it: variables keep their values.
 *
 * A variable that the step makes gets the initial value that the step gives it.
 */
export function recordStep(
  { name, step, batch, scalars, optimizers }: RecordTask,
  symbolic: SymbolicBackend,
): Recording {
  const inputs: TraceInput[] = [];
  const addInput = (shape: readonly number[], dtype: tf.DataType, from: TraceInput['from']): tf.Tensor => {
    const index = inputs.push({ shape: [...shape], dtype: dtypeNumber(dtype), from }) - 1;
    return symbolic.newSymbol({ kind: 'input', index }, shape, dtype);
  };
  const leaves = listLeaves(batch, `compileStep: the batch of \`${name}\``);
  const { registeredVariables } = tf.engine();
  // By clones, which share the data: two variables may share theirs, and each needs one of its own.
  const before = Object.values(registeredVariables).map((variable) => ({
    variable,
    kept: tf.keep(tf.clone(variable)),
  }));
  const start = new Map<tf.Variable, object>();
  for (const { variable } of before) {
    assignFreely(variable, symbolic.newSymbol({ kind: 'variable', variable }, variable.shape, variable.dtype));
    start.set(variable, variable.dataId);
  }

  const created: { variable: tf.Variable; initial: Source }[] = [];
  const updating = new Set<tf.Optimizer>();
  const stopWatching = watchRecording({
    onDraw: (value) => symbolic.draws.add(value),
    onVariable: (variable) => created.push({ variable, initial: symbolic.sourceOf(variable) }),
    onUpdate: (optimizer) => updating.add(optimizer),
  });
  symbolic.start(before.map(({ kept }) => kept));
  try {
    let recording: Recording | undefined;
    tf.tidy(() => {
      const symbols = leaves.map(({ path, tensor }) => addInput(tensor.shape, tensor.dtype, { kind: 'batch', path }));
      const scalarSymbols = Object.keys(scalars).map((scalar) => [
        scalar,
        addInput([], 'float32', { kind: 'scalar', name: scalar }),
      ]);
      const hostTensor: StepContext['hostTensor'] = (shape, compute) =>
        addInput(shape, 'float32', { kind: 'host', compute });
      const { allReduce, processes = 1 } = symbolic;
      const averaged: StepContext['averaged'] = (tensors, share) =>
        allReduce ? averageTensors(tensors, share ?? 1 / processes, allReduce) : [...tensors];
      const context: StepContext = { hostTensor, averaged };
      let run = (): TensorTree => step(rebuildTree(batch, symbols), Object.fromEntries(scalarSymbols), context);
      for (const optimizer of [...optimizers].filter(isTensorRated)) {
        const rate = hostTensor([], () => Float32Array.of(optimizer.learningRate)) as tf.Scalar;
        const inner = run;
        run = () => optimizer.withLearningRate(rate, inner);
      }
      const result = symbolic.record(run);
      const outputs = listLeaves(result, `compileStep: what \`${name}\` returns`).map(({ tensor }: Leaf) =>
        symbolic.sourceOf(tensor),
      );
      const assignments = new Map<tf.Variable, Source>();
      for (const { variable } of before) {
        if (variable.isDisposed) throw new Error(`compileStep: \`${name}\` disposes the variable ${variable.name}.`);
        if (variable.dataId !== start.get(variable)) assignments.set(variable, symbolic.sourceOf(variable));
      }
      const read = symbolic.ops.flatMap((op) => op.inputs).concat(outputs, ...assignments.values());
      const variables = new Set(assignments.keys());
      for (const source of read) if (source.kind === 'variable') variables.add(source.variable);
      recording = {
        trace: { step: name, inputs, ops: symbolic.ops, outputs, variables: [...variables], assignments, result },
        madeVariables: created.length > 0,
        optimizers: updating,
        draws: symbolic.draws.size > 0,
      };
    });
    return recording!;
  } finally {
    symbolic.stop();
    stopWatching();
    // Also after an error: an optimizer's slot must not be left without a value.
    const alive = created.filter(({ variable }) => !variable.isDisposed);
    const values = symbolic.compute(
      alive.map(({ initial }) => initial),
      {
        variables: new Map(before.map(({ variable, kept }) => [variable, kept])),
        inputs,
        leaves: leaves.map(({ tensor }) => tensor),
        scalars,
      },
    );
    for (const [i, { variable }] of alive.entries()) assignFreely(variable, values[i]!);
    for (const { variable, kept } of before) {
      if (variable.isDisposed) kept.dispose();
      else assignFreely(variable, kept);
    }
  }
}

/** Gives `variable` the value of `tensor`, and frees that. */
export function assignFreely(variable: tf.Variable, tensor: tf.Tensor): void {
  variable.assign(tensor);
  tensor.dispose();
}
