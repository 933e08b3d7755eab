import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as safetensors from './index.js';
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

  it('writes through a link, and replaces no folder and no pipe', async () => {
    const [path, link, pipe] = ['linked.safetensors', 'link', 'pipe'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeSafetensors(path, [floats('a', 1)]);
    symlinkSync(path, link);
    await writeSafetensors(link, [floats('a', 2)]);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    const { tensors, close } = await openSafetensors(path);
    expect([...(await tensors.get('a')!.read())]).toEqual([2]);
    await close();
    await expect(writeSafetensors(folder, [floats('a', 1)])).rejects.toThrow(
      `writeSafetensors: ${folder} cannot be written: it is a folder. Pass the path of a file.`,
    );
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [pipe]);
      await expect(writeSafetensors(pipe, [floats('a', 1)])).rejects.toThrow('cannot be written: it is no file.');
      expect(lstatSync(pipe).isFIFO()).toBe(true);
    }
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it.each([
    [[floats('a', 1), floats('a', 2)], 'every tensor must have a name of its own, got "a" twice'],
    [[floats('__metadata__', 1)], 'every tensor must have a name of its own, got "__metadata__" twice'],
  ])('refuses names that collide', async (tensors, message) => {
    await expect(writeSafetensors(collecting().stream, tensors)).rejects.toThrow(message);
  });
});

describe('what other readers would not take', () => {
  const path = join(folder, 'never.safetensors');
  const one = floats('a', 1);
  it.each<[string, unknown, unknown, RegExp]>([
    ['a number in metadata', [one], { metadata: { epoch: 3 } }, /`metadata\.epoch` must be a text, got 3/],
    ['metadata that is a list', [one], { metadata: ['a'] }, /`metadata` must be an object of texts/],
    ['metadata that is null', [one], { metadata: null }, /`metadata` must be an object of texts/],
    ['half a character in a name', [{ ...one, name: 'a\ud800' }], {}, /`tensors\[0\]\.name` must be whole characters/],
    ['half a character in metadata', [one], { metadata: { a: '\udc00' } }, /`metadata\.a` must be whole characters/],
    [
      'a type that is none',
      [{ ...one, dtype: 'float32' }],
      {},
      /`dtype` of "a" must be one of F64, F32, .* got "float32"/,
    ],
    ['a type of tomorrow', [{ ...one, dtype: 'F9' }], {}, /`dtype` of "a" must be one of/],
    [
      'bits that fill no byte',
      [{ ...one, dtype: 'F4', shape: [3] }],
      {},
      /"a" must fill whole bytes, got 3 elements of 4 bits/,
    ],
    ['no shape', [{ ...one, shape: undefined }], {}, /the shape of "a" must be whole numbers, got undefined/],
    ['a name that is a number', [{ ...one, name: 1 }], {}, /`tensors\[0\]\.name` must be a text, got 1/],
    ['values in place of a function', [{ ...one, bytes: new Uint8Array(4) }], {}, /`bytes` of "a" must be a function/],
    ['a record, as in Python', { a: new Float32Array(1) }, {}, /`tensors` must be a list of .*Object\.entries/],
    ['a list of numbers', [1], {}, /`tensors\[0\]` must be \{ name, dtype, shape, bytes \}, got 1/],
    ['an option that is none', [one], { meta: {} }, /writeSafetensors: no option `meta`; did you mean `metadata`\?/],
  ])('%s is refused', async (_, tensors, options, message) => {
    await expect(writeSafetensors(path, tensors as never, options as never)).rejects.toThrow(message);
    expect(() => safetensorsChunks(tensors as never, options as never)).toThrow(
      new RegExp(message.source.replace('writeSafetensors', 'safetensorsChunks')),
    );
    expect(readdirSync(folder)).not.toContain('never.safetensors');
  });

  it('a path that cannot be written is named', async () => {
    const nowhere = join(folder, 'nowhere', 'x.safetensors');
    await expect(writeSafetensors(nowhere, [one])).rejects.toThrow(TensorFileError);
    await expect(writeSafetensors(nowhere, [one])).rejects.toThrow(
      `writeSafetensors: ${nowhere} cannot be written: ENOENT`,
    );
  });

  it('a stream is told when a tensor cannot be had', async () => {
    let reason: unknown;
    const stream = new WritableStream<Uint8Array>({
      abort: (why) => {
        reason = why;
      },
    });
    const broken: TensorToWrite = { ...one, bytes: () => Promise.reject(new Error('gone')) };
    await expect(writeSafetensors(stream, [broken])).rejects.toThrow('gone');
    expect(reason).toEqual(new Error('gone'));
    expect(stream.locked).toBe(true);
  });
});

describe('functions called as they are not meant to be', () => {
  const all = safetensors as unknown as Record<string, (...args: unknown[]) => unknown>;
  /** What makes no sense of its arguments at all, or is no function. */
  const others = ['ELEMENT_SIZE', 'Scratch', 'TensorFileError', 'show', 'elementCount', 'assertReadable'];
  const names = Object.keys(all).filter((name) => !others.includes(name));
  it.each(names)('%s says what it must be given', async (name) => {
    for (const args of [[], [5], [undefined, undefined], [null, null], [{}, {}], ['', 5]]) {
      const call = async () => all[name]!(...args);
      await expect(call(), `${name}(${JSON.stringify(args)})`).rejects.toThrow(/must|cannot be opened/);
      await expect(call()).rejects.not.toThrow(
        /Cannot (read|destructure)|undefined is not|is not a function|not iterable/,
      );
    }
  });
  it('a Scratch takes whole lengths', () => {
    expect(() => new safetensors.Scratch().take(-1)).toThrow(/`length` must be an integer >= 0, got -1/);
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
