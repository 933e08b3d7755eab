import type * as tf from '@tensorflow/tfjs-core';
import type { TensorTree } from '../tensor-tree.js';
import type { BindingTap } from '../tensorflow/binding-tap.js';
import { dtypeNumber, type TensorFlowBackend } from '../tensorflow/tensorflow-binding.js';
import type { Source } from '../trace/trace.js';
import type { InitialValues, SymbolicBackend } from './record-step.js';
import type { ShapeProbe } from './shape-probe.js';
import { type GroupReductions, StepRecorder } from './step-recorder.js';
import { withUncheckedGather } from './unchecked-gather.js';

/** A step written down at tfjs-node's binding, as ops of TensorFlow. */
export class SymbolicGraph implements SymbolicBackend {
  readonly processes: number;
  readonly allReduce: SymbolicBackend['allReduce'];
  private readonly recorder: StepRecorder;

  constructor(
    step: string,
    private readonly backend: TensorFlowBackend,
    private readonly tap: BindingTap,
    probe: ShapeProbe,
    group?: GroupReductions,
  ) {
    this.recorder = new StepRecorder(step, tap, probe);
    this.processes = group?.processes ?? 1;
    this.allReduce =
      group &&
      ((vector) => backend.createOutputTensor(this.recorder.allReduce(this.idOf(vector), group)) as tf.Tensor1D);
  }

  get ops(): SymbolicBackend['ops'] {
    return this.recorder.ops;
  }

  get draws(): Set<number> {
    return this.recorder.draws;
  }

  /** References that the trace holds to tensors from before the step. */
  get heldIds(): number[] {
    return this.recorder.heldIds;
  }

  newSymbol(source: Source, shape: readonly number[], dtype: tf.DataType): tf.Tensor {
    return this.backend.createOutputTensor(this.recorder.newSymbol(source, shape, dtypeNumber(dtype)));
  }

  sourceOf(tensor: tf.Tensor): Source {
    return this.recorder.sourceOf(this.idOf(tensor));
  }

  start(kept: readonly tf.Tensor[]): void {
    // Sends values that are still in JavaScript, so that every trace finds them in TensorFlow.
    for (const tensor of kept) this.idOf(tensor);
    this.tap.recorder = this.recorder;
  }

  record(run: () => TensorTree): TensorTree {
    return withUncheckedGather(run);
  }

  stop(): void {
    this.tap.recorder = undefined;
  }

  compute(initial: readonly Source[], { variables, leaves }: InitialValues): tf.Tensor[] {
    const { real } = this.tap;
    const realIdOf = (tensor: tf.Tensor) => this.tap.realId(this.idOf(tensor));
    const known = (source: Source): number | undefined => {
      if (source.kind === 'variable') return realIdOf(variables.get(source.variable)!);
      if (source.kind !== 'input') return undefined;
      return source.index < leaves.length ? realIdOf(leaves[source.index]!) : undefined;
    };
    return initial.map((source) =>
      this.recorder.withReplayed(source, known, (id) =>
        this.backend.createOutputTensor(real.executeOp('Identity', [], [id], 1)[0]!),
      ),
    );
  }

  private idOf(tensor: tf.Tensor): number {
    return this.backend.getInputTensorIds([tensor])[0]!;
  }
}
