import {
  assertReadable,
  type ByteSource,
  byteLength,
  type DataType,
  elementCount,
  floatValues,
  type StoredTensor,
  show,
  TensorFileError,
} from '@nfnets/safetensors';
import { gatherRows } from './gather-rows.js';
import { describeValue, type Fillable, InertObject, LazyBytes, PickleGlobal } from './pickle-values.js';

/** By numpy's letter and size, or the class of a type that numpy does not have itself. */
const NUMPY_TYPES: Readonly<Record<string, DataType>> = {
  'ml_dtypes.bfloat16': 'BF16',
  ...{ f8: 'F64', f4: 'F32', f2: 'F16', b1: 'BOOL' },
  ...{ i8: 'I64', i4: 'I32', i2: 'I16', i1: 'I8', u8: 'U64', u4: 'U32', u2: 'U16', u1: 'U8' },
};

class NumpyType implements Fillable {
  isLittleEndian = true;

  constructor(readonly dtype: DataType) {}

  /** The state is (version, byte order, ...). */
  fill(state: unknown): void {
    this.isLittleEndian = Array.isArray(state) && ['<', '|', '='].includes(state[1]);
  }
}

/** An array that a pickle describes; its values are still in the file. */
export class NumpyArray implements Fillable {
  /** Why its values cannot be read, as of texts and objects. */
  flaw: string | undefined;
  private state?: { shape: readonly number[]; dtype: DataType; fortran: boolean; data: Uint8Array | LazyBytes };

  /** The state is (version, shape, dtype, whether the first axis runs fastest, data). */
  fill(state: unknown): void {
    if (!Array.isArray(state) || state.length < 4) throw new Error('the state of an array must have four parts');
    const [shape, type, fortran, data] = state.slice(-4) as unknown[];
    if (!(type instanceof NumpyType) || !type.isLittleEndian) {
      this.flaw = `an array of ${type instanceof NumpyType ? 'numbers with the last byte first' : describeValue(type)}`;
      return;
    }
    const count = elementCount('numpy', 'an array', shape);
    if (!(data instanceof Uint8Array || data instanceof LazyBytes))
      throw new Error('the data of an array must be bytes');
    const length = data instanceof LazyBytes ? data.range.length : data.length;
    const wanted = byteLength(count, type.dtype);
    // Bytes above 127 take two as text, so that the length is only known when it is read.
    const fits = data instanceof LazyBytes && data.encoding !== 'bytes' ? length >= wanted : length === wanted;
    if (!fits) throw new Error(`an array of shape ${show(shape)} needs ${wanted} bytes, and has ${length}`);
    this.state = { shape: shape as number[], dtype: type.dtype, fortran: fortran === true, data };
  }

  /** The array as a tensor of `source`. */
  toTensor(source: ByteSource, name: string): StoredTensor {
    if (this.state === undefined)
      throw new TensorFileError(`${source.label}: ${show(name)} is an array without values.`);
    const { shape, dtype, fortran, data } = this.state;
    const read = async () => {
      assertReadable(source.label, name, dtype);
      const bytes = data instanceof LazyBytes ? await readLazy(source, data) : data.slice();
      const wanted = byteLength(elementCount(source.label, name, shape), dtype);
      if (bytes.length !== wanted) {
        throw new TensorFileError(`${source.label}: ${show(name)} needs ${wanted} bytes, and has ${bytes.length}.`);
      }
      const values = floatValues(bytes, dtype)!;
      return fortran ? rowsFirst(values, shape) : values;
    };
    return { name, shape, dtype, read };
  }
}

