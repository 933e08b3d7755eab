/** What the header of a Parquet page says of its place. */
export interface PageHeader {
  readonly isDictionary: boolean;
  /** Rows of a page whose column has no lists; 0 of a dictionary. */
  readonly rows: number;
  readonly headerBytes: number;
  /** Bytes after the header. */
  readonly bytes: number;
}

const DICTIONARY_PAGE = 2;

/**
 * Reads the header of a page, a struct in Thrift's compact protocol; undefined if it goes on behind the bytes.
 *
 * @throws RangeError if it is none
 *
 * Source: parquet.thrift of the Parquet format.
 */
export function readPageHeader(bytes: Uint8Array): PageHeader | undefined {
  const reader = new CompactReader(bytes);
  const header = reader.struct();
  if (!header) return undefined;
  const { 1: type, 3: size, 5: page, 8: pageV2 } = header as Record<number, Struct | number | undefined>;
  const rows = (page as Struct | undefined)?.[1] ?? (pageV2 as Struct | undefined)?.[3] ?? 0;
  if (typeof type !== 'number' || typeof size !== 'number' || size < 0 || typeof rows !== 'number') {
    throw new RangeError('a page has no header');
  }
  return { isDictionary: type === DICTIONARY_PAGE, rows, headerBytes: reader.at, bytes: size };
}

/** Fields by their numbers; of what is neither number nor struct only that it was there. */
type Struct = { [field: number]: Struct | number | undefined };

/** Types of the compact protocol whose values are in the type itself (true, false), or are numbers in as many bytes as needed. */
const NUMBERS = new Set([4, 5, 6]);

class CompactReader {
  at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** A struct; undefined if it goes on behind the bytes. */
  struct(): Struct | undefined {
    const fields: Struct = {};
    let field = 0;
    for (;;) {
      if (this.at >= this.bytes.length) return undefined;
      const head = this.bytes[this.at++]!;
      if (head === 0) return fields;
      const step = head >> 4;
      field = step === 0 ? zigzag(this.varint()) : field + step;
      const value = this.value(head & 15);
      if (this.at > this.bytes.length) return undefined;
      fields[field] = value;
    }
  }

  private value(type: number): Struct | number | undefined {
    if (type === 1 || type === 2) return undefined;
    if (type === 3) this.at += 1;
    else if (NUMBERS.has(type)) return zigzag(this.varint());
    else if (type === 7) this.at += 8;
    else if (type === 8) {
      const length = this.varint();
      this.at += length;
    } else if (type === 12) return this.struct() ?? this.overrun();
    else throw new RangeError('a page has no header');
    return undefined;
  }

  private overrun(): undefined {
    this.at = this.bytes.length + 1;
  }

  private varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) return 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }
}

/** Signed numbers are stored by turns: 0, -1, 1, -2, 2. */
const zigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);
