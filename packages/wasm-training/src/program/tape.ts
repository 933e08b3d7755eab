import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type DataType, type KernelConfig, type NumericDataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import {
  type KernelArguments,
  type Outputs,
  type RecordedWork,
  type Recorder,
  type Recording,
  setRecording,
  withRecorder,
} from '../backend/recording.js';
import {
  type Buffer,
  byName,
  type FunctionCall,
  type Operand,
  type PlacedTensor,
  type RecordedCall,
  type RecordedOp,
  type ValueSource,
} from './recorded-calls.js';
import { admitSymbols, newSymbol, symbolOf } from './symbols.js';
import { placeOf, virtualAddress } from './virtual-memory.js';

/** Kernels of tfjs's whose results' shapes depend on values. */
const VALUE_SHAPED =
  /^(Where|Unique|NonMaxSuppression|SparseFillEmptyRows|SparseReshape|StringSplit|StringNGrams|Ragged)/;

/** What a recording says to a step that it cannot follow. */
export interface TapeErrors {
  /** Somebody reads a value that there is none of yet: `what` it is. */
  read(what: string): Error;
  /** The shape of a result of the kernel `name` depends on values. */
  valueShaped(name: string): Error;
  /** A tensor is of a type that programs do not compute with. */
  unknownType(dtype: DataType): Error;
  /** A tensor of the recording is used when it is over. */
  leftOver(): Error;
}

/**
 * Writes down what kernels of the wasm backend do, without their doing it: which function on which buffers, in order.
 *
 * Kernels whose inputs are all real run as ever, and what they make is a constant of the step.
 */
export class Tape implements Recorder, Recording {
  readonly buffers: Buffer[] = [];
  readonly calls: RecordedCall[] = [];
  readonly ops: RecordedOp[] = [];
  /** What constant buffers hold. */
  readonly constants = new Map<number, Uint8Array>();
  inputs = 0;
  private readonly buffersOfTensors = new Map<object, number>();
  private readonly tables = new Map<string, number>();
  /** Buffers of the kernel call that is being recorded, which it may still write. */
  private readonly open = new Set<number>();
  private depth = 0;
  private isOver = false;

  constructor(
    protected readonly backend: BackendWasm,
    private readonly errors: TapeErrors,
  ) {
    admitSymbols(backend);
  }

  /** Kernels are written down from here on. */
  start(): void {
    setRecording(this);
  }

  /** Kernels run as ever from here on. */
  stop(): void {
    setRecording(undefined);
    this.isOver = true;
  }

  /** Makes a tensor that stands for the next input. */
  input(shape: readonly number[], dtype: DataType): TensorInfo {
    return this.newTensor(shape, dtype, 'input', { kind: 'input', index: this.inputs++ });
  }

  /** Where the value of a tensor comes from. */
  sourceOf(tensor: TensorInfo): ValueSource {
    const source = symbolOf(tensor)?.source;
    if (source !== undefined) return source;
    this.bufferOf(tensor);
    // As it is now: a variable that holds a constant may be assigned something else.
    const { dataId, shape, dtype } = tensor;
    const now = { dataId, shape, dtype };
    return { kind: 'constant', tensor: now, values: () => this.valuesOf(now) };
  }

  /** Number of the buffer that holds `tensor`. */
  bufferOf(tensor: TensorInfo): number {
    if (!isNumeric(tensor.dtype)) throw this.errors.unknownType(tensor.dtype);
    return symbolOf(tensor)?.buffer ?? this.constantOf(tensor);
  }

  kernel(kernelName: string, call: KernelArguments, run: (call: KernelArguments) => Outputs): Outputs {
    const inputs = Object.values(call.inputs) as (TensorInfo | undefined | null)[];
    if (!inputs.some((input) => input && symbolOf(input))) return withRecorder(undefined, () => run(call));
    this.depth++;
    try {
      const outputs = withRecorder(this, () => run(call));
      if (this.depth === 1) this.closeOp(kernelName, call, inputs, [outputs].flat());
      return outputs;
    } finally {
      this.depth--;
    }
  }

  makeOutput(shape: readonly number[], dtype: DataType): TensorInfo {
    if (!isNumeric(dtype)) throw this.errors.unknownType(dtype);
    return this.newTensor(shape, dtype, 'made', undefined);
  }

  addressOf(tensor: TensorInfo): number {
    return virtualAddress(this.bufferOf(tensor));
  }

  addressOfNumbers(numbers: readonly number[]): number {
    const key = numbers.join();
    let buffer = this.tables.get(key);
    if (buffer === undefined) {
      const values = Int32Array.from(numbers);
      buffer = this.newConstant(new Uint8Array(values.buffer));
      this.tables.set(key, buffer);
    }
    return virtualAddress(buffer);
  }

  call({ kernel, args, units, nanoseconds, scratch, scratchBytes }: RecordedWork): void {
    const operands = args.map((value): Operand => placeOf(value) ?? value);
    const scratchPlace: Operand = placeOf(scratch) ?? scratch;
    const call: FunctionCall = {
      kernel,
      args: operands,
      units,
      nanoseconds,
      scratch: scratchPlace,
      scratchBytes,
      ...this.effectsOn([...operands, scratchPlace].flatMap((each) => (typeof each === 'number' ? [] : [each.buffer]))),
    };
    this.calls.push(call);
  }