/** What numpy's pickles refer to, and those of dill and jax around them. */
export const NUMPY_GLOBALS: ReadonlyMap<string, PickleGlobal> = new Map([
  ...both('multiarray._reconstruct', () => new NumpyArray()),
  ...both('multiarray.scalar', ([type, data]) => filled([[], type, false, data])),
  ...both('numeric._frombuffer', ([data, type, shape, order]) => filled([shape, type, order === 'F', data])),
  entry('numpy.ndarray'),
  entry('numpy.dtype', ([code]) => {
    const name = code instanceof PickleGlobal ? code.name : String(code).replace(/^[<|=]/, '');
    const known = Object.hasOwn(NUMPY_TYPES, name);
    return known ? new NumpyType(NUMPY_TYPES[name]!) : new InertObject(`the type ${show(name)}`);
  }),
  // How protocols before 3 write no bytes at all, as of an empty array.
  ...['__builtin__.bytes', 'builtins.bytes'].map((name) =>
    entry(name, (args) => (args.length === 0 ? new Uint8Array(0) : new InertObject('bytes in a form of their own'))),
  ),
  entry('_codecs.encode', ([text, encoding]) => {
    if (encoding !== 'latin1') throw new Error(`must be to latin1, got ${show(encoding)}`);
    if (text instanceof LazyBytes && text.encoding === 'text') return new LazyBytes(text.range, 'latin1');
    if (typeof text !== 'string') throw new Error('must be given a text');
    return latin1Bytes(text);
  }),
  // dill wraps an array's own reduction; jax adds a last argument about its types.
  ...['dill._dill._create_array', 'jax._src.array._reconstruct_array', 'jax._src.device_array.reconstruct_device_array']
    .concat('jax.interpreters.xla.reconstruct_device_array')
    .map((name) =>
      entry(name, ([make, args, state]) => {
        if (!(make instanceof PickleGlobal) || make.call === undefined || !Array.isArray(args)) {
          throw new Error('must be given a way to make an array');
        }
        const array = make.call(args);
        if (!(array instanceof NumpyArray)) return new InertObject('an array in a form of its own');
        // An array that came through a buffer is whole already.
        if (state !== null) array.fill(state);
        return array;
      }),
    ),
  // The mappings of Haiku, by their names over time: each is made from a dict.
  ...['FlatMapping', 'FlatMap', 'frozendict'].map((name) =>
    entry(`haiku._src.data_structures.${name}`, ([map]) => {
      if (!(map instanceof Map)) throw new Error('must be given a dict');
      return map;
    }),
  ),
  entry('collections.OrderedDict', orderedDict),
]);

/** An OrderedDict: empty, or from a list of pairs as protocols 0 and 1 write it. */
export function orderedDict([pairs = []]: readonly unknown[]): Map<unknown, unknown> {
  const arePairs = Array.isArray(pairs) && pairs.every((pair) => Array.isArray(pair) && pair.length === 2);
  if (!arePairs) throw new Error('must be given pairs');
  return new Map(pairs as [unknown, unknown][]);
}

function entry(name: string, call?: (args: readonly unknown[]) => unknown): [string, PickleGlobal] {
  return [name, call === undefined ? new PickleGlobal(name) : new PickleGlobal(name, call)];
}

/** numpy 2 moved its core. */
function both(name: string, call: (args: readonly unknown[]) => unknown): [string, PickleGlobal][] {
  return [entry(`numpy.core.${name}`, call), entry(`numpy._core.${name}`, call)];
}

function filled(state: unknown[]): NumpyArray {
  const array = new NumpyArray();
  array.fill(state);
  return array;
}

async function readLazy(source: ByteSource, { range, encoding }: LazyBytes): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await source.read(range.offset, range.length);
  return encoding === 'latin1' ? latin1Bytes(new TextDecoder().decode(bytes)) : bytes;
}

function latin1Bytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255)
      throw new TensorFileError('A pickle has bytes written as text, and among them a character beyond 255.');
    bytes[i] = code;
  }
  return bytes;
}

/** Reorders values whose first axis runs fastest, as Fortran's do, so that the last one does. */
function rowsFirst(values: Float32Array, shape: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, n) => product * n, 1));
  return gatherRows(values, shape, strides);
}
