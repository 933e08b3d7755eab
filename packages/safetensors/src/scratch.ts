import { assertInteger } from '@nfnets/options';

/**
 * A buffer for one reading after the other, so that what was read need not wait for the garbage collector.
 *
 * @example
 * ```ts
 * import { openSafetensors, Scratch } from '@nfnets/safetensors';
 *
 * const { tensors, close } = await openSafetensors('model.safetensors');
 * const scratch = new Scratch();
 * for (const { name, read } of tensors.values()) console.log(name, Math.max(...(await read(scratch)).subarray(0, 100)));
 * await close();
 * ```
 */
export class Scratch {
  private buffer = new ArrayBuffer(0);

  /** `length` bytes, from the start of the buffer. What an earlier call gave is overwritten. */
  take(length: number): Uint8Array<ArrayBuffer> {
    assertInteger('Scratch.take', 'length', length, 0);
    if (this.buffer.byteLength < length) this.buffer = new ArrayBuffer(length);
    return new Uint8Array(this.buffer, 0, length);
  }
}
