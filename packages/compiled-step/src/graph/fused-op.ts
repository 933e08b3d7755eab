import { TF_DTYPE } from '../tensorflow/tensorflow-binding.js';
import { keyOf, shapeOf } from '../trace/source.js';
import type { Constant, Source, Trace } from '../trace/trace.js';
import { type ElementwiseOp, spreadOf } from './elementwise-ops.js';
import type { OpGroup, OpGroups } from './op-groups.js';

/** A group of elementwise ops as the op `NFNetsElementwise`; its program is described in `native/fused-elementwise.cc`. */
export interface FusedOp {
  readonly program: string;
  readonly inputs: readonly Source[];
  /** Numbers of the ops whose results it has, in the order of its outputs. */
  readonly outputs: readonly number[];
}

/** Functions that are computed again by every group that needs them, where that saves writing and reading. */
const CHEAP = new Set(['Add', 'Sub', 'Mul', 'Identity']);

/** What is asked of the results of ops. */
export interface ResultUse {
  /** Whether one is asked for from outside of the ops. */
  readonly isEnd: (op: number) => boolean;
  /** Whether one is kept in two formats: it then is an output twice, in float32 the second time. */
  readonly isKeptTwice: (op: number) => boolean;
}

/** Writes the program of a group. */
export function fuseOp(trace: Trace, group: OpGroup, groups: OpGroups, use: ResultUse): FusedOp {
  return new ProgramWriter(trace, group, groups, use).result();
}

/**
 * Whether the result of `op` is never written: a cheap function of one large tensor, such as a bias added to a convolution's result,
 * which all who read it compute themselves.
 */
export function isRecomputed(
  trace: Trace,
  op: number,
  { elementwise, consumers, fused }: OpGroups,
  isEnd: (op: number) => boolean,
): boolean {
  const found = elementwise.get(op);
  if (!found || found.sum || !CHEAP.has(found.function) || isEnd(op)) return false;
  const full = found.operands.filter((source) => spreadOf(shapeOf(source, trace), found.space) === 'full');
  if (full.length !== 1 || found.operands.length > 2) return false;
  const [source] = full as [Source];
  if (source.kind === 'op' && fused.has(source.op)) return false;
  return (consumers.get(op) ?? []).every(
    (consumer) => fused.has(consumer) && String(elementwise.get(consumer)!.space) === String(found.space),
  );
}

class ProgramWriter {
  private readonly inputs: Source[] = [];
  private readonly inputNames = new Map<string, string>();
  private readonly spreads: string[] = [];
  private readonly lines: string[] = [];
  private readonly registers = new Map<number, string>();
  private readonly members: ReadonlySet<number>;
  private readonly space: readonly number[];
  private registerCount = 0;

  constructor(
    private readonly trace: Trace,
    private readonly group: OpGroup,
    private readonly groups: OpGroups,
    private readonly use: ResultUse,
  ) {
    this.members = new Set(group.ops);
    this.space = groups.elementwise.get(group.ops[0]!)!.space;
  }

  result(): FusedOp {
    const outputs: number[] = [];
    const written: string[] = [];
    for (const op of this.group.ops) {
      const found = this.groups.elementwise.get(op)!;
      const shape = this.trace.ops[op]!.outputs[0]!.shape.join(' ');
      if (found.sum) {
        const values = found.operands.map((source) => this.valueOf(source));
        const value = found.isDot ? this.addLine(`${found.function} ${values.join(' ')}`) : values[0]!;
        outputs.push(op);
        written.push(`sum ${found.sum.kind} ${value} ${found.sum.factor} ${shape}`);
      } else if (this.isRead(op)) {
        for (let times = this.use.isKeptTwice(op) ? 2 : 1; times > 0; times--) {
          outputs.push(op);
          written.push(`output ${this.register(op, found)} ${shape}`);
        }
      }
    }
    const [images, positions, channels] = this.extent(written);
    const program = [
      `space ${images} ${positions} ${channels}`,
      ...this.spreads.map((spread) => `input ${spread}`),
      ...this.lines,
      ...written,
    ].join('\n');
    return { program, inputs: this.inputs, outputs };
  }

  /** Images, positions and channels; positions of all images are one where nothing tells images apart. */
  private extent(written: readonly string[]): [number, number, number] {
    const channels = this.space.at(-1) ?? 1;
    const rows = this.space.slice(0, -1).reduce((product, size) => product * size, 1);
    const isByImage =
      this.spreads.some((spread) => spread.startsWith('image')) ||
      written.some((line) => line.includes('image_channel'));
    if (!isByImage) return [1, rows, channels];
    return [this.space[0]!, rows / this.space[0]!, channels];
  }

  /** Whether somebody else reads what a member computes. */
  private isRead(op: number): boolean {
    if (this.use.isEnd(op)) return true;
    if (isRecomputed(this.trace, op, this.groups, this.use.isEnd)) return false;
    return (this.groups.consumers.get(op) ?? []).some((consumer) => !this.members.has(consumer));
  }

  private register(op: number, found: ElementwiseOp): string {
    const known = this.registers.get(op);
    if (known) return known;
    const [first, ...others] = found.operands.map((source) => this.valueOf(source)) as [string, ...string[]];
    let value = first;
    if (found.function === 'Identity') {
      // A name of what is there, unless it spreads.
      if (this.isSpread(found.operands[0]!)) value = this.addLine(`Identity ${first}`);
    } else if (others.length === 0) value = this.addLine(`${found.function} ${first}`);
    for (const other of others) value = this.addLine(`${found.function} ${value} ${other}`);
    this.registers.set(op, value);
    return value;
  }

  private isSpread(source: Source): boolean {
    return spreadOf(shapeOf(source, this.trace), this.space) !== 'full';
  }

  private addLine(line: string): string {
    this.lines.push(line);
    return `r${this.registerCount++}`;
  }

  private valueOf(source: Source): string {
    if (source.kind === 'op') {
      const found = this.groups.elementwise.get(source.op);
      const isOwn = this.members.has(source.op) || isRecomputed(this.trace, source.op, this.groups, this.use.isEnd);
      if (found && !found.sum && isOwn && String(found.space) === String(this.space)) {
        return this.register(source.op, found);
      }
    }
    const uniform = source.kind === 'constant' && source.constant.isUniform ? scalarOf(source.constant) : source;
    const key = keyOf(uniform);
    const known = this.inputNames.get(key);
    if (known) return known;
    const name = `i${this.inputs.length}`;
    this.inputs.push(uniform);
    this.inputNames.set(key, name);
    this.spreads.push(spreadOf(shapeOf(uniform, this.trace), this.space)!);
    return name;
  }
}

const scalars = new WeakMap<Constant, Source>();

/** A uniform constant as the one number that it is. */
function scalarOf(constant: Constant): Source {
  const known = scalars.get(constant);
  if (known) return known;
  const scalar: Source = {
    kind: 'constant',
    constant: { shape: [], dtype: TF_DTYPE.float32, values: constant.values!.slice(0, 1) as Float32Array },
  };
  scalars.set(constant, scalar);
  return scalar;
}
