import { bytesSource } from '@nfnets/safetensors';
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it } from 'vitest';
import { readWeightFile } from '../read-weight-file.js';

/* A model.json against the decoder of TensorFlow.js itself. */

type Spec = Record<string, unknown>;
const disposables: tf.Tensor[] = [];
afterEach(() => tf.dispose(disposables.splice(0)));

/** Reads a manifest of one group, or several, with the bytes of each. */
const read = (groups: [weights: Spec[], bytes: Uint8Array][], paths = groups.map((_, i) => [`group${i}.bin`])) => {
  const weightsManifest = groups.map(([weights], i) => ({ paths: paths[i], weights }));
  const json = new TextEncoder().encode(` ${JSON.stringify({ format: 'layers-model', weightsManifest })}`);
  return readWeightFile(bytesSource(json, 'model.json'), async (name) =>
    bytesSource(groups[Number(name.match(/\d/)![0])]![1], name),
  );
};
const bytes = (...parts: ArrayBufferView[]) =>
  Uint8Array.from(parts.flatMap((part) => [...new Uint8Array(part.buffer, part.byteOffset, part.byteLength)]));
const floats = (...values: number[]) => Float32Array.from(values);

describe('a model.json', () => {
  it('passes over the optimizer, whatever it keeps', async () => {
    const { tensors } = await read([
      [
        [
          { name: 'a', shape: [2], dtype: 'float32' },
          { name: 'iter', shape: [], dtype: 'int32', group: 'optimizer' },
          { name: 'a', shape: [1], dtype: 'float32', group: 'optimizer' },
          { name: 'b', shape: [], dtype: 'float32', group: 'model' },
        ],
        bytes(floats(1, 2), Int32Array.of(7), floats(9), floats(3)),
      ],
    ]);
    expect([...tensors.keys()]).toEqual(['a', 'b']);
    expect(await tensors.get('a')!.read()).toEqual(floats(1, 2));
    expect(await tensors.get('b')!.read()).toEqual(floats(3));
  });

  it('lists whole numbers, truths, complex numbers and texts, and reads what lies behind them', async () => {
    const texts = bytes(Uint32Array.of(2), Uint8Array.of(97, 98), Uint32Array.of(0));
    const { tensors, others } = await read([
      [
        [
          { name: 'ids', shape: [2], dtype: 'int32' },
          { name: 'mask', shape: [3], dtype: 'bool' },
          { name: 'wave', shape: [1], dtype: 'complex64' },
          { name: 'words', shape: [2], dtype: 'string' },
          { name: 'none', shape: [0], dtype: 'string' },
          { name: 'a', shape: [1], dtype: 'float32' },
        ],
        bytes(Int32Array.of(1, 2), Uint8Array.of(1, 0, 1), floats(1, 2), texts, floats(5)),
      ],
    ]);
    expect([...tensors].map(([name, { dtype }]) => [name, dtype])).toEqual([
      ['ids', 'I32'],
      ['mask', 'BOOL'],
      ['wave', 'C64'],
      ['a', 'F32'],
    ]);
    expect([...others!]).toEqual([
      ['words', 'texts'],
      ['none', 'texts'],
    ]);
    await expect(tensors.get('ids')!.read()).rejects.toThrow(/"ids" is I32; weights must be/);
    expect(await tensors.get('a')!.read()).toEqual(floats(5));
  });

  it('dequantizes as TensorFlow.js does', async () => {
    const specs = [
      { name: 'u8', shape: [4], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.1, min: -3.7 } },
      { name: 'u16', shape: [3], dtype: 'float32', quantization: { dtype: 'uint16', scale: 1e-3, min: 0.25 } },
      { name: 'f16', shape: [4], dtype: 'float32', quantization: { dtype: 'float16' } },
      { name: 'i8', shape: [4], dtype: 'int32', quantization: { dtype: 'uint8', scale: 1, min: 0 } },
      { name: 'last', shape: [1], dtype: 'float32' },
    ] as const;
    const data = bytes(
      Uint8Array.of(0, 1, 128, 255),
      Uint16Array.of(0, 1000, 65535),
      Uint16Array.of(0x3c00, 0xc101, 1, 0x7bff),
      Uint8Array.of(1, 2, 3, 4),
      floats(0.5),
    );
    const { tensors } = await read([[[...specs], data]]);
    const theirs = tf.io.decodeWeights(data.buffer, specs as unknown as tf.io.WeightsManifestEntry[]);
    disposables.push(...Object.values(theirs));
    for (const name of ['u8', 'u16', 'f16', 'last']) {
      expect(await tensors.get(name)!.read(), name).toEqual(await theirs[name]!.data());
    }
    await expect(tensors.get('i8')!.read()).rejects.toThrow(/"i8" is I32 as uint8/);
  });

  it('reads several groups of several files', async () => {
    const weights = [{ name: 'a', shape: [2, 2], dtype: 'float32' }];
    const first: [Spec[], Uint8Array] = [weights, bytes(floats(1, 2))];
    const second: [Spec[], Uint8Array] = [[{ name: 'b', shape: [2], dtype: 'float32' }], bytes(floats(3, 4))];
    const { tensors } = await read([first, second], [['0.bin', '0.bin'], ['1.bin']]);
    expect(await tensors.get('a')!.read()).toEqual(floats(1, 2, 1, 2));
    expect(await tensors.get('b')!.read()).toEqual(floats(3, 4));
  });

  const quantized = (quantization: unknown, dtype = 'float32') => ({ name: 'a', shape: [1], dtype, quantization });
  it.each<[string, Spec[], number, RegExp]>([
    ['whose files are too short', [{ name: 'a', shape: [2], dtype: 'int32' }], 7, /files end before the values of "a"/],
    ['whose files are too long', [{ name: 'a', shape: [2], dtype: 'bool' }], 3, /1 bytes of .* belong to no weight/],
    ['whose texts are too long', [{ name: 'a', shape: [1], dtype: 'string' }], 3, /files end before the values of "a"/],
    [
      'with too many texts',
      [{ name: 'a', shape: [2 ** 30], dtype: 'string' }],
      8,
      /files end before the values of "a"/,
    ],
    ['of an unknown type', [{ name: 'a', shape: [1], dtype: 'bfloat16' }], 2, /"a" must be float32, .* got "bfloat16"/],
    [
      'of a type by an odd name',
      [{ name: 'a', shape: [1], dtype: 'toString' }],
      2,
      /"a" must be float32, .* got "toString"/,
    ],
    [
      'quantized in an unknown way',
      [quantized({ dtype: 'int4' })],
      1,
      /"a" must be quantized to uint8, uint16 or float16, got "int4"/,
    ],
    ['quantized without a scale', [quantized({ dtype: 'uint8', min: 0 })], 1, /"a" must have the scale and the min/],
    [
      'of quantized truths',
      [quantized({ dtype: 'uint8', scale: 1, min: 0 }, 'bool')],
      1,
      /"a" is bool, which is not quantized/,
    ],
    ['quantized by nothing', [quantized(null)], 1, /"a" must be quantized to/],
    ['without a shape', [{ name: 'a', dtype: 'float32' }], 4, /the shape of "a" must be whole numbers/],
  ])('%s is refused', async (_, weights, size, message) => {
    await expect(read([[weights, new Uint8Array(size)]])).rejects.toThrow(message);
  });
});
