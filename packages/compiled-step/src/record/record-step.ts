import * as tf from '@tensorflow/tfjs-core';
import type { AnyStep, ScalarValues, StepContext } from '../step-function.js';
import { type Leaf, listLeaves, rebuildTree, type TensorTree } from '../tensor-tree.js';
import type { BindingTap } from '../tensorflow/binding-tap.js';
import { type TensorFlowBackend, TF_DTYPE } from '../tensorflow/tensorflow-binding.js';
import type { Source, Trace, TraceInput } from '../trace/trace.js';
import { isTensorRated } from './settings-watch.js';
import type { ShapeProbe } from './shape-probe.js';
import { StepRecorder } from './step-recorder.js';
import { withUncheckedGather } from './unchecked-gather.js';
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
  /** References that the trace holds to tensors from before the step. */
  readonly heldIds: readonly number[];
  /** Frees what the trace holds. */
  dispose(): void;
}

interface Engines {
  readonly backend: TensorFlowBackend;
  readonly tap: BindingTap;
  readonly probe: ShapeProbe;
}

/**
 * Records what a step does with tensors of the shapes of `batch`, without computing it: variables keep their values.
 *
 * A variable that the step makes gets the initial value that the step gives it.
 */
export function recordStep(
  { name, step, batch, scalars, optimizers }: RecordTask,
  { backend, tap, probe }: Engines,
): Recording {
  const recorder = new StepRecorder(name, tap, probe);
  const inputs: TraceInput[] = [];
  const addInput = (input: TraceInput): tf.Tensor => {
    const source: Source = { kind: 'input', index: inputs.push(input) - 1 };
    return backend.createOutputTensor(recorder.newSymbol(source, input.shape, input.dtype));
  };
  const idOf = (tensor: tf.Tensor) => backend.getInputTensorIds([tensor])[0]!;
  const leaves = listLeaves(batch, `compileStep: the batch of \`${name}\``);
  const { registeredVariables } = tf.engine();
  // By clones, which share the data: two variables may share theirs, and each needs an id of its own.
  const before = Object.values(registeredVariables).map((variable) => ({
    variable,
    kept: tf.keep(tf.clone(variable)),
  }));
  const startIds = new Map<tf.Variable, number>();
  for (const { variable, kept } of before) {
    const dtype = backend.getDTypeInteger(variable.dtype);
    const symbol = recorder.newSymbol({ kind: 'variable', variable }, variable.shape, dtype);
    startIds.set(variable, symbol.id);
    assignFreely(variable, backend.createOutputTensor(symbol));
    // Sends values that are still in JavaScript, so that every trace finds them in TensorFlow.
    idOf(kept);
  }

  const created: { variable: tf.Variable; initial: Source }[] = [];
  const updating = new Set<tf.Optimizer>();
  const stopWatching = watchRecording({
    onDraw: (value) => recorder.draws.add(value),
    onVariable: (variable) => created.push({ variable, initial: recorder.sourceOf(idOf(variable)) }),
    onUpdate: (optimizer) => updating.add(optimizer),
  });
  tap.recorder = recorder;
  try {
    let recording: Recording | undefined;
    tf.tidy(() => {
      const symbols = leaves.map(({ path, tensor }) =>
        addInput({ shape: tensor.shape, dtype: backend.getDTypeInteger(tensor.dtype), from: { kind: 'batch', path } }),
      );
      const scalarSymbols = Object.keys(scalars).map((scalar) => [
        scalar,
        addInput({ shape: [], dtype: TF_DTYPE.float32, from: { kind: 'scalar', name: scalar } }),
      ]);
      const hostTensor: StepContext['hostTensor'] = (shape, compute) =>
        addInput({ shape: [...shape], dtype: TF_DTYPE.float32, from: { kind: 'host', compute } });
      let run = (): TensorTree => step(rebuildTree(batch, symbols), Object.fromEntries(scalarSymbols), { hostTensor });
      for (const optimizer of [...optimizers].filter(isTensorRated)) {
        const rate = hostTensor([], () => Float32Array.of(optimizer.learningRate)) as tf.Scalar;
        const inner = run;
        run = () => optimizer.withLearningRate(rate, inner);
      }
      const result = withUncheckedGather(run);
      const outputs = listLeaves(result, `compileStep: what \`${name}\` returns`).map(({ tensor }: Leaf) =>
        recorder.sourceOf(idOf(tensor)),
      );
      const assignments = new Map<tf.Variable, Source>();
      for (const { variable } of before) {
        if (variable.isDisposed) throw new Error(`compileStep: \`${name}\` disposes the variable ${variable.name}.`);
        const id = idOf(variable);
        if (id !== startIds.get(variable)) assignments.set(variable, recorder.sourceOf(id));
      }
      const read = recorder.ops.flatMap((op) => op.inputs).concat(outputs, ...assignments.values());
      const variables = new Set(assignments.keys());
      for (const source of read) if (source.kind === 'variable') variables.add(source.variable);
      recording = {
        trace: { step: name, inputs, ops: recorder.ops, outputs, variables: [...variables], assignments, result },
        madeVariables: created.length > 0,
        optimizers: updating,
        draws: recorder.draws.size > 0,
        heldIds: recorder.heldIds,
        dispose: () => {
          for (const id of recorder.heldIds.splice(0)) tap.real.deleteTensor(id);
        },
      };
    });
    return recording!;
  } finally {
    tap.recorder = undefined;
    stopWatching();
    // Also after an error: an optimizer's slot must not be left without a value.
    const valueIds = new Map(before.map(({ variable, kept }) => [variable, tap.realId(idOf(kept))]));
    const known = (source: Source): number | undefined => {
      if (source.kind === 'variable') return valueIds.get(source.variable);
      if (source.kind !== 'input') return undefined;
      return source.index < leaves.length ? tap.realId(idOf(leaves[source.index]!.tensor)) : undefined;
    };
    for (const { variable, initial } of created) {
      if (variable.isDisposed) continue;
      recorder.withReplayed(initial, known, (id) => {
        assignFreely(variable, backend.createOutputTensor(tap.real.executeOp('Identity', [], [id], 1)[0]!));
      });
    }
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
