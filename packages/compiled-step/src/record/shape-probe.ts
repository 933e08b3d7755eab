import {
  type OpAttribute,
  type TensorFlowBinding,
  type TensorMetadata,
  TF_DTYPE,
} from '../tensorflow/tensorflow-binding.js';
import { countElements } from '../trace/constant.js';

/** An op's input as far as its outputs' shapes depend on it. */
export interface ProbeInput {
  readonly shape: readonly number[];
  readonly dtype: number;
  /** A tensor that holds its value, where the value is known while recording: shapes, axes, indices. */
  readonly id?: number;
}

type OutputShape = Pick<TensorMetadata, 'shape' | 'dtype'>;

/** Largest known input, in elements, whose values are taken into account: a shape or a list of axes is smaller. */
const MAX_SHAPE_LIKE = 1024;

/**
 * Finds the shapes and types of ops' outputs by running each op once on zeros and forgetting the result.
 *
 * TensorFlow itself so answers for every op there is, and recording a step needs the memory of one op, not of all.
 */
export class ShapeProbe {
  private readonly known = new Map<string, OutputShape[]>();

  constructor(private readonly binding: TensorFlowBinding) {}

  outputShapes(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly ProbeInput[],
    outputs: number,
  ): OutputShape[] {
    const key = JSON.stringify([name, attributes, inputs.map((input) => this.describe(input)), outputs]);
    let shapes = this.known.get(key);
    if (!shapes) {
      shapes = this.run(name, attributes, inputs, outputs);
      this.known.set(key, shapes);
    }
    return shapes;
  }

  private describe({ shape, dtype, id }: ProbeInput): unknown {
    const mayBeShape = id !== undefined && countElements(shape) <= MAX_SHAPE_LIKE;
    return mayBeShape ? [shape, dtype, [...this.binding.tensorDataSync(id)].map(String)] : [shape, dtype];
  }

  private run(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly ProbeInput[],
    outputs: number,
  ): OutputShape[] {
    try {
      return this.runOn(0, name, attributes, inputs, outputs);
    } catch {
      // Some ops refuse zeros: an integer division, say. What the op has against ones as well, the user must hear.
      return this.runOn(1, name, attributes, inputs, outputs);
    }
  }

  private runOn(
    fill: 0 | 1,
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly ProbeInput[],
    outputs: number,
  ): OutputShape[] {
    const made: number[] = [];
    const idOf = ({ id, shape, dtype }: ProbeInput) => {
      if (id !== undefined) return id;
      const filled = this.filled(shape, dtype, fill);
      made.push(filled);
      return filled;
    };
    try {
      const results = this.binding.executeOp(name, attributes, inputs.map(idOf), outputs);
      for (const { id } of results) made.push(id);
      return results.map(({ shape, dtype }) => ({ shape, dtype }));
    } finally {
      for (const id of made) this.binding.deleteTensor(id);
    }
  }

  private filled(shape: readonly number[], dtype: number, fill: 0 | 1): number {
    const { binding } = this;
    if (dtype === TF_DTYPE.string) {
      return binding.createTensor(
        [...shape],
        dtype,
        Array.from({ length: countElements(shape) }, () => new Uint8Array()),
      );
    }
    const ids = [
      binding.createTensor([shape.length], TF_DTYPE.int32, Int32Array.from(shape)),
      binding.createTensor([], TF_DTYPE.float32, Float32Array.of(fill)),
    ];
    try {
      if (dtype !== TF_DTYPE.float32) {
        const cast = [{ name: 'DstT', type: binding.TF_ATTR_TYPE, value: dtype }];
        ids[1] = binding.executeOp('Cast', cast, [ids.pop()!], 1)[0]!.id;
      }
      return binding.executeOp('Fill', [], ids, 1)[0]!.id;
    } finally {
      for (const id of ids) binding.deleteTensor(id);
    }
  }
}
