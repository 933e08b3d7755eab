import type { Variable } from '@tensorflow/tfjs-core';
import type { Precision } from '../step-function.js';
import type { Call } from '../tensorflow/session.js';
import { type TensorFlowBinding, TF_DTYPE } from '../tensorflow/tensorflow-binding.js';
import { shapeOf } from '../trace/source.js';
import { ALL_REDUCE, type Constant, type RecordedOp, type Source, type Trace } from '../trace/trace.js';
import { fuseOp, isRecomputed } from './fused-op.js';
import { attribute, type GraphNode, translateAttribute } from './graph-def.js';
import { type MomentumUpdate, momentumUpdates } from './momentum-updates.js';
import { NumberFormats } from './number-formats.js';
import { groupOps, type OpGroup, type OpGroups } from './op-groups.js';
import {
  inputsOf,
  isMatrixProduct,
  isMovedAhead,
  isPointwiseFilterGradient,
  mustStayApart,
  squareOf,
} from './op-substitutes.js';
import { TraceValues } from './trace-values.js';

/** How to run one trace. */
export interface TraceCall extends Call {
  /** Constants that are fed after the trace's own inputs. */
  readonly fedConstants: readonly Constant[];
}

export interface LayoutOptions {
  /** Asks TensorFlow to compile the steps with XLA. */
  readonly xla: boolean;
  /** Whether chains of elementwise ops become one, which needs the op `NFNetsElementwise`. */
  readonly fuses: boolean;
  /** In what convolutions and products of matrices are computed; bfloat16 needs `fuses`. */
  readonly precision: Precision;
  /** On how many threads a fused op runs; undefined for all. */
  readonly threads: number | undefined;
}

/**
 * How many nodes TensorFlow may run ahead of the order in which the step made them. Without a bound it would compute in
 * the forward pass what the backward pass computes again in order not to keep it: 0.2 GB of 3.1 for an NFNet-F0.
 */
const LOOKAHEAD = 20;

/** Below so many elements an op's result is not worth an edge that bounds when it is computed. */
const LARGE = 2 ** 18;

/** The nodes of one trace, and how to run them. */
export class TraceLayout {
  readonly nodes: GraphNode[];
  readonly call: TraceCall;
  private readonly values: TraceValues;
  private readonly groups: OpGroups;
  private readonly endOps: ReadonlySet<number>;
  private readonly formats: NumberFormats;

  constructor(
    private readonly prefix: string,
    private readonly trace: Trace,
    private readonly handles: ReadonlyMap<Variable, string>,
    private readonly binding: TensorFlowBinding,
    private readonly options: LayoutOptions,
  ) {
    this.values = new TraceValues(prefix, trace, handles);
    this.nodes = this.values.nodes;
    const updates = momentumUpdates(trace);
    const updated = new Set(updates.flatMap(({ variable, velocity }) => [variable, velocity]));
    const assignments = [...trace.assignments].filter(([variable]) => !updated.has(variable));
    for (const { result, variable } of updates) {
      this.values.keep(result, 'float32', `${this.updateName(variable)}/read`);
    }
    const ends = [
      ...trace.outputs,
      ...assignments.map(([, source]) => source),
      ...updates.flatMap(({ gradient, rate, momentum }) => [gradient, rate, momentum]),
    ];
    this.endOps = new Set(ends.flatMap((end) => (end.kind === 'op' ? [end.op] : [])));
    this.groups = groupOps(trace, ends, new Set(updates.map(({ result }) => result.op)), options);
    this.formats = new NumberFormats(trace, this.groups, this.isEnd, options.precision);
    for (const [i, group] of this.groups.groups.entries()) {
      const earlier = this.groups.groups[i - LOOKAHEAD];
      if (group.isFused) this.addFused(group, earlier);
      else if (!this.isRecomputed(group.ops[0]!)) this.addOp(group.ops[0]!, earlier);
    }
    const outputs = trace.outputs.map((source, i) => this.addOutput(source, `${prefix}/out${i}`));
    const assigned = assignments.map(([variable, source]) => this.addAssignment(variable, source));
    // When it is known which old values are read.
    const moved = updates.map((update) => this.addMomentumUpdate(update));
    this.nodes.push(...doneNode(`${prefix}/done`, [...assigned, ...moved]));
    this.call = {
      feeds: this.values.feeds(),
      fetches: [...outputs, `${prefix}/done`],
      isShared: trace.ops.some(({ name }) => name === ALL_REDUCE),
      fedConstants: this.values.fedConstants,
    };
  }

  private opName(i: number): string {
    return `${this.prefix}/${i}_${this.trace.ops[i]!.name}`;
  }

  private readonly isEnd = (op: number): boolean => this.endOps.has(op);

  private isRecomputed(op: number): boolean {
    return isRecomputed(this.trace, op, this.groups, this.isEnd);
  }

