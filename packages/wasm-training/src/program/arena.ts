import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { wholeLines } from '../backend/backend-memory.js';
import { kernelModule } from '../backend/kernel-module.js';

const MEGABYTE = 2 ** 20;

/** Floats of a cache line and its neighbour. */
const LINE = 32;

/** The memory in which the programs of a backend compute, one at a time; as large as the largest needs it. */
export class Arena {
  private tensor: TensorInfo | undefined;
  private bytes = 0;
  private readonly users = new Set<object>();
  /** Where it begins. Another place after {@link reserve}. */
  address = 0;

  constructor(private readonly backend: BackendWasm) {}

  /** Makes room for `bytes` bytes for as long as `user` uses it. Throws an `Error` where there is not so much memory. */
  reserve(bytes: number, user: object): void {
    this.users.add(user);
    if (bytes <= this.bytes) return;
    const before = this.bytes;
    // First: there may be room for a larger one where it is.
    this.free();
    try {
      this.take(bytes);
    } catch (error) {
      this.users.delete(user);
      if (before > 0) this.take(before);
      throw error;
    }
  }

  leave(user: object): void {
    this.users.delete(user);
    if (this.users.size === 0) this.free();
  }

  private take(bytes: number): void {
    this.tensor = allocate(this.backend, bytes / 4 + LINE);
    this.bytes = bytes;
    this.address = 4 * wholeLines(this.backend.getMemoryOffset(this.tensor.dataId) / 4);
  }

  private free(): void {
    if (this.tensor) this.backend.disposeData(this.tensor.dataId);
    this.tensor = undefined;
    this.bytes = 0;
  }
}

/** What 32-bit addresses reach. */
const MAX_BYTES = 2 ** 32;

/** `floats` numbers of memory. Throws an `Error` that says how much was wanted where it is not there. */
export function allocate(backend: BackendWasm, floats: number): TensorInfo {
  // A larger number would be taken modulo this.
  if (4 * floats < MAX_BYTES) {
    const tensor = backend.makeOutput([Math.ceil(floats)], 'float32');
    if (backend.getMemoryOffset(tensor.dataId) !== 0) return tensor;
    backend.disposeData(tensor.dataId);
  }
  const { buffer } = kernelModule(backend).memory;
  throw new Error(
    `wasm-training: a compiled step needs ${megabytes(4 * floats)} MB of WebAssembly memory in one piece, and that of the \`wasm\` backend, ${megabytes(buffer.byteLength)} MB now and 4,096 MB at most, has no such piece and cannot grow by it. Take a smaller batch, or accumulate gradients over several.`,
  );
}

const megabytes = (bytes: number) => Math.ceil(bytes / MEGABYTE).toLocaleString('en-US');

const arenas = new WeakMap<BackendWasm, Arena>();

/** The arena of `backend`. */
export function arenaOf(backend: BackendWasm): Arena {
  let arena = arenas.get(backend);
  if (arena === undefined) {
    arena = new Arena(backend);
    arenas.set(backend, arena);
  }
  return arena;
}
