import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSafetensors, safetensorsChunks, TensorFileError, type TensorToWrite, writeSafetensors } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'nfnets-safetensors-'));
afterAll(() => rmSync(folder, { recursive: true }));

const floats = (name: string, ...values: number[]): TensorToWrite => ({
  name,
  dtype: 'F32',
  shape: [values.length],
  bytes: () => new Uint8Array(Float32Array.from(values).buffer),
});

/** A stream that keeps what is written. */
function collecting(): { stream: WritableStream<Uint8Array>; bytes: () => Promise<Uint8Array> } {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const stream = new WritableStream<Uint8Array>({ write: (part) => void parts.push(new Uint8Array(part)) });
  return { stream, bytes: async () => new Uint8Array(await new Blob(parts).arrayBuffer()) };
}

describe('writeSafetensors', () => {
  it('writes what the format says, byte by byte', async () => {
    const { stream, bytes } = collecting();
    await writeSafetensors(stream, [floats('a', 1, -2)]);
    const json = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    // 54 characters, padded with spaces to 56; 1 is 3f800000 and -2 is c0000000.
    const header = [56, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode(`${json}  `)];
    expect([...(await bytes())]).toEqual([...header, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
  });

  it('writes a file that comes back from its path, its bytes and a Blob', async () => {
    const path = join(folder, 'some.safetensors');
    const steps: TensorToWrite = {
      name: 'steps',
      dtype: 'I32',
      shape: [],
      bytes: async () => new Uint8Array(Int32Array.of(7).buffer),
    };
    await writeSafetensors(path, [floats('weight', 0.5, 3), steps, floats('empty')], { metadata: { made: 'ünı' } });
    const bytes = readFileSync(path);
    for (const source of [path, bytes, new Blob([bytes])]) {
      const file = await openSafetensors(source);
      expect([...file.metadata]).toEqual([['made', 'ünı']]);
      expect([...file.tensors.keys()]).toEqual(['weight', 'steps', 'empty']);
      expect(await file.tensors.get('weight')!.read()).toEqual(Float32Array.of(0.5, 3));
      expect(new Int32Array((await file.tensors.get('steps')!.bytes()).buffer)).toEqual(Int32Array.of(7));
      expect(await file.tensors.get('empty')!.read()).toEqual(new Float32Array());
      await file.close();
    }
  });

  it('asks for one tensor at a time, and gives one in pieces', async () => {
    const asked: string[] = [];
    const count = 300_000;
    const values = Float32Array.from({ length: count }, (_, i) => i);
    const large = (name: string): TensorToWrite => ({
      name,
      dtype: 'F32',
      shape: [count],
      bytes() {
        asked.push(name);
        return new Uint8Array(values.buffer);
      },
    });
    const chunks = safetensorsChunks([large('a'), large('b')]);
    const parts = [(await chunks.next()).value!, (await chunks.next()).value!];
    expect(asked).toEqual(['a']);
    for await (const chunk of chunks) parts.push(chunk);
    const file = await openSafetensors(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
    const sizes: number[] = [];
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for await (const piece of file.tensors.get('b')!.chunks()) {
      sizes.push(piece.length);
      pieces.push(piece);
    }
    // 1,200,000 bytes are one piece of 2^20 and the rest.
    expect(sizes).toEqual([1_048_576, 151_424]);
    expect(new Float32Array(await new Blob(pieces).arrayBuffer())).toEqual(values);
  });

  it('leaves no file, and the old one as it was, when a tensor cannot be written', async () => {
    const path = join(folder, 'kept.safetensors');
    await writeSafetensors(path, [floats('a', 1)]);
    const before = readFileSync(path);
    const wrong = { ...floats('b', 1, 2), shape: [3] };
    await expect(writeSafetensors(path, [floats('a', 2), wrong])).rejects.toThrow(
      'writeSafetensors: "b" must have the 12 bytes of F32 values of shape [3], got 8.',
    );
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it.each([
    [[floats('a', 1), floats('a', 2)], 'every tensor must have a name of its own, got "a" twice'],
    [[floats('__metadata__', 1)], 'every tensor must have a name of its own, got "__metadata__" twice'],
  ])('refuses names that collide', async (tensors, message) => {
    await expect(writeSafetensors(collecting().stream, tensors)).rejects.toThrow(message);
  });
});

describe('openSafetensors', () => {
  it('says what is wrong with a path', async () => {
    const missing = join(folder, 'missing.safetensors');
    await expect(openSafetensors(missing)).rejects.toThrow(TensorFileError);
    await expect(openSafetensors(missing)).rejects.toThrow(`${missing}: cannot be opened: ENOENT`);
    await expect(openSafetensors(folder)).rejects.toThrow('is not a file');
  });
});