  private groupName({ ops, isFused }: OpGroup): string {
    return isFused ? `${this.prefix}/${ops.at(-1)!}_Fused` : this.opName(ops[0]!);
  }

  /** The edge that makes a large result wait for the group `earlier`. */
  private waitFor(earlier: OpGroup | undefined, ops: readonly number[]): string[] {
    const isWorth = ops.some((op) => this.trace.ops[op]!.outputs.some(isLarge));
    // What no other op reads is best done at once: a clipped gradient makes way for the next one.
    const isLast = ops.every((op) => (this.groups.consumers.get(op) ?? []).length === 0);
    if (!earlier || !isWorth || isLast || (!earlier.isFused && this.isRecomputed(earlier.ops[0]!))) return [];
    return [`^${this.groupName(earlier)}`];
  }

  private addFused(group: OpGroup, earlier: OpGroup | undefined): void {
    const { program, inputs, outputs } = fuseOp(this.trace, group, this.groups, {
      isEnd: this.isEnd,
      isKeptTwice: (op) => this.formats.isKeptTwice(op),
    });
    const name = this.groupName(group);
    const formats = inputs.map((source) => (source.kind === 'op' ? this.values.keptFormat(source) : 'float32'));
    const results = outputs.map((op, i) => (outputs.indexOf(op) < i ? 'float32' : this.formats.of(op)));
    this.nodes.push({
      name,
      op: 'NFNetsElementwise',
      inputs: [
        ...inputs.map((source, i) => this.values.nameOf(source, formats[i])),
        ...this.waitFor(earlier, group.ops),
      ],
      attributes: {
        Tin: attribute.types(formats.map((format) => TF_DTYPE[format])),
        Tout: attribute.types(results.map((format) => TF_DTYPE[format])),
        program: attribute.text(program),
        threads: attribute.integer(this.options.threads ?? 0),
      },
    });
    for (const [i, op] of outputs.entries()) {
      this.values.keep({ kind: 'op', op, output: 0 }, results[i]!, i === 0 ? name : `${name}:${i}`);
    }
  }

  private addOp(i: number, earlier: OpGroup | undefined): void {
    const op = this.trace.ops[i]!;
    const format = this.formats.of(i);
    const operands = this.formats.operandsOf(i);
    const inputs = inputsOf(this.trace, i).map((source, input) =>
      this.values.nameOf(source, operands.includes(input) ? format : 'float32'),
    );
    const [first] = inputs;
    inputs.push(...this.waitFor(earlier, [i]));
    if (mustStayApart(op)) inputs.push(`^${this.values.barrierOf(first!)}`);
    if (isMovedAhead(op)) inputs[0] = this.addFence(this.opName(i), op, first!, format);
    const attributes = Object.fromEntries(op.attributes.map((it) => [it.name, translateAttribute(it, this.binding)]));
    if (this.options.xla) {
      attributes['_XlaCompile'] = attribute.bool(true);
      attributes['_XlaScope'] = attribute.text(this.prefix);
    }
    if (format === 'bfloat16') attributes['T'] = attribute.type(TF_DTYPE.bfloat16);
    const name = this.opName(i);
    for (const output of op.outputs.keys()) {
      this.values.keep({ kind: 'op', op: i, output }, format, output === 0 ? name : `${name}:${output}`);
    }
    if (squareOf(this.trace, op)) {
      // In one pass: TensorFlow would write all squares down and read them again.
      this.nodes.push({ name: `${name}/norm`, op: 'EuclideanNorm', inputs, attributes });
      const type = { T: attribute.type(TF_DTYPE.float32) };
      this.nodes.push({ name, op: 'Square', inputs: [`${name}/norm`], attributes: type });
    } else if (isPointwiseFilterGradient(op)) {
      this.addProduct(name, op, inputs, format);
    } else if (isMatrixProduct(this.trace, op)) {
      const { T, adj_x, adj_y, ...others } = attributes;
      const named = { T: T!, transpose_a: adj_x!, transpose_b: adj_y! };
      this.nodes.push({ name, op: 'MatMul', inputs, attributes: { ...others, ...named } });
    } else {
      this.nodes.push({ name, op: op.name, inputs, attributes });
    }
  }