  callTfjs(kernelName: string, kernelFunc: KernelConfig['kernelFunc'], call: KernelArguments): Outputs {
    if (VALUE_SHAPED.test(kernelName)) throw this.errors.valueShaped(kernelName);
    const inputs = Object.entries(call.inputs as Record<string, TensorInfo | undefined>);
    const placed = inputs.map(([name, tensor]) => [name, tensor && this.placed(tensor)] as const);
    // Made of zeros, to see the shapes.
    const shapes = withRecorder(undefined, () => this.outputsOf(kernelFunc, call, inputs));
    const outputs = shapes.map(({ shape, dtype }) => this.makeOutput(shape, dtype));
    const buffers = placed.flatMap(([, tensor]) => (tensor ? [tensor.buffer] : []));
    this.calls.push({
      tfjs: kernelName,
      kernelFunc,
      attrs: call.attrs,
      inputs: placed,
      isList: Array.isArray(call.inputs),
      outputs: outputs.map((output) => this.placed(output)),
      ...this.effectsOn([...buffers, ...outputs.map((output) => this.bufferOf(output))]),
    });
    return outputs.length === 1 ? outputs[0]! : outputs;
  }

  private closeOp(
    name: string,
    { attrs }: KernelArguments,
    inputs: readonly (TensorInfo | undefined | null)[],
    outputs: readonly TensorInfo[],
  ): void {
    this.open.clear();
    const op = this.ops.length;
    this.ops.push({
      name,
      attributes: (attrs ?? {}) as Readonly<Record<string, unknown>>,
      inputs: inputs.flatMap((input) => (input ? [this.sourceOf(input)] : [])),
      outputs: outputs.map(({ shape, dtype }) => ({ shape, dtype })),
    });
    for (const [output, tensor] of outputs.entries()) {
      const symbol = symbolOf(tensor);
      // What shares its data with an input comes from where that does.
      if (symbol) symbol.source ??= { kind: 'op', op, output };
    }
  }

  private effectsOn(mentioned: readonly number[]): Pick<FunctionCall, 'reads' | 'writes'> {
    const buffers = [...new Set(mentioned)];
    // Once its kernel is done, a tensor does not change.
    return {
      writes: buffers.filter((buffer) => this.open.has(buffer)),
      reads: buffers.filter((buffer) => !this.open.has(buffer)),
    };
  }

  private newTensor(
    shape: readonly number[],
    dtype: DataType,
    kind: 'made' | 'input',
    source: ValueSource | undefined,
  ): TensorInfo {
    const buffer = this.buffers.push({ bytes: bytesOf(shape, dtype), kind }) - 1;
    if (kind === 'made') this.open.add(buffer);
    const refusal = () => (this.isOver ? this.errors.leftOver() : this.errors.read(this.describe(tensor)));
    const tensor = newSymbol({ buffer, shape, dtype, source, refusal });
    return tensor;
  }

  private describe(tensor: TensorInfo): string {
    const source = symbolOf(tensor)?.source;
    if (source?.kind === 'op') return `the result of op ${source.op}, ${this.ops[source.op]!.name}`;
    return source?.kind === 'input' ? `input ${source.index}` : 'a result on its way';
  }

  private constantOf(tensor: TensorInfo): number {
    const known = this.buffersOfTensors.get(tensor.dataId);
    if (known !== undefined) return known;
    const buffer = this.newConstant(this.bytesOfTensor(tensor));
    this.buffersOfTensors.set(tensor.dataId, buffer);
    return buffer;
  }

  private newConstant(values: Uint8Array): number {
    const buffer = this.buffers.push({ bytes: values.length, kind: 'constant' }) - 1;
    this.constants.set(buffer, values);
    return buffer;
  }

  private valuesOf(tensor: TensorInfo): ArrayLike<number> {
    const bytes = this.constants.get(this.bufferOf(tensor))!;
    if (tensor.dtype === 'bool') return bytes;
    return tensor.dtype === 'int32' ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer);
  }

  private bytesOfTensor(tensor: TensorInfo): Uint8Array {
    if (bytesOf(tensor.shape, tensor.dtype) === 0) return new Uint8Array(0);
    const values = this.backend.readSync(tensor.dataId) as Float32Array;
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  }

  private placed(tensor: TensorInfo): PlacedTensor {
    return { buffer: this.bufferOf(tensor), shape: tensor.shape, dtype: tensor.dtype as NumericDataType };
  }

  /** Shapes and types of what the kernel makes of tensors of these shapes. */
  private outputsOf(
    kernelFunc: KernelConfig['kernelFunc'],
    call: KernelArguments,
    inputs: readonly (readonly [string, TensorInfo | undefined])[],
  ): TensorInfo[] {
    const { backend } = this;
    const made: TensorInfo[] = [];
    const real = inputs.map(([name, tensor]): readonly [string, TensorInfo | undefined] => {
      if (!tensor || !symbolOf(tensor)) return [name, tensor];
      const zeros = backend.makeOutput(tensor.shape, tensor.dtype);
      backend.typedArrayFromHeap(zeros).fill(0);
      made.push(zeros);
      return [name, zeros];
    });
    try {
      const outputs = [kernelFunc({ ...call, inputs: byName(real, Array.isArray(call.inputs)) })].flat();
      made.push(...outputs);
      return outputs;
    } finally {
      for (const { dataId } of made) backend.disposeData(dataId);
    }
  }
}

function isNumeric(dtype: DataType): boolean {
  return dtype === 'float32' || dtype === 'int32' || dtype === 'bool';
}

function bytesOf(shape: readonly number[], dtype: DataType): number {
  return util.sizeFromShape([...shape]) * (dtype === 'bool' ? 1 : 4);
}
