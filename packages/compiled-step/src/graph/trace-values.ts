import type { Variable } from '@tensorflow/tfjs-core';
import type { Precision } from '../step-function.js';
import { type TensorValues, TF_DTYPE } from '../tensorflow/tensorflow-binding.js';
import { isBaked } from '../trace/constant.js';
import { keyOf } from '../trace/source.js';
import type { Constant, Source, Trace } from '../trace/trace.js';
import { attribute, type GraphNode } from './graph-def.js';

/** What the nodes of a trace's values are called; adds nodes to `nodes` for those that no op makes: inputs, constants, casts. */
export class TraceValues {
  readonly nodes: GraphNode[] = [];
  /** Constants that are fed. */
  readonly fedConstants: Constant[] = [];
  /** Variables whose old values the step reads. */
  readonly readHandles = new Set<string>();
  private readonly constantNames = new Map<Constant, string>();
  private readonly barriers = new Map<string, string>();
  /** Names of values that are there in each format. */
  private readonly kept = new Map<Precision, Map<string, string>>([
    ['float32', new Map()],
    ['bfloat16', new Map()],
  ]);
  private castCount = 0;

  constructor(
    private readonly prefix: string,
    private readonly trace: Trace,
    private readonly handles: ReadonlyMap<Variable, string>,
  ) {
    for (const [i, { shape, dtype }] of trace.inputs.entries()) this.addPlaceholder(this.inputName(i), shape, dtype);
  }

  /** The nodes that are fed: the trace's inputs, then the constants. */
  feeds(): string[] {
    return [
      ...this.trace.inputs.map((_, i) => this.inputName(i)),
      ...this.fedConstants.map((constant) => this.constantNames.get(constant)!),
    ];
  }

  private inputName(i: number): string {
    return `${this.prefix}/in${i}`;
  }

  /** In which format a value can be had without a cast. */
  keptFormat(source: Source): Precision {
    return this.kept.get('bfloat16')!.has(keyOf(source)) ? 'bfloat16' : 'float32';
  }

  /** Says what has the value of `source` in a format. */
  keep(source: Source, format: Precision, name: string): void {
    this.kept.get(format)!.set(keyOf(source), name);
  }

  /** What has the value of `source`, numbers of 32 bits in `format`. */
  nameOf(source: Source, format: Precision = 'float32'): string {
    const known = this.kept.get(format)!.get(keyOf(source));
    if (known) return known;
    const other = format === 'bfloat16' ? 'float32' : 'bfloat16';
    const given =
      this.kept.get(other)!.get(keyOf(source)) ?? (format === 'bfloat16' ? this.originOf(source) : undefined);
    if (!given) return this.originOf(source);
    const name = `${this.prefix}/cast${this.castCount++}`;
    const attributes = {
      SrcT: attribute.type(TF_DTYPE[other]),
      DstT: attribute.type(TF_DTYPE[format]),
      Truncate: attribute.bool(false),
    };
    this.nodes.push({ name, op: 'Cast', inputs: [given], attributes });
    this.keep(source, format, name);
    return name;
  }

  /** What has the value of `source` as the step has it. */
  private originOf(source: Source): string {
    switch (source.kind) {
      case 'input':
        return this.inputName(source.index);
      case 'variable':
        return this.readOf(source.variable);
      case 'op':
        throw new Error(
          `compileStep: nothing makes the result of op ${source.op}, ${this.trace.ops[source.op]!.name}.`,
        );
      case 'constant':
        return this.constantName(source.constant);
    }
  }

  private readOf(variable: Variable): string {
    const handle = this.handles.get(variable)!;
    this.readHandles.add(handle);
    return `${handle}/read`;
  }

  /**
   * A node to wait for, so that TensorFlow leaves the ops that take `input` alone. One for each: a way around by another such op
   * would make the waiting idle, and TensorFlow remove it. Fed, since it also removes what nobody computes with.
   */
  barrierOf(input: string): string {
    const known = this.barriers.get(input);
    if (known) return known;
    const name = `${this.prefix}/barrier${this.barriers.size}`;
    const constant: Constant = { shape: [], dtype: TF_DTYPE.float32, values: Float32Array.of(0) };
    this.barriers.set(input, name);
    this.constantNames.set(constant, name);
    this.fedConstants.push(constant);
    this.addPlaceholder(name, constant.shape, constant.dtype);
    return name;
  }

  private constantName(constant: Constant): string {
    const known = this.constantNames.get(constant);
    if (known) return known;
    const name = `${this.prefix}/c${this.constantNames.size}`;
    this.constantNames.set(constant, name);
    const { shape, dtype, values, isUniform } = constant;
    if (values && isUniform) {
      const [dims, value] = [`${name}/dims`, `${name}/value`];
      this.addConst(dims, [shape.length], TF_DTYPE.int32, Int32Array.from(shape));
      this.addConst(value, [], dtype, values);
      const attributes = { T: attribute.type(dtype), index_type: attribute.type(TF_DTYPE.int32) };
      this.nodes.push({ name, op: 'Fill', inputs: [dims, value], attributes });
    } else if (values && isBaked(constant)) {
      this.addConst(name, shape, dtype, values);
    } else {
      this.fedConstants.push(constant);
      this.addPlaceholder(name, shape, dtype);
    }
    return name;
  }

  private addPlaceholder(name: string, shape: readonly number[], dtype: number): void {
    const attributes = { dtype: attribute.type(dtype), shape: attribute.shape(shape) };
    this.nodes.push({ name, op: 'Placeholder', inputs: [], attributes, fed: { shape, dtype } });
  }

  addConst(name: string, shape: readonly number[], dtype: number, values: TensorValues): void {
    const attributes = { dtype: attribute.type(dtype), value: attribute.tensor(dtype, shape, values) };
    this.nodes.push({ name, op: 'Const', inputs: [], attributes });
  }
}
