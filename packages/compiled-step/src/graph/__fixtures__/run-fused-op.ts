import * as tf from '@tensorflow/tfjs';
import { Session } from '../../tensorflow/session.js';
import { type TensorFlowBackend, TF_DTYPE } from '../../tensorflow/tensorflow-binding.js';
import { attribute, encodeSavedModel, type GraphNode } from '../graph-def.js';

export type Format = 'float32' | 'bfloat16';

/** A tensor for the op. */
interface FusedInput {
  readonly values: Float32Array;
  readonly format?: Format;
  /** Whether nobody else holds it, so that a result may take its memory. */
  readonly isSpare?: boolean;
}

/** One call of the op `NFNetsElementwise`; its program is described in `native/fused-elementwise.cc` of @nfnets/native-tensorflow. */
export interface FusedCall {
  readonly program: readonly string[];
  readonly inputs: readonly FusedInput[];
  /** Formats of the outputs. */
  readonly outputs: readonly Format[];
  readonly threads?: number;
}

const type = (format: Format) => attribute.type(TF_DTYPE[format]);
const types = (formats: readonly Format[]) => attribute.types(formats.map((format) => TF_DTYPE[format]));
const cast = (name: string, input: string, from: Format, to: Format): GraphNode => ({
  name,
  op: 'Cast',
  inputs: [input],
  attributes: { SrcT: type(from), DstT: type(to) },
});

/** Runs the op in a graph of its own, and returns the values of its outputs as numbers of 32 bits. */
export function runFusedOp({ program, inputs, outputs, threads = 1 }: FusedCall): Float32Array[] {
  const { binding } = tf.backend() as TensorFlowBackend;
  const nodes: GraphNode[] = [];
  const given = inputs.map(({ values, format = 'float32', isSpare = false }, i) => {
    const attributes = { dtype: type('float32'), shape: attribute.shape([values.length]) };
    nodes.push({ name: `in${i}`, op: 'Placeholder', inputs: [], attributes });
    let name = `in${i}`;
    if (isSpare) {
      // What is fed is held by who feeds it.
      nodes.push({ name: `spare${i}`, op: 'DeepCopy', inputs: [name], attributes: { T: type('float32') } });
      name = `spare${i}`;
    }
    if (format === 'bfloat16') {
      nodes.push(cast(`half${i}`, name, 'float32', 'bfloat16'));
      name = `half${i}`;
    }
    return name;
  });
  nodes.push({
    name: 'fused',
    op: 'NFNetsElementwise',
    inputs: given,
    attributes: {
      Tin: types(inputs.map(({ format = 'float32' }) => format)),
      Tout: types(outputs),
      program: attribute.text(program.join('\n')),
      threads: attribute.integer(threads),
    },
  });
  for (const [i, format] of outputs.entries()) {
    const attributes = { T: type('float32') };
    if (format === 'bfloat16') nodes.push(cast(`out${i}`, `fused:${i}`, format, 'float32'));
    else nodes.push({ name: `out${i}`, op: 'Identity', inputs: [`fused:${i}`], attributes });
  }
  const session = new Session(binding, encodeSavedModel(nodes));
  const fed = inputs.map(({ values }) => binding.createTensor([values.length], TF_DTYPE.float32, values));
  try {
    const call = { feeds: inputs.map((_, i) => `in${i}`), fetches: outputs.map((_, i) => `out${i}`) };
    return session.run(call, fed).map(({ id }) => {
      const values = binding.tensorDataSync(id) as Float32Array;
      binding.deleteTensor(id);
      return values;
    });
  } finally {
    for (const id of fed) binding.deleteTensor(id);
    session.dispose();
  }
}

/** `value` as the nearest number of bfloat16, ties to the even one. */
export function toBfloat16(value: number): number {
  if (Number.isNaN(value)) return value;
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] = (bits[0]! + 0x7fff + ((bits[0]! >>> 16) & 1)) & 0xffff0000;
  return new Float32Array(bits.buffer)[0]!;
}

/** How many numbers of 32 bits lie from `a` to `b`; 0 for two that are none. */
export function unitsApart(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? 0 : Number.POSITIVE_INFINITY;
  const order = (value: number) => {
    const bits = new Int32Array(Float32Array.of(value).buffer)[0]!;
    return bits < 0 ? -(bits & 0x7fffffff) : bits;
  };
  return Math.abs(order(a) - order(b));
}
