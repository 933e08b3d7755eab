import { readdirSync, readFileSync } from 'node:fs';
import { bytesSource, TensorFileError } from '@nfnets/safetensors';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { OpenShard } from './files-beside.js';
import { readWeightFile } from './read-weight-file.js';

const folder = new URL('__fixtures__/', import.meta.url);
const files = readdirSync(folder).filter((name) => /\.(safetensors|pth|pkl)$/.test(name));

/** What happens to a file: bytes change, are cut out, are there twice, or it ends early. */
const damage = fc.record({
  kind: fc.constantFrom('set', 'flip', 'cut', 'repeat', 'end'),
  // Where: anywhere, or near the beginning, where headers are, or the end, where an archive has its table.
  place: fc.oneof(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 0.1, noNaN: true }),
    fc.double({ min: 0.9, max: 1, noNaN: true }),
  ),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }),
});

function damaged(
  whole: Uint8Array,
  { kind, place, bytes }: { kind: string; place: number; bytes: Uint8Array },
): Uint8Array {
  const at = Math.floor(place * whole.length);
  const rest = whole.subarray(Math.min(whole.length, at + bytes.length));
  const start = whole.subarray(0, at);
  const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
  if (kind === 'set') return join(start, bytes, rest);
  if (kind === 'cut') return join(start, rest);
  if (kind === 'repeat') return join(start, whole.subarray(at, at + bytes.length), whole.subarray(at));
  if (kind === 'end') return start;
  const flipped = whole.slice();
  if (at < whole.length) flipped[at]! ^= 1 << (bytes[0]! % 8);
  return flipped;
}

/** Reads all of a file. Gives the largest number of bytes that it asked for or made at once. */
async function readAll(bytes: Uint8Array, shard?: OpenShard): Promise<number> {
  const source = bytesSource(bytes, 'x');
  let largest = 0;
  const watched = {
    ...source,
    read: (offset: number, length: number) => {
      const read = source.read(offset, length);
      return read.then((got) => {
        largest = Math.max(largest, got.length);
        return got;
      });
    },
  };
  const refused = (error: unknown) => {
    if (!(error instanceof TensorFileError)) throw error;
    expect(error.message.length).toBeLessThan(1000);
  };
  const file = await readWeightFile(watched, shard).catch(refused);
  for (const tensor of file?.tensors.values() ?? []) {
    const values = await tensor.read().catch(refused);
    largest = Math.max(largest, values?.byteLength ?? 0);
    if (values) expect(values.length).toBe(tensor.shape.reduce((product, n) => product * n, 1));
  }
  return largest;
}

it.each(files)(
  'a damaged %s is read or refused, never more',
  async (name) => {
    const whole = new Uint8Array(readFileSync(new URL(name, folder)));
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
        const bytes = damages.reduce(damaged, whole);
        // Two: half precision becomes single. A tensor that repeats its elements may take up to 2^24 of them.
        const most = name === 'kinds.pth' ? 4 * 2 ** 24 : 2 * bytes.length;
        expect(await readAll(bytes)).toBeLessThanOrEqual(most);
      }),
      { numRuns: Number(process.env['NFNETS_FUZZ_RUNS'] ?? 200) },
    );
  },
  600_000,
);

it('a damaged model.json is read or refused, never more', async () => {
  const weights = [2, 3].map((n) => ({ name: `w${n}`, shape: [n, 5], dtype: 'float32' }));
  const json = JSON.stringify({ format: 'layers-model', weightsManifest: [{ paths: ['a.bin', 'b.bin'], weights }] });
  const whole = new TextEncoder().encode(json);
  const shard = async () => bytesSource(new Uint8Array(50));
  expect(await readAll(whole, shard)).toBe(whole.length);
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
      await readAll(damages.reduce(damaged, whole), shard);
    }),
    { numRuns: Number(process.env['NFNETS_FUZZ_RUNS'] ?? 500) },
  );
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 5 }), async (weightsManifest) => {
      await readAll(new TextEncoder().encode(JSON.stringify({ weightsManifest })), shard);
    }),
  );
}, 600_000);

