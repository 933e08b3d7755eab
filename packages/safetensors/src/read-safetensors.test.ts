import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource } from './byte-source.js';
import { floatValues, toFloat16 } from './float-values.js';
import { readSafetensors } from './read-safetensors.js';
import { safetensorsHeader } from './safetensors-header.js';
import { TensorFileError } from './tensor-file-error.js';

/** As `python/make_fixtures.py` fills its tensors. */
const filled = (count: number, phase: number) =>
  Float32Array.from({ length: count }, (_, i) => (((i * 7 + phase) % 13) - 6) / 4);

const file = (header: unknown, dataBytes: number) => {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
};
const read = (bytes: Uint8Array) => readSafetensors(bytesSource(bytes, 'x.safetensors'));
const F32 = (begin: number, end: number) => ({ dtype: 'F32', shape: [(end - begin) / 4], data_offsets: [begin, end] });

describe('readSafetensors', () => {
  it('reads what the Python library wrote', async () => {
    const bytes = readFileSync(new URL('__fixtures__/torch.safetensors', import.meta.url));
    const { tensors, metadata } = await read(bytes);
    expect([...metadata]).toEqual([['format', 'pt']]);
    expect([...tensors.keys()].sort()).toEqual(['bfloat', 'count', 'half', 'kernel', 'long', 'scalar']);
    expect(tensors.get('kernel')).toMatchObject({ shape: [3, 3, 2, 4], dtype: 'F32' });
    expect(tensors.get('scalar')!.shape).toEqual([]);
    expect(await tensors.get('kernel')!.read()).toEqual(filled(72, 1));
    expect(await tensors.get('long')!.read()).toEqual(filled(1200, 2));
    expect(await tensors.get('scalar')!.read()).toEqual(filled(1, 3));
    expect(await tensors.get('half')!.read()).toEqual(filled(5, 4));
    expect(await tensors.get('bfloat')!.read()).toEqual(filled(5, 5));
    expect(new BigInt64Array((await tensors.get('count')!.bytes()).buffer)).toEqual(BigInt64Array.of(12n));
    await expect(tensors.get('count')!.read()).rejects.toThrow(/"count" is I64; weights must be one of F32, F16, BF16/);
  });

  it('reads the values of one tensor, and of no other', async () => {
    const bytes = file({ a: F32(0, 8), b: F32(8, 800) }, 800);
    const source = bytesSource(bytes);
    const reads: [number, number][] = [];
    const spied = { ...source, read: (o: number, l: number) => reads.push([o, l]) && source.read(o, l) };
    const { tensors } = await readSafetensors(spied as typeof source);
    const header = bytes.length - 800;
    expect(reads).toEqual([
      [0, 8],
      [8, header - 8],
    ]);
    await tensors.get('a')!.read();
    expect(reads.slice(2)).toEqual([[header, 8]]);
  });

  it.each([
    [
      'a header of 2^60 bytes',
      new Uint8Array([0, 0, 0, 0, 0, 0, 0, 16, 0x7b, 0x7d]),
      /claims 1152921504606846976 bytes, and the file has 2/,
    ],
    ['fewer than 8 bytes', new Uint8Array(5), /ends too early/],
    ['a header that is no object', file('[]', 0), /does not begin with \{/],
    ['a header that is no JSON', file('{"a":', 0), /not JSON/],
    ['a header that is no UTF-8', file('{"a', 0).map((b, i) => (i === 10 ? 0xff : b)), /not UTF-8/],
    [
      'a name twice',
      file(`{"a":${JSON.stringify(F32(0, 4))},"a":${JSON.stringify(F32(4, 8))}}`, 8),
      /has the key "a" twice/,
    ],
    [
      'a name twice, spelled in two ways',
      file(`{"a":${JSON.stringify(F32(0, 4))},"\\u0061":${JSON.stringify(F32(4, 8))}}`, 8),
      /has the key "a" twice/,
    ],
    [
      'a key of an entry twice',
      file('{"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}}', 4),
      /has the key "dtype" twice/,
    ],
    ['an unknown key', file({ a: { ...F32(0, 4), more: 1 } }, 4), /the entry of "a" has the unknown key "more"/],
    [
      'an unknown type',
      file({ a: { ...F32(0, 4), dtype: 'toString' } }, 4),
      /dtype of "a" must be one of F64, .* got "toString"/,
    ],
    [
      'a negative size',
      file({ a: { ...F32(0, 4), shape: [-1] } }, 4),
      /shape of "a" must be whole numbers, got \[-1\]/,
    ],
    [
      'more axes than torch and numpy have',
      file({ a: { ...F32(0, 4), shape: Array(65).fill(1) } }, 4),
      /shape of "a" must have at most 64 axes, got 65\./,
    ],
    ['a size beyond all bounds', file({ a: { ...F32(0, 4), shape: [2 ** 40, 2 ** 40] } }, 4), /beyond all bounds/],
    [
      'offsets that are not two',
      file({ a: { ...F32(0, 4), data_offsets: [0] } }, 4),
      /data_offsets of "a" must be two/,
    ],
    [
      'offsets that go back',
      file({ a: { ...F32(0, 4), data_offsets: [4, 0] } }, 4),
      /has -4 bytes, where F32 of shape \[1\] has 4/,
    ],
    ['overlapping tensors', file({ a: F32(0, 8), b: F32(4, 12) }, 12), /"b" begins at 4, inside/],
    ['a tensor inside the header', file({ a: F32(-4, 0) }, 0), /"a" begins at -4, inside/],
    ['a gap', file({ a: F32(0, 4), b: F32(8, 12) }, 12), /no tensor has the bytes from 4 to 8/],
    [
      'values that are missing',
      file({ a: F32(0, 8) }, 4),
      /need 8 bytes and it has 4: was it downloaded to the end\?$/,
    ],
    ['values that nobody has', file({ a: F32(0, 4) }, 8), /4 bytes behind the last tensor/],
    [
      'metadata that is no text',
      file({ __metadata__: { a: 1 }, b: F32(0, 4) }, 4),
      /__metadata__ must map text to text/,
    ],
    ['an entry that is null', file({ a: null }, 0), /entry of "a" must be an object/],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(TensorFileError);
    await expect(read(bytes)).rejects.toThrow(message);
  });

  it('reads as many axes as torch has', async () => {
    const shape = Array<number>(64).fill(1);
    const { tensors } = await read(file({ a: { ...F32(0, 4), shape } }, 4));
    expect(tensors.get('a')!.shape).toEqual(shape);
    expect(await tensors.get('a')!.read()).toHaveLength(1);
  });

  it('lists tensors of types that have no values here, with their bytes, beside those that have', async () => {
    const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
      dtype,
      shape,
      data_offsets: [begin, end],
    });
    const header = {
      wave: entry('C64', [2], 0, 16),
      tiny: entry('F4', [3, 4], 16, 22),
      six: entry('F6_E2M3', [8], 22, 28),
      sixes: entry('F6_E3M2', [4], 28, 31),
      scale: entry('F8_E8M0', [1], 31, 32),
      other: entry('F8_E4M3FNUZ', [1], 32, 33),
      another: entry('F8_E5M2FNUZ', [1], 33, 34),
      // Of a format to come: as long as the file says.
      later: entry('F2_E1M0_X9', [5], 34, 37),
      w: entry('F32', [1], 37, 41),
      double: entry('F64', [2], 41, 57),
    };
    const bytes = file(header, 57);
    new DataView(bytes.buffer, bytes.length - 20).setFloat32(0, 2.5, true);
    new DataView(bytes.buffer, bytes.length - 16).setFloat64(0, 0.1, true);
    const { tensors } = await read(bytes);
    expect([...tensors].map(([name, { dtype }]) => [name, dtype])).toEqual(
      Object.entries(header).map(([name, { dtype }]) => [name, dtype]),
    );
    for (const [
      name,
      {
        data_offsets: [begin, end],
        dtype,
      },
    ] of Object.entries(header)) {
      expect(await tensors.get(name)!.bytes(), name).toHaveLength(end! - begin!);
      if (name === 'w' || name === 'double') continue;
      await expect(tensors.get(name)!.read()).rejects.toThrow(
        `x.safetensors: "${name}" is ${dtype}; weights must be one of F32, F16, BF16, F64. Convert it where it was made.`,
      );
    }
    expect([...(await tensors.get('w')!.read())]).toEqual([2.5]);
    expect([...(await tensors.get('double')!.read())]).toEqual([Math.fround(0.1), 0]);
  });

  it.each([
    ['elements that do not fill bytes', 'F4', [3], 2, /has 2 bytes, where F4 of shape \[3\] has 1\.5/],
    ['too few bytes of six bits', 'F6_E2M3', [8], 5, /has 5 bytes, where F6_E2M3 of shape \[8\] has 6/],
    ['an unknown type that ends before it begins', 'F99', [1], -1, /has -1 bytes, where F99 of shape \[1\] has 0/],
  ])('refuses %s', async (_, dtype, shape, end, message) => {
    await expect(read(file({ a: { dtype, shape, data_offsets: [0, end] } }, Math.max(end, 0)))).rejects.toThrow(
      message,
    );
  });

  it('takes metadata that is null, as the library does', async () => {
    expect((await read(file({ __metadata__: null, b: F32(0, 4) }, 4))).metadata.size).toBe(0);
  });

  it('refuses a file cut off anywhere', async () => {
    const whole = new Uint8Array(readFileSync(new URL('__fixtures__/torch.safetensors', import.meta.url)));
    for (let length = 0; length < whole.length; length += length < 700 ? 1 : 97) {
      await expect(read(whole.subarray(0, length)), `${length} bytes`).rejects.toThrow(TensorFileError);
    }
  });

  it('takes names that objects of JavaScript treat specially', async () => {
    const { tensors } = await read(
      file(`{"__proto__":${JSON.stringify(F32(0, 4))},"constructor":${JSON.stringify(F32(4, 8))}}`, 8),
    );
    expect([...tensors.keys()].sort()).toEqual(['__proto__', 'constructor']);
  });

  it('is not overwhelmed by deep nesting', async () => {
    const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    await expect(read(file(deep, 0))).rejects.toThrow(TensorFileError);
    const objects = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    await expect(read(file(objects, 0))).rejects.toThrow(TensorFileError);
  });
});