  /** The filter gradient of a pointwise convolution as the product of matrices that it is: 10 to 40 % faster than TensorFlow's own. */
  private addProduct(name: string, op: RecordedOp, [x, , dy, ...control]: readonly string[], format: Precision): void {
    const [, , inChannels, outChannels] = op.outputs[0]!.shape as [number, number, number, number];
    const type = attribute.type(TF_DTYPE[format]);
    const reshape = (to: string, from: string, shape: readonly number[], edges: readonly string[] = []) => {
      this.values.addConst(`${to}/shape`, [shape.length], TF_DTYPE.int32, Int32Array.from(shape));
      const attributes = { T: type, Tshape: attribute.type(TF_DTYPE.int32) };
      this.nodes.push({ name: to, op: 'Reshape', inputs: [from, `${to}/shape`, ...edges], attributes });
    };
    reshape(`${name}/x`, x!, [-1, inChannels]);
    reshape(`${name}/dy`, dy!, [-1, outChannels], control);
    const attributes = { T: type, transpose_a: attribute.bool(true), transpose_b: attribute.bool(false) };
    this.nodes.push({ name: `${name}/product`, op: 'MatMul', inputs: [`${name}/x`, `${name}/dy`], attributes });
    reshape(name, `${name}/product`, op.outputs[0]!.shape);
  }

  private updateName(variable: Variable): string {
    return `${this.prefix}/${this.handles.get(variable)!}/update`;
  }

  /** One op in place of what makes the new values, which others may still ask for. */
  private addMomentumUpdate(update: MomentumUpdate): string {
    const [variable, velocity] = [this.handles.get(update.variable)!, this.handles.get(update.velocity)!];
    const type = attribute.type(TF_DTYPE.float32);
    const name = this.updateName(update.variable);
    let rate = this.values.nameOf(update.rate);
    if (update.isAdded) {
      this.nodes.push({ name: `${name}/rate`, op: 'Neg', inputs: [rate], attributes: { T: type } });
      rate = `${name}/rate`;
    }
    const values = [rate, this.values.nameOf(update.gradient), this.values.nameOf(update.momentum)];
    // Whoever reads the old values must have done so.
    const reads = [variable, velocity]
      .filter((handle) => this.values.readHandles.has(handle))
      .map((handle) => `^${handle}/read`);
    const inputs = [variable, velocity, ...values, ...reads];
    const attributes = { T: type, use_nesterov: attribute.bool(update.nesterov) };
    this.nodes.push({ name, op: 'ResourceApplyMomentum', inputs, attributes });
    const read = {
      name: `${name}/read`,
      op: 'ReadVariableOp',
      inputs: [variable, `^${name}`],
      attributes: { dtype: type },
    };
    this.nodes.push(read);
    return name;
  }

  private addAssignment(variable: Variable, source: Source): string {
    const handle = this.handles.get(variable)!;
    const type = attribute.type(this.dtypeOf(source, variable));
    let value = this.values.nameOf(source);
    if (source.kind === 'input' || source.kind === 'constant') {
      const copy = `${this.prefix}/${handle}/copy`;
      this.nodes.push({ name: copy, op: 'DeepCopy', inputs: [value], attributes: { T: type } });
      value = copy;
    }
    const name = `${this.prefix}/${handle}/assign`;
    // Whoever reads the variable's old value must have done so.
    const inputs = [handle, value, `^${handle}/read`];
    this.nodes.push({ name, op: 'AssignVariableOp', inputs, attributes: { dtype: type } });
    return name;
  }

  private addOutput(source: Source, name: string): string {
    const type = attribute.type(this.dtypeOf(source));
    this.nodes.push({ name, op: 'Identity', inputs: [this.values.nameOf(source)], attributes: { T: type } });
    return name;
  }

  private dtypeOf(source: Source, variable?: Variable): number {
    switch (source.kind) {
      case 'input':
        return this.trace.inputs[source.index]!.dtype;
      case 'op':
        return this.trace.ops[source.op]!.outputs[source.output]!.dtype;
      case 'constant':
        return source.constant.dtype;
      case 'variable':
        return TF_DTYPE[(variable ?? source.variable).dtype];
    }
  }

  /** What an op is given, through one that does nothing and that TensorFlow moves nothing past. */
  private addFence(name: string, { inputs: [source] }: RecordedOp, input: string, format: Precision): string {
    const type = format === 'bfloat16' ? TF_DTYPE.bfloat16 : this.dtypeOf(source!);
    const shape = shapeOf(source!, this.trace);
    const attributes = { T: attribute.type(type), shape: attribute.shape(shape) };
    this.nodes.push({ name: `${name}/fence`, op: 'EnsureShape', inputs: [input], attributes });
    return `${name}/fence`;
  }
}

/** A node to fetch when `after` is to be done. */
export function doneNode(name: string, after: readonly string[]): GraphNode[] {
  const attributes = {
    dtype: attribute.type(TF_DTYPE.bool),
    value: attribute.tensor(TF_DTYPE.bool, [], Uint8Array.of(1)),
  };
  return [{ name, op: 'Const', inputs: after.map((node) => `^${node}`), attributes }];
}

function isLarge({ shape }: { readonly shape: readonly number[] }): boolean {
  return shape.reduce((product, size) => product * size, 1) >= LARGE;
}
