/**
 * Shared memory for images, which is kept for later passes: the garbage collector does not count it, and so would free it
 * late.
 */
export class SharedMemory {
  private spare: Float32Array[] = [];

  /** `count` arrays for at least `length` numbers. */
  take(count: number, length: number): Float32Array[] {
    // What was too short once would be so again.
    this.spare = this.spare.filter((array) => array.length >= length);
    const taken = this.spare.splice(0, count);
    while (taken.length < count) taken.push(new Float32Array(new SharedArrayBuffer(4 * length)));
    return taken;
  }

  giveBack(arrays: readonly Float32Array[]): void {
    this.spare.push(...arrays);
  }

  clear(): void {
    this.spare = [];
  }
}
