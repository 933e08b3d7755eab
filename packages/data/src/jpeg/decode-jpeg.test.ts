import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mulberry32 } from '@nfnets/testing';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openImage } from '../image-files/open-image.js';
import { decodeJpeg } from './decode-jpeg.js';
import { readJpegHeader } from './jpeg-header.js';

interface Fixtures {
  readonly cases: Record<string, { file: string; shape: readonly [number, number]; sha256: string }>;
}

/** Files that Pillow wrote, and what it reads from them: tools/reference/jpegs.py. */
const { cases } = JSON.parse(readFileSync(new URL('./__fixtures__/pillow.json', import.meta.url), 'utf8')) as Fixtures;
/** Those that are left to sharp. */
const OTHER_KINDS = ['4:2:0, three columns', 'red, green and blue', 'progressive'];
const settings = { channels: 3, colourProfile: 'ignore' } as const;
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** All pixels that this decoder makes of a file; undefined for what it leaves to another. */
function decoded(file: Uint8Array) {
  const header = readJpegHeader(file);
  if (!header) return undefined;
  const { height, width } = header;
  return decodeJpeg(file, header, { top: 0, left: 0, height, width });
}

const bySharp = (file: Uint8Array) =>
  sharp(file, { failOn: 'warning', ignoreIcc: true })
    .autoOrient()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });

/** A JPEG of noise on a slope. */
function noisy(height: number, width: number, seed: number, quality: number, chromaSubsampling: string) {
  const random = mulberry32(seed);
  const pixels = Uint8Array.from({ length: height * width * 3 }, (_, i) => i / 11 + 120 * random());
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling, optimizeCoding: seed % 2 === 0 })
    .toBuffer();
}

const side = fc.integer({ min: 1, max: 70 });
const seed = fc.integer({ min: 0, max: 1e6 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('the pixels', () => {
  it.each(Object.entries(cases))('are Pillow’s: %s', async (name, { file, shape, sha256: expected }) => {
    const bytes = Buffer.from(file, 'base64');
    expect(decoded(bytes) === undefined).toBe(OTHER_KINDS.includes(name));
    const { height, width, data } = await (await openImage(bytes, settings)).whole();
    expect([[height, width], sha256(data)]).toEqual([shape, expected]);
  });

  it('of a part are those of the whole image there, which are sharp’s', async () => {
    const width = fc.integer({ min: 8, max: 70 });
    await fc.assert(
      fc.asyncProperty(
        ...([side, width, seed, fc.integer({ min: 1, max: 100 }), fc.constantFrom('4:4:4', '4:2:0')] as const),
        ...([share, share, share, share] as const),
        async (height, width, seed, quality, sampling, ...shares) => {
          const file = await noisy(height, width, seed, quality, sampling);
          const { data } = await bySharp(file);
          expect(decoded(file)).toEqual({ data: new Uint8Array(data), height, width, channels: 3 });
          const [top, left] = [Math.floor(shares[0]! * (height - 1)), Math.floor(shares[1]! * (width - 1))];
          const rows = 1 + Math.floor(shares[2]! * (height - top - 1));
          const columns = 1 + Math.floor(shares[3]! * (width - left - 1));
          const part = decodeJpeg(file, readJpegHeader(file)!, { top, left, height: rows, width: columns })!;
          const wanted = Array.from({ length: rows }, (_, y) =>
            data.subarray(((top + y) * width + left) * 3, ((top + y) * width + left + columns) * 3),
          );
          expect(part).toEqual({
            data: new Uint8Array(Buffer.concat(wanted)),
            height: rows,
            width: columns,
            channels: 3,
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are those of sharp where a file is turned', async () => {
    const file = await sharp(await noisy(20, 30, 1, 90, '4:2:0'))
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect(readJpegHeader(file)).toBeUndefined();
    const { height, width } = await (await openImage(file, settings)).whole();
    expect([height, width]).toEqual([30, 20]);
  });
});

it('makes of a broken file what sharp makes of it, or leaves it to sharp', async () => {
  const files = await Promise.all(
    [1, 2, 3, 4].map((n) => noisy(9 * n, 40 - 7 * n, n, 20 * n, n % 2 ? '4:2:0' : '4:4:4')),
  );
  let taken = 0;
  const place = fc.record({ at: share, byte: fc.oneof(fc.constant(255), fc.integer({ min: 0, max: 255 })) });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.array(place, { minLength: 1, maxLength: 3 }),
      fc.option(share),
      async (whole, places, length) => {
        const file = Buffer.from(whole);
        for (const { at, byte } of places) file[Math.floor(at * (file.length - 1))] = byte;
        const broken = length === null ? file : file.subarray(0, Math.floor(length * file.length));
        const ours = decoded(broken)?.data.slice();
        if (!ours) return;
        taken++;
        const { data } = await bySharp(broken);
        expect(sha256(ours)).toBe(sha256(data));
      },
    ),
    { numRuns: 600 },
  );
  expect(taken).toBeGreaterThan(5);
});

it('is not needed', async () => {
  const file = await noisy(40, 50, 5, 80, '4:2:0');
  const box = { top: 7, left: 9, height: 20, width: 30 };
  const expected = await (await openImage(file, settings)).part(box);
  class Refused {
    constructor() {
      throw new WebAssembly.CompileError('not allowed');
    }
  }
  vi.stubGlobal('WebAssembly', { CompileError: WebAssembly.CompileError, Module: Refused });
  vi.resetModules();
  const { decodeJpeg: refused } = await import('./decode-jpeg.js');
  const { openImage: openWithout } = await import('../image-files/open-image.js');
  expect(refused(file, readJpegHeader(file)!, box)).toBeUndefined();
  const opened = await openWithout(file, settings);
  expect((await opened.part(box)).data).toEqual(expected.data);
  expect((await opened.whole()).data).toHaveLength(40 * 50 * 3);
});

it('is what its source compiles to', async () => {
  const script = fileURLToPath(new URL('../../build-kernel.mjs', import.meta.url));
  await promisify(execFile)(process.execPath, [script, '--check'], { timeout: 60_000 });
}, 90_000);
