import { GROUP_KEY } from '../process-group.js';
import type { BindingTap, Recorder } from '../tensorflow/binding-tap.js';
import {
  type OpAttribute,
  type TensorFlowBinding,
  type TensorMetadata,
  type TensorValues,
  TF_DTYPE,
} from '../tensorflow/tensorflow-binding.js';
import { allValues, constantOf, isBaked } from '../trace/constant.js';
import { ALL_REDUCE, type Constant, type RecordedOp, type Source } from '../trace/trace.js';
import { TraceError } from '../trace/trace-error.js';
import type { ShapeProbe } from './shape-probe.js';

/** Ops whose outputs' shapes depend on values, unless all their inputs are known. */
const VALUE_SHAPED = /^(Where|Unique|NonMaxSuppression|Range$|LinSpace|SparseFillEmptyRows|StringSplit|Decode|Ragged)/;
/** Ops that give something else at every run. */
const RANDOM = /^(Stateless)?(Random|Multinomial|TruncatedNormal|ParameterizedTruncated)/;

interface KnownValue {
  readonly shape: readonly number[];
  readonly dtype: number;
  readonly source: Source;
  /** Whether it is made of constants alone. */
  readonly isConstant: boolean;
}

/** What sums over the processes of a group need to know. */
export interface GroupReductions {
  readonly processes: number;
  /** Of the step, other than those of all other steps, and the same in all processes. */
  readonly name: string;
}

/**
 * Writes down the ops of a step without running them: every result is a name with a shape.
 *
 * What a step computes from constants alone can still be read, as tfjs does here and there; reading anything else
 * is refused, since the graph could not follow what JavaScript makes of it.
 */
export class StepRecorder implements Recorder {
  readonly ops: RecordedOp[] = [];
  /** References that the trace holds to tensors from before the step. */
  readonly heldIds: number[] = [];
  /** What JavaScript drew, but for seeds of TensorFlow's own random ops. */
  readonly draws = new Set<number>();
  private reductions = 0;
  private readonly symbols = new Map<number, KnownValue>();
  private readonly constants = new Map<number, Constant>();
  private readonly binding: TensorFlowBinding;

  constructor(
    private readonly step: string,
    private readonly tap: BindingTap,
    private readonly probe: ShapeProbe,
  ) {
    this.binding = tap.real;
  }

  /** Makes a tensor that stands for `source`. */
  newSymbol(source: Source, shape: readonly number[], dtype: number, isConstant = false): TensorMetadata {
    const id = this.tap.newId();
    this.symbols.set(id, { shape, dtype, source, isConstant });
    return { id, shape: [...shape], dtype };
  }

  executeOp(name: string, given: readonly OpAttribute[], inputs: number[], outputs: number): TensorMetadata[] {
    const who = `op ${this.ops.length}, ${name}`;
    if (outputs === 0) {
      throw new TraceError(
        `compileStep: \`${this.step}\` has a side effect (${who}) that a graph would not repeat. Do it outside of the step.`,
      );
    }
    const values = inputs.map((id) => this.valueOf(id));
    const attributes = this.withTypes(name, this.wholeNumbers(given), values);
    const isConstant = values.every((value) => value.isConstant) && !RANDOM.test(name);
    if (VALUE_SHAPED.test(name) && !isConstant) {
      throw new TraceError(
        `compileStep: the shape of ${name}'s result depends on values (${who} of \`${this.step}\`), and a graph is recorded for fixed shapes. Do it outside of the step, or mask instead of selecting.`,
      );
    }
    const probed = this.withKnownIds(values, VALUE_SHAPED.test(name), (ids) =>
      this.probe.outputShapes(
        name,
        attributes,
        values.map(({ shape, dtype }, i) => ({ shape, dtype, ...(ids[i] !== undefined && { id: ids[i] }) })),
        outputs,
      ),
    );
    const op = this.ops.push({ name, attributes, inputs: values.map(({ source }) => source), outputs: probed }) - 1;
    return probed.map(({ shape, dtype }, output) =>
      this.newSymbol({ kind: 'op', op, output }, shape, dtype, isConstant),
    );
  }

  /** Writes down the sum of a vector over the processes of a group, which cannot be run to see what it gives. */
  allReduce(id: number, { processes, name }: GroupReductions): TensorMetadata {
    const { shape, dtype, source } = this.valueOf(id);
    const { TF_ATTR_TYPE, TF_ATTR_INT, TF_ATTR_STRING } = this.binding;
    const attributes: OpAttribute[] = [
      { name: 'T', type: TF_ATTR_TYPE, value: dtype },
      { name: 'group_size', type: TF_ATTR_INT, value: processes },
      { name: 'group_key', type: TF_ATTR_INT, value: GROUP_KEY },
      // The same in all processes for the same place of the same step, whatever the shapes of their batches; TensorFlow keeps to a
      // shape for each.
      { name: 'instance_key', type: TF_ATTR_INT, value: numberOf(`${name}/${this.reductions++}/${shape.join('x')}`) },
      { name: 'merge_op', type: TF_ATTR_STRING, value: 'Add' },
      { name: 'final_op', type: TF_ATTR_STRING, value: 'Id' },
      { name: 'subdiv_offsets', type: TF_ATTR_INT, value: [0] },
      { name: 'communication_hint', type: TF_ATTR_STRING, value: 'ring' },
    ];
    const op =
      this.ops.push({
        name: ALL_REDUCE,
        attributes,
        inputs: [source],
        outputs: [{ shape: [...shape], dtype }],
      }) - 1;
    return this.newSymbol({ kind: 'op', op, output: 0 }, shape, dtype);
  }

