import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** A file that grows by whole pieces: one that does not fit on the disk leaves nothing of itself behind. */
export class AppendFile {
  private readonly file: number;

  /** Opens `path`, and makes it where it does not exist. */
  constructor(readonly path: string) {
    this.file = openSync(path, 'a');
  }

  /** Bytes in the file. */
  get size(): number {
    return fstatSync(this.file).size;
  }

  append(piece: Uint8Array): void {
    const { size } = this;
    try {
      for (let done = 0; done < piece.length; ) done += writeSync(this.file, piece, done);
    } catch (error) {
      // Half a piece would spoil the next one for every reader.
      ftruncateSync(this.file, size);
      throw error;
    }
  }

  /** Cuts the file to its first `size` bytes. */
  cut(size: number): void {
    ftruncateSync(this.file, size);
  }

  close(): void {
    closeSync(this.file);
  }
}
