import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DataType, ELEMENT_SIZE, openSafetensors, type TensorToWrite, writeSafetensors } from './index.js';

/* Files between us and safetensors' own library, both ways, by `python/both_ways.py`. */
const ownPython = fileURLToPath(new URL('../../../bench/.venv/bin/python', import.meta.url));
const python = process.env['NFNETS_PYTHON'] ?? ownPython;
const isMissing = python.includes('/') && !existsSync(python);
const NEEDS =
  'needs torch and safetensors: python3 -m venv bench/.venv && bench/.venv/bin/pip install torch safetensors';

const types = Object.keys(ELEMENT_SIZE) as DataType[];
const tensor = (name: string, dtype: DataType, shape: number[]): TensorToWrite => {
  const size = shape.reduce((product, n) => product * n, 1) * ELEMENT_SIZE[dtype];
  return { name, dtype, shape, bytes: () => Uint8Array.from({ length: size }, (_, i) => (i * 7) % 2) };
};
// Of an odd length first, so that no later tensor lies at a multiple of its elements.
const written = [
  tensor('odd', 'U8', [3]),
  ...types.map((type) => tensor(type, type, [8])),
  tensor('', 'F32', []),
  tensor('ünı "\\\n😀', 'F32', [1, 1]),
  tensor('__proto__', 'F32', [2]),
  tensor('7', 'BF16', [0, 3]),
  tensor('1', 'F16', [2]),
];
// What torch has no type for.
const isForeign = (name: string) => name.startsWith('F6');

describe.skipIf(isMissing)(`the safetensors library (${NEEDS})`, () => {
  let folder: string;
  const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nfnets-both-'));
    await writeSafetensors(join(folder, 'ours.safetensors'), written, { metadata: { made: 'ünı', '': 'x' } });
    const readable = written.map(({ name }) => name).filter((name) => !isForeign(name));
    writeFileSync(join(folder, 'readable.json'), JSON.stringify(readable));
    const script = fileURLToPath(new URL('../python/both_ways.py', import.meta.url));
    execFileSync(python, ['-W', 'ignore', script, folder], { stdio: 'pipe' });
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('reads what is written here: every type, name and place', async () => {
    const { names, tensors, metadata } = json('ours.json') as {
      names: string[];
      tensors: Record<string, [string, number[], string]>;
      metadata: Record<string, string>;
    };
    expect(names).toEqual(written.map(({ name }) => name).sort());
    expect(metadata).toEqual({ made: 'ünı', '': 'x' });
    for (const { name, shape, dtype, bytes } of written.filter(({ name }) => !isForeign(name))) {
      const [, theirs, hex] = tensors[name]!;
      // torch packs two elements of 4 bits into one.
      expect(theirs, name).toEqual(dtype === 'F4' ? [4] : shape);
      expect(hex, name).toBe(Buffer.from(await bytes()).toString('hex'));
    }
  });

  it('writes types that are all listed here, with their bytes', async () => {
    const { tensors } = json('theirs.json') as { tensors: Record<string, [string, number[], string]> };
    const file = await openSafetensors(join(folder, 'theirs.safetensors'));
    expect([...file.tensors.keys()].sort()).toEqual(Object.keys(tensors).sort());
    for (const [name, [, , hex]] of Object.entries(tensors)) {
      const ours = file.tensors.get(name)!;
      expect(Buffer.from(await ours.bytes()).toString('hex'), name).toBe(hex);
      const isFloat = ['F64', 'F32', 'F16', 'BF16'].includes(ours.dtype);
      if (!isFloat)
        await expect(ours.read(), name).rejects.toThrow(`"${name}" is ${ours.dtype}; weights must be one of`);
      else if (name !== 'float64_many') expect([...(await ours.read())], name).toEqual([1, 2, 0.5, 4]);
    }
    expect([...(await file.tensors.get('float64_many')!.read())]).toEqual(
      [0.1, -1e300, 1e-320, 123456789.125].map(Math.fround),
    );
    await file.close();
  });
});
