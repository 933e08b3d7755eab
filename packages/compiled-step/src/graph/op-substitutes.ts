import { TF_DTYPE } from '../tensorflow/tensorflow-binding.js';
import { shapeOf } from '../trace/source.js';
import type { RecordedOp, Source, Trace } from '../trace/trace.js';

/** What an op takes; of a sum of squares, what is squared. */
export function inputsOf(trace: Trace, op: number): readonly Source[] {
  const { inputs } = trace.ops[op]!;
  const square = squareOf(trace, trace.ops[op]!);
  return square ? [square.inputs[0]!, ...inputs.slice(1)] : inputs;
}

/** The op that squares what `op` sums up. */
export function squareOf(trace: Trace, { name, inputs, outputs }: RecordedOp): RecordedOp | undefined {
  const source = inputs[0];
  if (name !== 'Sum' || source?.kind !== 'op' || outputs[0]!.dtype !== TF_DTYPE.float32) return undefined;
  const op = trace.ops[source.op]!;
  return op.name === 'Square' ? op : undefined;
}

/** Whether `op` is the gradient by the filter of a convolution that is a product of matrices. */
export function isPointwiseFilterGradient({ name, attributes, outputs }: RecordedOp): boolean {
  const [height, width] = outputs[0]!.shape;
  if (name !== 'Conv2DBackpropFilter' || height !== 1 || width !== 1) return false;
  const attributeOf = (attribute: string) => attributes.find((each) => each.name === attribute)?.value;
  const strides = attributeOf('strides') as readonly number[];
  return (
    outputs[0]!.dtype === TF_DTYPE.float32 && attributeOf('data_format') === 'NHWC' && strides.every((it) => it === 1)
  );
}

/** Whether `op` is a product of two matrices, not of batches of them: TensorFlow's op for that takes a fifth of the time of a small one. */
export function isMatrixProduct(trace: Trace, { name, inputs }: RecordedOp): boolean {
  return name === 'BatchMatMulV2' && inputs.every((source) => shapeOf(source, trace).length === 2);
}

/**
 * Whether this op must not become part of the convolution, product or normalization before it: in one kernel with those, oneDNN's
 * relu makes zeros of NaN, where the op itself keeps them. Of a leaky one TensorFlow removes an op that its gradient needs, and then
 * gives up fusing anything in the graph. Other activations are the same in both.
 */
export function mustStayApart({ name }: RecordedOp): boolean {
  return name === 'Relu' || name === 'Relu6' || name === 'LeakyRelu';
}

/**
 * Whether TensorFlow would change places of this op and a monotonic one before it: max pooling makes the least number there is of a
 * window of NaN, and an activation of that a harmless one.
 */
export function isMovedAhead({ name }: RecordedOp): boolean {
  return name === 'MaxPool' || name === 'MaxPool3D';
}
