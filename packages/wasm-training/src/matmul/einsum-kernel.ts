import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type Tensor, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { callKernel, replaceKernel } from '../backend/replace-kernel.js';

/** A tensor and the label of each of its axes. */
interface Labelled {
  readonly tensor: TensorInfo;
  readonly labels: readonly string[];
}

/** Registers `Einsum` of one or two tensors, as many as tfjs takes, as one batched matrix product. */
export function registerEinsumKernel(): void {
  replaceKernel('Einsum', ({ inputs, attrs, backend }) => {
    const { equation } = attrs as { equation: string };
    const tensors = Object.values(inputs);
    // tfjs's own parser refuses what it does not support, such as ellipses.
    const { allDims, idDims } = backend_util.decodeEinsumEquation(equation, tensors.length);
    backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors as Tensor[]);
    const [left, right] = equation.replace(/\s/g, '').split('->') as [string, string];
    const operands = left.split(',').map((labels, i): Labelled => ({ tensor: tensors[i]!, labels: [...labels] }));
    return new EinsumCall(backend, tensors).run(operands, [...right]);
  });
}

/** One evaluation; frees what it makes on the way. */
class EinsumCall {
  constructor(
    private readonly backend: BackendWasm,
    private readonly inputs: readonly TensorInfo[],
  ) {}

  run([first, second]: readonly Labelled[], wanted: readonly string[]): TensorInfo {
    const kept = new Set(wanted);
    const total = second === undefined ? this.sumOut(first!, kept) : this.multiply(first!, second, kept);
    const { tensor } = this.order(total, wanted);
    // A kernel may not hand back its own input.
    return this.inputs.includes(tensor) ? callKernel('Identity', this.backend, { x: tensor }) : tensor;
  }

  /** The sum over the labels that nobody wants of the product of `a` and `b`, as one batched matrix product. */
  private multiply(a: Labelled, b: Labelled, wanted: ReadonlySet<string>): Labelled {
    const left = this.sumOut(a, new Set([...wanted, ...b.labels]));
    const right = this.sumOut(b, new Set([...wanted, ...a.labels]));
    const shared = left.labels.filter((label) => right.labels.includes(label));
    const batch = shared.filter((label) => wanted.has(label));
    const summed = shared.filter((label) => !wanted.has(label));
    const rows = left.labels.filter((label) => !shared.includes(label));
    const columns = right.labels.filter((label) => !shared.includes(label));
    const sizes = new Map(
      [left, right].flatMap(({ tensor, labels }) => labels.map((label, i) => [label, tensor.shape[i]!])),
    );
    const shapeOf = (labels: readonly string[]) => labels.map((label) => sizes.get(label)!);
    const [batchSize, depth] = [util.sizeFromShape(shapeOf(batch)), util.sizeFromShape(shapeOf(summed))];

    const x = this.reshape(this.order(left, [...batch, ...rows, ...summed]).tensor, [
      batchSize,
      util.sizeFromShape(shapeOf(rows)),
      depth,
    ]);
    const y = this.reshape(this.order(right, [...batch, ...summed, ...columns]).tensor, [
      batchSize,
      depth,
      util.sizeFromShape(shapeOf(columns)),
    ]);
    const product = callKernel('BatchMatMul', this.backend, { a: x, b: y }, { transposeA: false, transposeB: false });
    this.free(x);
    this.free(y);
    const labels = [...batch, ...rows, ...columns];
    return { tensor: this.reshape(product, shapeOf(labels)), labels };
  }

  private sumOut({ tensor, labels }: Labelled, wanted: ReadonlySet<string>): Labelled {
    const axis = labels.flatMap((label, i) => (wanted.has(label) ? [] : [i]));
    if (axis.length === 0) return { tensor, labels };
    const sum = callKernel('Sum', this.backend, { x: tensor }, { axis, keepDims: false });
    this.free(tensor);
    return { tensor: sum, labels: labels.filter((label) => wanted.has(label)) };
  }

  private order({ tensor, labels }: Labelled, wanted: readonly string[]): Labelled {
    const perm = wanted.map((label) => labels.indexOf(label));
    if (perm.every((from, to) => from === to)) return { tensor, labels };
    const transposed = callKernel('Transpose', this.backend, { x: tensor }, { perm });
    this.free(tensor);
    return { tensor: transposed, labels: wanted };
  }

  private reshape(tensor: TensorInfo, shape: number[]): TensorInfo {
    const reshaped = callKernel('Reshape', this.backend, { x: tensor }, { shape });
    this.free(tensor);
    return reshaped;
  }

  private free(tensor: TensorInfo): void {
    if (!this.inputs.includes(tensor)) this.backend.disposeData(tensor.dataId);
  }
}
