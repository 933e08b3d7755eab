import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { imageNamed } from '../__fixtures__/images.js';
import { cropAndResize, cropAndResizeBytes, toBytes } from './crop-and-resize.js';
import { resizeKernel } from './resize-kernel.js';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

const side = fc.integer({ min: 1, max: 90 });

it('makes the bytes that JavaScript makes, of any box', () => {
  expect(resizeKernel()).toBeDefined();
  const interpolations = fc.constantFrom('bicubic', 'bilinear', 'nearest');
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(side, side, side, side, share, share, interpolations, (...drawn) => {
      const [height, width, rows, columns, ofHeight, ofWidth, interpolation] = drawn;
      const [top, left] = [Math.floor(ofHeight * (height - 1)), Math.floor(ofWidth * (width - 1))];
      const box = { top, left, height: height - top, width: Math.ceil((width - left) / 2) };
      const image = imageNamed('kernel', height, width, 3);
      const expected = toBytes(cropAndResize(image, box, [rows, columns], interpolation));
      expect(cropAndResizeBytes(image, box, [rows, columns], interpolation)).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

it('is not needed', async () => {
  const image = imageNamed('photo', 30, 40, 3);
  const box = { top: 3, left: 5, height: 20, width: 31 };
  const expected = cropAndResizeBytes(image, box, [24, 24]);
  class Refused {
    constructor() {
      throw new WebAssembly.CompileError('not allowed by the content security policy');
    }
  }
  vi.stubGlobal('WebAssembly', { CompileError: WebAssembly.CompileError, Module: Refused });
  vi.resetModules();
  const { resizeKernel: refused } = await import('./resize-kernel.js');
  const { cropAndResizeBytes: without } = await import('./crop-and-resize.js');
  expect(refused()).toBeUndefined();
  expect(without(image, box, [24, 24])).toEqual(expected);
});

it('is what its source compiles to', async () => {
  const script = fileURLToPath(new URL('../../build-kernel.mjs', import.meta.url));
  await promisify(execFile)(process.execPath, [script, '--check'], { timeout: 60_000 });
}, 90_000);