describe('safetensorsHeader', () => {
  it('gives back what it was given', async () => {
    const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
    const tensors = fc.uniqueArray(fc.record({ name: fc.string().filter((n) => n !== '__metadata__'), shape }), {
      selector: ({ name }) => name,
    });
    await fc.assert(
      fc.asyncProperty(tensors, async (tensors) => {
        const header = safetensorsHeader(tensors.map((tensor) => ({ ...tensor, dtype: 'F32' as const })));
        expect(header.length % 8).toBe(0);
        const sizes = tensors.map(({ shape }) => shape.reduce((product, n) => product * n, 1));
        const values = tensors.map((_, i) => filled(sizes[i]!, i));
        const parts = [header, ...values.map((v) => new Uint8Array(v.buffer))];
        const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
        const read_ = await read(bytes);
        expect(read_.tensors.size).toBe(tensors.length);
        for (const [i, { name, shape }] of tensors.entries()) {
          expect(read_.tensors.get(name)!.shape).toEqual(shape);
          expect(await read_.tensors.get(name)!.read()).toEqual(values[i]);
        }
      }),
    );
  });
});

describe('float16', () => {
  it('comes back the same from every half', () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const back = toFloat16(floatValues(new Uint8Array(halves.slice().buffer), 'F16')!);
    for (let i = 0; i < 65536; i++) {
      // Every NaN becomes the quiet one.
      const isNaN_ = (i & 0x7c00) === 0x7c00 && (i & 0x3ff) !== 0;
      expect(back[i]).toBe(isNaN_ ? (i & 0x8000) | 0x7e00 : i);
    }
  });

  it('rounds to the nearest, ties to even', () => {
    // Between 1 and 2 halves are 2^-10 apart; 2^-24 is the smallest, 65504 the largest.
    const cases = [
      [1 + 2 ** -11, 0x3c00],
      [1 + 3 * 2 ** -11, 0x3c02],
      [1 + 2 ** -11 + 2 ** -20, 0x3c01],
      [2 ** -25, 0],
      [2 ** -25 + 2 ** -40, 1],
      [2 ** -14 - 2 ** -26, 0x400],
      [65504, 0x7bff],
      [65519.996, 0x7bff],
      [65520, 0x7c00],
      [-0, 0x8000],
    ] as const;
    expect([...toFloat16(Float32Array.from(cases, ([value]) => value))]).toEqual(cases.map(([, half]) => half));
  });
});
