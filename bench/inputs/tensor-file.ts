import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';

/** An array with a name and a shape, row-major, float32. */
export interface NamedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Writes arrays for other processes, in any language: `<path>.bin` holds them one after the other, as little-endian
 * floats, and `<path>.json` their names and shapes in that order.
 */
export function writeTensorFile(path: string, arrays: Iterable<NamedArray>): void {
  const entries: Entry[] = [];
  const file = openSync(`${path}.bin`, 'w');
  for (const { name, shape, values } of arrays) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    for (let start = 0; start < bytes.length; ) start += writeSync(file, bytes, start);
    entries.push({ name, shape });
  }
  closeSync(file);
  writeFileSync(`${path}.json`, JSON.stringify(entries));
}

/** Reads what {@link writeTensorFile} wrote, one array at a time. */
export function* readTensorFile(path: string): Generator<NamedArray> {
  const file = openSync(`${path}.bin`, 'r');
  try {
    for (const { name, shape } of JSON.parse(readFileSync(`${path}.json`, 'utf8')) as Entry[]) {
      const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
      const bytes = new Uint8Array(values.buffer);
      for (let start = 0; start < bytes.length; ) {
        const count = readSync(file, bytes, { offset: start });
        if (count === 0) throw new Error(`readTensorFile: ${path}.bin ends within ${name}.`);
        start += count;
      }
      yield { name, shape, values };
    }
  } finally {
    closeSync(file);
  }
}
