import { type ByteSource, TensorFileError } from '@nfnets/safetensors';
import { LazyBytes } from './pickle-values.js';

const WINDOW = 1 << 16;
/** Bytes of the longest text or bytes that are read at once; longer ones stay in the file. */
const LONGEST_READ = 1 << 12;

/** Reads a pickle from front to back through a small window, so that the arrays in it are skipped and not read. */
export class PickleReader {
  private window = new Uint8Array(0);
  private view = new DataView(this.window.buffer);
  private at = 0;

  /** @param base Where the window begins, and at first the pickle. */
  constructor(
    private readonly source: ByteSource,
    private base: number,
    private readonly end: number,
  ) {}

  /** Where the next byte is read from. */
  get offset(): number {
    return this.base + this.at;
  }

  /** Makes `count` bytes ready for the synchronous reads. Undefined when they already are, which saves a turn. */
  ready(count: number): Promise<void> | undefined {
    return this.at + count <= this.window.length ? undefined : this.refill(count);
  }

  uint8(): number {
    return this.window[this.at++]!;
  }

  uint16(): number {
    this.at += 2;
    return this.view.getUint16(this.at - 2, true);
  }

  uint32(): number {
    this.at += 4;
    return this.view.getUint32(this.at - 4, true);
  }

  int32(): number {
    this.at += 4;
    return this.view.getInt32(this.at - 4, true);
  }

  uint64(): number {
    this.at += 8;
    return Number(this.view.getBigUint64(this.at - 8, true));
  }

  float64BigEndian(): number {
    this.at += 8;
    return this.view.getFloat64(this.at - 8, false);
  }

  /** Reads short bytes; long ones are left where they are. */
  async bytes(length: number): Promise<Uint8Array | LazyBytes> {
    if (length > LONGEST_READ) return this.skip(length, 'bytes');
    await this.ready(length);
    this.at += length;
    return this.window.slice(this.at - length, this.at);
  }

  /** Reads a short UTF-8 text; a long one, which can only be an array in disguise, is left where it is. */
  async text(length: number): Promise<string | LazyBytes> {
    if (length > LONGEST_READ) return this.skip(length, 'text');
    return new TextDecoder().decode((await this.bytes(length)) as Uint8Array);
  }

  /** Reads up to the next newline, which the older opcodes end with. */
  async line(): Promise<string> {
    const codes: number[] = [];
    for (;;) {
      await this.ready(1);
      const code = this.uint8();
      if (code === 0x0a) return String.fromCharCode(...codes);
      codes.push(code);
      if (codes.length > LONGEST_READ) {
        throw new TensorFileError(
          `${this.source.label}: a pickle of protocol 0 or 1, with arrays as text. Write it again with protocol 2 or later.`,
        );
      }
    }
  }

  private skip(length: number, encoding: 'bytes' | 'text'): LazyBytes {
    this.assertLeft(length);
    const range = { offset: this.offset, length };
    this.show(range.offset + length, new Uint8Array(0));
    return new LazyBytes(range, encoding);
  }

  private async refill(count: number): Promise<void> {
    this.assertLeft(count);
    const { offset } = this;
    this.show(offset, await this.source.read(offset, Math.min(Math.max(count, WINDOW), this.end - offset)));
  }

  private show(offset: number, window: Uint8Array<ArrayBuffer>): void {
    this.base = offset;
    this.at = 0;
    this.window = window;
    this.view = new DataView(window.buffer);
  }

  private assertLeft(count: number): void {
    const left = this.end - this.offset;
    if (count <= left) return;
    throw new TensorFileError(
      `${this.source.label}: its pickle ends too early: ${count} bytes are wanted at ${this.offset}, and ${left} are left. Was it downloaded to the end?`,
    );
  }
}
