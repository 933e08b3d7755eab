import { TF_DTYPE } from '../tensorflow/tensorflow-binding.js';
import { countElements } from '../trace/constant.js';
import { shapeOf } from '../trace/source.js';
import type { RecordedOp, Source, Trace } from '../trace/trace.js';
import { squareOf } from './op-substitutes.js';

/** How a tensor spreads over the elements that a fused op computes: see `native/fused-elementwise.cc` of @nfnets/native-tensorflow. */
export type Spread = 'full' | 'scalar' | 'channel' | 'image' | 'image_channel';

/** What a sum keeps apart. */
type SumKind = 'all' | 'channel' | 'image_channel';

/** TensorFlow's ops that a fused op computes, by its names for them. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  Neg: 'Neg',
  Abs: 'Abs',
  Square: 'Square',
  Sqrt: 'Sqrt',
  Rsqrt: 'Rsqrt',
  Exp: 'Exp',
  Sigmoid: 'Sigmoid',
  Tanh: 'Tanh',
  Relu: 'Relu',
  Sign: 'Sign',
  Add: 'Add',
  AddV2: 'Add',
  AddN: 'Add',
  Sub: 'Sub',
  Mul: 'Mul',
  RealDiv: 'RealDiv',
  Maximum: 'Maximum',
  Minimum: 'Minimum',
  // Between numbers of 32 bits: no more than another name.
  Cast: 'Identity',
  BroadcastTo: 'Identity',
};

/** Below so many elements an op costs less than looking after it. */
const WORTH_FUSING = 2 ** 13;

/** An op that can be part of a fused one. */
export interface ElementwiseOp {
  /** The shape that is computed over. */
  readonly space: readonly number[];
  readonly function: string;
  /** What it computes from: of `BroadcastTo`, not the shape. */
  readonly operands: readonly Source[];
  /** For a sum or mean: over what, and the factor of a mean. */
  readonly sum?: { readonly kind: SumKind; readonly factor: number };
  /** Whether it is a product of matrices that TensorFlow is slow at: of a row and a column. */
  readonly isDot?: true;
}

/** How op `index` can be part of a fused op; undefined if it cannot. */
export function elementwiseOp(trace: Trace, index: number): ElementwiseOp | undefined {
  const op = trace.ops[index]!;
  if (op.outputs.length !== 1 || op.outputs[0]!.dtype !== TF_DTYPE.float32) return undefined;
  if (op.name === 'Sum' || op.name === 'Mean') return sumOp(trace, op);
  if (op.name === 'BatchMatMulV2' || op.name === 'MatMul') return dotOp(trace, op);
  const name = op.inputs.length === 1 && op.name === 'AddN' ? 'Identity' : FUNCTIONS[op.name];
  const space = op.outputs[0]!.shape;
  if (name === undefined || countElements(space) < WORTH_FUSING) return undefined;
  if (op.name === 'BroadcastTo' && op.inputs[1]!.kind !== 'constant') return undefined;
  const operands = op.name === 'BroadcastTo' ? op.inputs.slice(0, 1) : op.inputs;
  return operands.every((source) => isFloat(source, trace) && spreadOf(shapeOf(source, trace), space) !== undefined)
    ? { space, function: name, operands }
    : undefined;
}

function sumOp(trace: Trace, op: RecordedOp): ElementwiseOp | undefined {
  const [source, axes] = op.inputs as readonly [Source, Source];
  const space = shapeOf(source, trace);
  if (countElements(space) < WORTH_FUSING || !isFloat(source, trace)) return undefined;
  if (axes.kind !== 'constant' || axes.constant.values === undefined) return undefined;
  const summed = new Set([...(axes.constant.values as Int32Array)].map((axis) => (axis + space.length) % space.length));
  const kept = space.flatMap((size, axis) => (summed.has(axis) || size === 1 ? [] : [axis]));
  const last = space.length - 1;
  const kind = String(kept) === '' ? 'all' : String(kept) === `${last}` ? 'channel' : 'image_channel';
  if (kind === 'image_channel' && String(kept) !== `0,${last}`) return undefined;
  // In one pass where it is alone, as TensorFlow has an op for that.
  if (kind === 'all' && squareOf(trace, op)) return undefined;
  const count = countElements(space) / countElements(op.outputs[0]!.shape);
  return { space, function: 'Identity', operands: [source], sum: { kind, factor: op.name === 'Mean' ? 1 / count : 1 } };
}

/** A product of a row and a column, which are tensors read in their order, as the sum of their products. */
function dotOp(trace: Trace, op: RecordedOp): ElementwiseOp | undefined {
  if (countElements(op.outputs[0]!.shape) !== 1) return undefined;
  const operands = op.inputs.map((source) => beforeReshape(source, trace));
  const shapes = operands.map((source) => shapeOf(source, trace));
  const space = shapes[0]!;
  if (countElements(space) < WORTH_FUSING || String(shapes[1]) !== String(space)) return undefined;
  if (!operands.every((source) => isFloat(source, trace))) return undefined;
  return { space, function: 'Mul', operands, sum: { kind: 'all', factor: 1 }, isDot: true };
}

function beforeReshape(source: Source, trace: Trace): Source {
  if (source.kind !== 'op') return source;
  const op = trace.ops[source.op]!;
  return op.name === 'Reshape' ? beforeReshape(op.inputs[0]!, trace) : source;
}

/** How a tensor of `shape` spreads over `space`; undefined for a way that a fused op does not know. */
export function spreadOf(shape: readonly number[], space: readonly number[]): Spread | undefined {
  if (countElements(shape) === 1) return 'scalar';
  const padded = [...Array<number>(space.length - shape.length).fill(1), ...shape];
  const kept = padded.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  if (kept.some((axis) => padded[axis] !== space[axis])) return undefined;
  const wide = space.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  if (String(kept) === String(wide)) return 'full';
  const last = space.length - 1;
  switch (String(kept)) {
    case `${last}`:
      return 'channel';
    case `0,${last}`:
      return 'image_channel';
    case '0':
      return 'image';
    default:
      return undefined;
  }
}

function isFloat(source: Source, trace: Trace): boolean {
  switch (source.kind) {
    case 'input':
      return trace.inputs[source.index]!.dtype === TF_DTYPE.float32;
    case 'variable':
      return source.variable.dtype === 'float32';
    case 'op':
      return trace.ops[source.op]!.outputs[source.output]!.dtype === TF_DTYPE.float32;
    case 'constant':
      return source.constant.dtype === TF_DTYPE.float32;
  }
}
