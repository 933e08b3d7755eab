import type { CropBox } from '@nfnets/augment';
import type { Image } from '../dataset/image-source.js';
import type { HuffmanCode, JpegHeader } from './jpeg-header.js';
import { JPEG_KERNEL } from './jpeg-kernel-bytes.js';

interface Kernel {
  readonly memory: WebAssembly.Memory;
  readonly memoryStart: WebAssembly.Global<'i32'>;
  readonly makeTable: (counts: number, symbols: number, table: number, isDc: boolean) => number;
  readonly decodeScan: (
    ...numbers: [
      components: number,
      count: number,
      columns: number,
      rows: number,
      restartInterval: number,
      data: number,
      end: number,
      segment: number,
      block: number,
    ]
  ) => number;
  readonly writePixels: (
    ...numbers: [
      components: number,
      count: number,
      top: number,
      left: number,
      height: number,
      width: number,
      line: number,
      to: number,
    ]
  ) => void;
}

const PAGE = 65536;
/** Of `assembly/huffman.ts`. */
const TABLE_BYTES = 4096 + 17 * 4 + 17 * 4 + 256;
/** Of `assembly/component.ts`: int32. */
const COMPONENT_NUMBERS = 14;
/** Bytes that may be read or written before and after a row. */
const MARGIN = 32;
/** Where the coefficients of a block go, in the order in which they are stored. */
const ZIGZAG = zigzag();

let kernel: Kernel | undefined;
let isMade = false;

/**
 * The pixels of a part of a JPEG, in red, green and blue, those of libjpeg's accurate decoder. Undefined where any of its
 * data is broken, or where WebAssembly has no SIMD or is not allowed: then another decoder has to.
 *
 * The next call writes where these pixels are.
 */
export function decodeJpeg(bytes: Uint8Array, header: JpegHeader, box: CropBox): Image | undefined {
  const kernel = jpegKernel();
  if (!kernel) return undefined;
  const { memory, memoryStart, makeTable, decodeScan, writePixels } = kernel;
  const { components, width, height } = header;
  const [{ across, down }] = components as [JpegHeader['components'][number]];
  const [columns, rows] = [Math.ceil(width / (8 * across)), Math.ceil(height / (8 * down))];

  let end = memoryStart.value;
  const place = (length: number): number => {
    const start = end;
    end = (end + length + MARGIN + 15) & ~15;
    return start;
  };
  const data = place(bytes.length - header.start);
  const segment = place(bytes.length - header.start);
  const block = place(128);
  const quanta = components.map(() => place(128));
  const code = place(16 + 256);
  const tables = components.map(() => [place(TABLE_BYTES), place(TABLE_BYTES)] as const);
  const structs = place(4 * COMPONENT_NUMBERS * components.length);
  const planes = components.map((component) => {
    const stride = 8 * columns * component.across + 2 * MARGIN;
    return { start: place(stride * 8 * rows * component.down) + MARGIN, stride };
  });
  const line = place(2 * (box.width + 2 * MARGIN));
  const to = place(box.height * box.width * 3);
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));

  const memoryBytes = new Uint8Array(memory.buffer);
  memoryBytes.set(bytes.subarray(header.start), data);
  const make = ({ counts, symbols }: HuffmanCode, table: number, isDc: boolean): boolean => {
    memoryBytes.set(counts, code);
    memoryBytes.set(symbols, code + 16);
    return makeTable(code, code + 16, table, isDc) !== 0;
  };
  for (const [i, component] of components.entries()) {
    const { dc, ac } = header.codes[i]!;
    const [dcTable, acTable] = tables[i]!;
    // Both differences of colour usually have the same codes.
    if (!make(dc, dcTable, true) || !make(ac, acTable, false)) return undefined;
    const ofBlock = new Int16Array(memory.buffer, quanta[i]!, 64);
    for (const [k, quantum] of header.quanta[component.quanta]!.entries()) ofBlock[ZIGZAG[k]!] = quantum;
    const [shrinkX, shrinkY] = [across / component.across, down / component.down];
    const { start, stride } = planes[i]!;
    const margin = shrinkX === 1 && shrinkY === 1 ? 0 : 1;
    const blockBefore = (pixel: number, shrink: number) => Math.floor((Math.floor(pixel / shrink) - margin) / 8);
    const blockAfter = (pixel: number, shrink: number) =>
      Math.floor((Math.floor((pixel - 1) / shrink) + margin) / 8) + 1;
    new Int32Array(memory.buffer, structs + 4 * COMPONENT_NUMBERS * i, COMPONENT_NUMBERS).set([
      component.across,
      component.down,
      quanta[i]!,
      dcTable,
      acTable,
      start,
      stride,
      Math.ceil(width / shrinkX),
      Math.ceil(height / shrinkY),
      blockBefore(box.left, shrinkX),
      blockAfter(box.left + box.width, shrinkX),
      blockBefore(box.top, shrinkY),
      blockAfter(box.top + box.height, shrinkY),
      0,
    ]);
  }
  const { length } = components;
  const dataEnd = data + bytes.length - header.start;
  if (!decodeScan(structs, length, columns, rows, header.restartInterval, data, dataEnd, segment, block))
    return undefined;
  writePixels(structs, length, box.top, box.left, box.height, box.width, line, to);
  return {
    data: memoryBytes.subarray(to, to + box.height * box.width * 3),
    height: box.height,
    width: box.width,
    channels: 3,
  };
}

function jpegKernel(): Kernel | undefined {
  if (isMade) return kernel;
  isMade = true;
  try {
    const module = new WebAssembly.Module(Buffer.from(JPEG_KERNEL, 'base64'));
    const memory = new WebAssembly.Memory({ initial: 1 });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    kernel = { memory, ...exports } as unknown as Kernel;
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
  }
  return kernel;
}

/** Diagonals, up and down in turn. */
function zigzag(): number[] {
  const order: number[] = [];
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    const places = [];
    for (let y = Math.max(0, diagonal - 7); y <= Math.min(7, diagonal); y++) places.push(8 * y + diagonal - y);
    order.push(...(diagonal % 2 === 0 ? places.reverse() : places));
  }
  return order;
}