it('a damaged index of shards is read or refused, never more', async () => {
  const part = new Uint8Array(readFileSync(new URL('zip.pth', folder)));
  const { tensors } = await readWeightFile(bytesSource(part, 'x'));
  const map = Object.fromEntries([...tensors.keys()].map((name) => [name, 'a.bin']));
  const whole = new TextEncoder().encode(JSON.stringify({ metadata: { total_size: 1 }, weight_map: map }));
  const shard = async () => bytesSource(part);
  expect((await readWeightFile(bytesSource(whole), shard)).tensors.size).toBe(9);
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
      await readAll(damages.reduce(damaged, whole), shard);
    }),
    { numRuns: Number(process.env['NFNETS_FUZZ_RUNS'] ?? 200) },
  );
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), async (weightMap) => {
      await readAll(new TextEncoder().encode(JSON.stringify({ weight_map: weightMap })), shard);
    }),
  );
}, 600_000);

it('a quantized or odd model.json is read or refused, never more', async () => {
  const weight = fc.record({
    name: fc.constantFrom('a', 'b', '__proto__', ''),
    shape: fc.array(fc.nat({ max: 6 }), { maxLength: 3 }),
    dtype: fc.constantFrom('float32', 'int32', 'bool', 'string', 'complex64', 'float16'),
    quantization: fc.option(
      fc.record(
        { dtype: fc.constantFrom('uint8', 'uint16', 'float16', 'int8'), scale: fc.double(), min: fc.double() },
        { requiredKeys: [] },
      ),
      { nil: undefined },
    ),
    group: fc.constantFrom(undefined, 'optimizer', 'model'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(weight, { maxLength: 4 }), fc.uint8Array({ maxLength: 300 }), async (weights, bytes) => {
      const json = JSON.stringify({ weightsManifest: [{ paths: ['a.bin'], weights }] });
      const shard = async () => bytesSource(bytes);
      const largest = await readAll(new TextEncoder().encode(json), shard);
      // Four: a byte becomes a float.
      expect(largest).toBeLessThanOrEqual(Math.max(json.length, 4 * bytes.length));
    }),
    { numRuns: Number(process.env['NFNETS_FUZZ_RUNS'] ?? 1000) },
  );
}, 600_000);

it('any pickle is read or refused, and makes nothing but data', async () => {
  // Opcodes and short arguments, so that many are sound.
  const name = fc.constantFrom(
    'os',
    'system',
    'builtins',
    'torch._utils',
    '_rebuild_tensor_v2',
    'collections',
    'Counter',
  );
  const text = name.map((value) => [0x8c, value.length, ...new TextEncoder().encode(value)]);
  const opcode = fc.oneof(
    text,
    fc
      .constantFrom(0x28, 0x30, 0x31, 0x32, 0x4e, 0x88, 0x5d, 0x7d, 0x8f, 0x29, 0x74, 0x85, 0x86, 0x87, 0x6c, 0x64)
      .map((c) => [c]),
    fc.constantFrom(0x61, 0x65, 0x73, 0x75, 0x90, 0x91, 0x93, 0x52, 0x81, 0x92, 0x6f, 0x62, 0x94, 0x51).map((c) => [c]),
    fc.nat({ max: 255 }).map((value) => [0x4b, value]),
    fc.nat({ max: 3 }).map((value) => [0x68, value]),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(opcode, { maxLength: 40 }), async (codes) => {
      const bytes = Uint8Array.from([0x80, 4, ...codes.flat(), 0x2e]);
      expect(await readAll(bytes)).toBeLessThanOrEqual(2 * bytes.length);
    }),
    { numRuns: Number(process.env['NFNETS_FUZZ_RUNS'] ?? 3000) },
  );
}, 600_000);

it('any bytes are refused', async () => {
  const starts = fc.constantFrom(
    [],
    [0x50, 0x4b, 3, 4],
    [0x80, 2],
    [0x80, 4, 0x95],
    [16, 0, 0, 0, 0, 0, 0, 0, 0x7b],
    [0x7b, 0x22],
  );
  await fc.assert(
    fc.asyncProperty(starts, fc.uint8Array({ maxLength: 200 }), async (start, rest) => {
      const bytes = Uint8Array.from([...start, ...rest]);
      expect(await readAll(bytes)).toBeLessThanOrEqual(2 * bytes.length);
    }),
    { numRuns: Number(process.env['NFNETS_FUZZ_RUNS'] ?? 2000) },
  );
}, 600_000);