  createTensor(shape: number[], dtype: number, values: TensorValues): number {
    const id = this.binding.createTensor(shape, dtype, values);
    this.constants.set(id, constantOf(shape, dtype, values));
    return id;
  }

  tensorDataSync(id: number): TensorValues {
    const value = this.symbols.get(id);
    if (!value) return this.binding.tensorDataSync(this.tap.realId(id));
    if (!value.isConstant) {
      throw new TraceError(
        `compileStep: \`${this.step}\` reads a value (data, dataSync, array, print) while it is recorded: ${this.describe(value.source)}. Return the tensor from the step and read it there.`,
      );
    }
    return this.withReplayed(
      value.source,
      () => undefined,
      (real) => this.binding.tensorDataSync(real),
    );
  }

  /** Where the tensor with this id comes from. */
  sourceOf(id: number): Source {
    return this.valueOf(id).source;
  }

  isSymbol(id: number): boolean {
    return this.symbols.has(id);
  }

  /**
   * Computes `source` now and calls `use` with a tensor that holds it, which is deleted afterwards.
   *
   * @param known the tensor for a source that the recorder cannot know: an input, a variable
   */
  withReplayed<T>(source: Source, known: (source: Source) => number | undefined, use: (id: number) => T): T {
    const made: number[] = [];
    const results = new Map<number, number[]>();
    const compute = (wanted: Source): number => {
      const given = known(wanted);
      if (given !== undefined) return given;
      if (wanted.kind === 'constant') {
        const { id, shape, dtype } = wanted.constant;
        if (id !== undefined) return id;
        const copy = this.binding.createTensor([...shape], dtype, allValues(wanted.constant));
        made.push(copy);
        return copy;
      }
      if (wanted.kind !== 'op') throw new Error(`compileStep: ${this.describe(wanted)} has no value yet.`);
      let ids = results.get(wanted.op);
      if (!ids) {
        const { name, attributes, inputs, outputs } = this.ops[wanted.op]!;
        ids = this.binding.executeOp(name, attributes, inputs.map(compute), outputs.length).map(({ id }) => id);
        made.push(...ids);
        results.set(wanted.op, ids);
      }
      return ids[wanted.output]!;
    };
    try {
      return use(compute(source));
    } finally {
      for (const id of made) this.binding.deleteTensor(id);
    }
  }

  /** As the binding takes them: of a seed that tf drew in (0, 1) nothing is left, and TensorFlow draws one itself. */
  private wholeNumbers(attributes: readonly OpAttribute[]): readonly OpAttribute[] {
    return attributes.map((attribute) => {
      const { name, type, value } = attribute;
      if (type !== this.binding.TF_ATTR_INT || typeof value !== 'number' || Number.isInteger(value)) return attribute;
      if (name === 'seed') this.draws.delete(value);
      return { ...attribute, value: Math.trunc(value) };
    });
  }

  /** A node of a graph must name the types that an eager op finds by itself, and tfjs-node gives this one none. */
  private withTypes(
    name: string,
    attributes: readonly OpAttribute[],
    values: readonly KnownValue[],
  ): readonly OpAttribute[] {
    if (name !== 'ExpandDims') return attributes;
    return ['T', 'Tdim'].map((type, i) => ({ name: type, type: this.binding.TF_ATTR_TYPE, value: values[i]!.dtype }));
  }

  private valueOf(id: number): KnownValue {
    const symbol = this.symbols.get(id);
    if (symbol) return symbol;
    let constant = this.constants.get(id);
    if (!constant) {
      constant = this.capture(this.tap.realId(id));
      this.constants.set(id, constant);
    }
    const { shape, dtype } = constant;
    return { shape, dtype, source: { kind: 'constant', constant }, isConstant: true };
  }

  /** Takes in a tensor from before the step: its value if it is small, else a reference of our own. */
  private capture(id: number): Constant {
    const own = this.binding.executeOp('Identity', [], [id], 1)[0]!;
    const { shape, dtype } = own;
    if (!isBaked(own)) {
      this.heldIds.push(own.id);
      return { shape, dtype, id: own.id };
    }
    const values = this.binding.tensorDataSync(own.id);
    this.binding.deleteTensor(own.id);
    return { shape, dtype, values };
  }

  /** Calls `use` with tensors for the inputs that are known and may be shapes; those of float32 only if asked. */
  private withKnownIds<T>(
    values: readonly KnownValue[],
    withNumbers: boolean,
    use: (ids: (number | undefined)[]) => T,
  ): T {
    const next = (i: number, ids: (number | undefined)[]): T => {
      if (i === values.length) return use(ids);
      const { isConstant, source, dtype, shape } = values[i]!;
      // A large one is no shape, whatever its type.
      if (!isConstant || !isBaked({ shape, dtype }) || (dtype === TF_DTYPE.float32 && !withNumbers))
        return next(i + 1, [...ids, undefined]);
      return this.withReplayed(
        source,
        () => undefined,
        (id) => next(i + 1, [...ids, id]),
      );
    };
    return next(0, []);
  }

  private describe(source: Source): string {
    switch (source.kind) {
      case 'op':
        return `the result of op ${source.op}, ${this.ops[source.op]!.name}`;
      case 'variable':
        return `the variable ${source.variable.name}`;
      case 'input':
        return `input ${source.index}`;
      case 'constant':
        return 'a constant';
    }
  }
}

/** A number of 31 bits that follows from a text: FNV-1a. */
function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return hash >>> 1;
}
