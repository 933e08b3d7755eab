import type { Precision } from '../step-function.js';
import { TF_DTYPE } from '../tensorflow/tensorflow-binding.js';
import { flopsOf } from '../trace/flops.js';
import type { RecordedOp, Trace } from '../trace/trace.js';
import type { OpGroups } from './op-groups.js';

/** Which inputs of ops that compute much are numbers to compute with, and not shapes. */
const COMPUTING: Readonly<Record<string, readonly number[]>> = {
  Conv2D: [0, 1],
  Conv2DBackpropInput: [1, 2],
  Conv2DBackpropFilter: [0, 2],
  MatMul: [0, 1],
  BatchMatMulV2: [0, 1],
};

/** The same of ops that move, pool or pick numbers: what they give is in the format of what they take. */
const FOLLOWING: Readonly<Record<string, readonly number[]>> = {
  AvgPool: [0],
  AvgPoolGrad: [1],
  MaxPool: [0],
  MaxPoolGrad: [0, 1, 2],
  Pad: [0],
  PadV2: [0, 2],
  Reshape: [0],
  Slice: [0],
  SplitV: [0],
  Transpose: [0],
};

/**
 * Below so many floating-point operations, casts cost more than bfloat16 saves. Measured on 2 cores with avx512_bf16: three NF blocks
 * take 1.3 of float32's time at 9 million an op, and 0.85 at 69.
 */
const WORTH_CASTING = 2e7;

/** Whether any op of a trace is large enough to be computed in bfloat16. */
export function isWorthBfloat16(trace: Trace): boolean {
  return trace.ops.some((op) => isWorthCasting(op, trace));
}

function isWorthCasting(op: RecordedOp, trace: Trace): boolean {
  if (COMPUTING[op.name] === undefined || op.outputs[0]!.dtype !== TF_DTYPE.float32) return false;
  return flopsOf(op, trace)! >= WORTH_CASTING;
}

/** In which format every op computes, and its results are kept. */
export class NumberFormats {
  private readonly formats = new Map<number, Precision>();
  private readonly leading = new Map<number, boolean>();

  constructor(
    private readonly trace: Trace,
    private readonly groups: OpGroups,
    private readonly isEnd: (op: number) => boolean,
    private readonly precision: Precision,
  ) {
    for (const { ops, isFused } of groups.groups) {
      for (const op of ops) this.formats.set(op, this.choose(op, isFused));
    }
  }

  /** The format in which an op that is not fused computes, or in which a fused one keeps a result. */
  of(op: number): Precision {
    return this.formats.get(op) ?? 'float32';
  }

  /** Whether the result of a fused op is kept in float32 too, as somebody reads it so. */
  isKeptTwice(op: number): boolean {
    if (this.of(op) === 'float32') return false;
    return this.isEnd(op) || (this.groups.consumers.get(op) ?? []).some((consumer) => this.readsFloat32(consumer));
  }

  /** The inputs of an op that are in the format in which it computes. */
  operandsOf(op: number): readonly number[] {
    return COMPUTING[this.trace.ops[op]!.name] ?? followedInputs(this.trace, op) ?? [];
  }

  private choose(op: number, isFused: boolean): Precision {
    const { outputs } = this.trace.ops[op]!;
    if (this.precision === 'float32' || outputs[0]!.dtype !== TF_DTYPE.float32) return 'float32';
    if (isFused) return !this.groups.elementwise.get(op)!.sum && this.leads(op) ? 'bfloat16' : 'float32';
    if (this.computes(op)) return 'bfloat16';
    const sources = followedInputs(this.trace, op)?.map((i) => this.trace.ops[op]!.inputs[i]!) ?? [];
    const given = sources.filter(({ kind }) => kind !== 'constant');
    const follows = given.length > 0 && given.every((it) => it.kind === 'op' && this.of(it.op) === 'bfloat16');
    return follows ? 'bfloat16' : 'float32';
  }

  private computes(op: number): boolean {
    return this.precision === 'bfloat16' && isWorthCasting(this.trace.ops[op]!, this.trace);
  }

  /** Whether what is computed from the result of `op`, element by element, is computed with in bfloat16 in the end. */
  private leads(op: number): boolean {
    const known = this.leading.get(op);
    if (known !== undefined) return known;
    const leads = (this.groups.consumers.get(op) ?? []).some((consumer) => {
      if (this.computes(consumer)) return true;
      const found = this.groups.elementwise.get(consumer);
      return (found ? !found.sum : followedInputs(this.trace, consumer) !== undefined) && this.leads(consumer);
    });
    this.leading.set(op, leads);
    return leads;
  }

  private readsFloat32(consumer: number): boolean {
    return !this.groups.fused.has(consumer) && this.of(consumer) === 'float32';
  }
}

/** The inputs whose format the results of an op are in, of one that computes nothing. */
function followedInputs(trace: Trace, op: number): readonly number[] | undefined {
  const { name, inputs } = trace.ops[op]!;
  return name === 'ConcatV2' ? inputs.slice(0, -1).map((_, i) => i) : FOLLOWING[name];
}
