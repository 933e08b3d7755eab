import * as tf from '@tensorflow/tfjs-core';
import type { InitialValues, SymbolicBackend } from '../record/record-step.js';
import type { ScalarValues } from '../step-function.js';
import type { TensorTree } from '../tensor-tree.js';
import { dtypeNumber, type TensorValues } from '../tensorflow/tensorflow-binding.js';
import type { Constant, RecordedOp, Source, TraceInput } from '../trace/trace.js';
import { TraceError } from '../trace/trace-error.js';
import type { StepTape, TapeErrors, TapeProgram, TapeSource } from './step-tape.js';

/** A step written down at the kernels of the wasm backend. */
export class SymbolicTape implements SymbolicBackend {
  readonly draws = new Set<number>();
  /** Until it is let go of. */
  private tape: StepTape | undefined;
  /** What the tape's inputs stand for. */
  private readonly inputs: Source[] = [];
  private readonly constants = new Map<object, Constant>();
  /** Tensors of sources that a program may be asked for. */
  private readonly tensors = new Map<Source, tf.TensorInfo>();
  private readonly recorded: RecordedOp[] = [];

  constructor(step: string, open: (errors: TapeErrors) => StepTape) {
    this.tape = open({
      read: (what) =>
        new TraceError(
          `compileStep: \`${step}\` reads a value (data, dataSync, array, print) while it is recorded: ${what}. Return the tensor from the step and read it there.`,
        ),
      valueShaped: (name) =>
        new TraceError(
          `compileStep: the shape of ${name}'s result depends on values (in \`${step}\`), and a step is recorded for fixed shapes. Do it outside of the step, or mask instead of selecting.`,
        ),
      unknownType: (dtype) =>
        new TraceError(
          `compileStep: \`${step}\` works on a tensor of type ${dtype}, and on this backend steps are compiled for float32, int32 and bool. Do it outside of the step.`,
        ),
      leftOver: () =>
        new Error(
          'compileStep: a tensor that was made while a step was recorded is used outside of it. Return it from the step.',
        ),
    });
  }

  get ops(): readonly RecordedOp[] {
    const ops = this.tape?.ops ?? [];
    for (const { name, attributes, inputs, outputs } of ops.slice(this.recorded.length)) {
      this.recorded.push({
        name,
        attributes: Object.entries(attributes).map(([key, value]) => ({ name: key, type: 0, value })),
        inputs: inputs.map((source) => this.translate(source)),
        outputs: outputs.map(({ shape, dtype }) => ({ shape, dtype: dtypeNumber(dtype) })),
      });
    }
    return this.recorded;
  }

  newSymbol(source: Source, shape: readonly number[], dtype: tf.DataType): tf.Tensor {
    this.inputs.push(source);
    return tf.engine().makeTensorFromTensorInfo(this.tape!.input(shape, dtype));
  }

  sourceOf(tensor: tf.Tensor): Source {
    const source = { ...this.translate(this.tape!.sourceOf(tensor)) };
    this.tensors.set(source, { dataId: tensor.dataId, shape: tensor.shape, dtype: tensor.dtype });
    return source;
  }

  start(): void {
    this.tape!.start();
  }

  record(run: () => TensorTree): TensorTree {
    return run();
  }

  stop(): void {
    this.tape!.stop();
  }

  compute(initial: readonly Source[], { variables, inputs, leaves, scalars }: InitialValues): tf.Tensor[] {
    if (initial.length === 0) return [];
    const program = this.program(initial, new Map(), inputs);
    try {
      return this.run(program, (variable) => variables.get(variable)!, inputs, leaves, scalars);
    } finally {
      program.dispose();
    }
  }

  /** Lets go of what is needed to make a program, and not to run it: the ops and the constants. */
  release(): void {
    this.tape = undefined;
    this.recorded.length = 0;
    this.constants.clear();
    this.tensors.clear();
  }

  /** What computes `outputs`, which came from {@link sourceOf}, and writes `assignments` into variables. */
  program(
    outputs: readonly Source[],
    assignments: ReadonlyMap<tf.Variable, Source>,
    inputs: readonly TraceInput[],
  ): TapeProgram {
    const numbers = new Map(
      this.inputs.flatMap((source, i) => (source.kind === 'variable' ? [[source.variable, i] as const] : [])),
    );
    return this.tape!.program({
      outputs: outputs.map((source) => this.tensors.get(source)!),
      assignments: [...assignments].map(([variable, source]) => ({
        input: numbers.get(variable)!,
        value: this.tensors.get(source)!,
      })),
      values: this.inputs.flatMap((source, i) =>
        source.kind === 'input' && inputs[source.index]!.from.kind !== 'batch' ? [i] : [],
      ),
    });
  }

  /** Runs a program with these values for what its inputs stand for. */
  run(
    program: TapeProgram,
    valueOfVariable: (variable: tf.Variable) => tf.Tensor,
    inputs: readonly TraceInput[],
    leaves: readonly tf.Tensor[],
    scalars: ScalarValues,
  ): tf.Tensor[] {
    const given = this.inputs.map((source) => {
      if (source.kind === 'variable') return valueOfVariable(source.variable);
      const { index } = source as { index: number };
      const { from } = inputs[index]!;
      if (from.kind === 'host') return from.compute(scalars);
      return from.kind === 'scalar' ? Float32Array.of(scalars[from.name]!) : leaves[index]!;
    });
    return program.run(given).map((result) => tf.engine().makeTensorFromTensorInfo(result));
  }

  private translate(source: TapeSource): Source {
    if (source.kind === 'op') return source;
    if (source.kind === 'input') return this.inputs[source.index]!;
    const { tensor, values } = source;
    let constant = this.constants.get(tensor.dataId);
    if (!constant) {
      const { shape, dtype } = tensor;
      constant = { shape, dtype: dtypeNumber(dtype), values: values() as TensorValues };
      this.constants.set(tensor.dataId, constant);
    }
    return { kind: 'constant', constant };
  }
}
