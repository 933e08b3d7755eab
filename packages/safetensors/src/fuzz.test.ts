import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bytesSource, readSafetensors, TensorFileError } from './index.js';

const whole = new Uint8Array(readFileSync(new URL('__fixtures__/torch.safetensors', import.meta.url)));

/** Reads all of a file. Gives the largest number of bytes that it asked for at once. */
async function readAll(bytes: Uint8Array): Promise<number> {
  const source = bytesSource(bytes, 'x');
  let largest = 0;
  const watched = {
    ...source,
    read: async (offset: number, length: number) => {
      const got = await source.read(offset, length);
      largest = Math.max(largest, got.length);
      return got;
    },
  };
  try {
    for (const tensor of (await readSafetensors(watched)).tensors.values()) {
      await tensor.bytes();
      expect((await tensor.read()).length).toBe(tensor.shape.reduce((product, n) => product * n, 1));
    }
  } catch (error) {
    if (!(error instanceof TensorFileError)) throw error;
    expect(error.message.length).toBeLessThan(1000);
  }
  return largest;
}

/** Mostly near the beginning, where the header is. */
const place = fc.oneof(fc.integer({ max: whole.length - 1, min: 0 }), fc.integer({ min: 0, max: 600 }));

it('a damaged file is read or refused, never more', async () => {
  const damage = fc.record({ place, bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), fc.boolean(), async (damages, isCut) => {
      let bytes = whole.slice();
      for (const { place, bytes: changed } of damages) bytes.set(changed.subarray(0, whole.length - place), place);
      if (isCut) bytes = bytes.subarray(0, damages[0]!.place);
      expect(await readAll(bytes)).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: Number(process.env['NFNETS_FUZZ_RUNS'] ?? 1000) },
  );
}, 600_000);

it('any header is read or refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 5 }), fc.nat({ max: 100 }), async (value, size) => {
      const json = new TextEncoder().encode(JSON.stringify(value));
      const bytes = new Uint8Array(8 + json.length + size);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
      bytes.set(json, 8);
      expect(await readAll(bytes)).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: Number(process.env['NFNETS_FUZZ_RUNS'] ?? 1000) },
  );
}, 600_000);
