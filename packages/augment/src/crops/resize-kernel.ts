import type { Image } from '../image/image.js';
import type { CropBox } from './crop-box.js';
import type { InterpolationTaps } from './interpolation-taps.js';
import { RESIZE_KERNEL } from './resize-kernel-bytes.js';

/** Writes the part of an image in `box`, weighed by the taps of rows and columns and rounded to bytes, into `result`. */
export type ResizeKernel = (
  image: Image,
  box: CropBox,
  rows: InterpolationTaps,
  columns: InterpolationTaps,
  result: Uint8Array,
) => void;

type ResizeToBytes = (
  data: number,
  length: number,
  rowPixels: number,
  rowWeights: number,
  height: number,
  columnPixels: number,
  columnWeights: number,
  width: number,
  line: number,
  result: number,
) => void;

const PAGE = 65536;
let kernel: ResizeKernel | undefined;
let isMade = false;

/** The kernel for images of three channels in WebAssembly; undefined where that has no SIMD, or is not allowed. */
export function resizeKernel(): ResizeKernel | undefined {
  if (isMade) return kernel;
  isMade = true;
  try {
    kernel = makeKernel();
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
  }
  return kernel;
}

function makeKernel(): ResizeKernel {
  const module = new WebAssembly.Module(Uint8Array.from(atob(RESIZE_KERNEL), (character) => character.charCodeAt(0)));
  const memory = new WebAssembly.Memory({ initial: 0 });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const resizeToBytes = exports['resizeToBytes'] as ResizeToBytes;

  return (image, box, rows, columns, result) => {
    const { channels, width } = image;
    const length = box.width * channels;
    const arrays = [rows.pixels, rows.weights, columns.pixels, columns.weights];
    let end = 0;
    const place = (bytes: number): number => {
      const start = end;
      // Aligned, after 15 bytes that may be read or written beyond.
      end = (end + bytes + 31) & ~15;
      return start;
    };
    const data = place(box.height * length);
    const taps = arrays.map(({ byteLength }) => place(byteLength)) as [number, number, number, number];
    const line = place(4 * length);
    const made = place(result.length);
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));

    const bytes = new Uint8Array(memory.buffer);
    for (let y = 0; y < box.height; y++) {
      const from = ((box.top + y) * width + box.left) * channels;
      bytes.set(image.data.subarray(from, from + length), data + y * length);
    }
    for (const [i, { buffer, byteOffset, byteLength }] of arrays.entries()) {
      bytes.set(new Uint8Array(buffer, byteOffset, byteLength), taps[i]!);
    }
    const [rowPixels, rowWeights, columnPixels, columnWeights] = taps;
    const [height, columnCount] = [rows.pixels.length / 4, columns.pixels.length / 4];
    resizeToBytes(data, length, rowPixels, rowWeights, height, columnPixels, columnWeights, columnCount, line, made);
    result.set(bytes.subarray(made, made + result.length));
  };
}
