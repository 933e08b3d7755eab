import { PIXEL_KERNEL } from './pixel-kernel-bytes.js';

/** The functions of `assembly/`; places in memory are numbers. */
export interface PixelFunctions {
  readonly resizeToBytes: (...numbers: number[]) => void;
  readonly mapLevels: (data: number, count: number, table: number, result: number) => void;
  readonly countLevels: (data: number, count: number, counts: number) => void;
  readonly mapChannels: (data: number, count: number, tables: number, result: number) => void;
  readonly color: (
    ...args: [data: number, pixels: number, isPillow: boolean, factor: number, rounds: boolean, result: number]
  ) => void;
  readonly sumOfGrey: (data: number, pixels: number, isPillow: boolean) => number;
  readonly sharpness: (
    ...args: [
      data: number,
      height: number,
      pitch: number,
      channels: number,
      half: number,
      factor: number,
      rounds: boolean,
      result: number,
    ]
  ) => void;
  readonly moveByCorners: (...numbers: number[]) => void;
  readonly moveByCentres: (...numbers: number[]) => void;
  readonly mirror: (data: number, height: number, width: number, result: number) => void;
}

export interface PixelKernel extends PixelFunctions {
  /** Room for as many bytes as each of `lengths` says: where each begins, and all of the memory. Takes back what it gave before. */
  readonly share: (lengths: readonly number[]) => { readonly places: readonly number[]; readonly bytes: Uint8Array };
}

const PAGE = 65536;
/** Bytes that may be read or written behind an array: sixteen pixels of three channels. */
const MARGIN = 64;
let kernel: PixelKernel | undefined;
let isMade = false;

/** What is computed in WebAssembly; undefined where that has no SIMD, or is not allowed: then JavaScript has to. */
export function pixelKernel(): PixelKernel | undefined {
  if (isMade) return kernel;
  isMade = true;
  try {
    kernel = makeKernel();
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
  }
  return kernel;
}

function makeKernel(): PixelKernel {
  const module = new WebAssembly.Module(Uint8Array.from(atob(PIXEL_KERNEL), (character) => character.charCodeAt(0)));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const start = (exports['memoryStart'] as WebAssembly.Global).value as number;
  let bytes = new Uint8Array(memory.buffer);
  return {
    ...(exports as unknown as PixelFunctions),
    share(lengths) {
      let end = start;
      const places = lengths.map((length) => {
        const place = (end + 15) & ~15;
        end = place + length + MARGIN;
        return place;
      });
      const missing = end - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
      if (bytes.buffer !== memory.buffer) bytes = new Uint8Array(memory.buffer);
      return { places, bytes };
    },
  };
}
