import { closeSync, openSync, readSync } from 'node:fs';

interface Entry {
  readonly dtype: string;
  readonly shape: number[];
  readonly data_offsets: [number, number];
}

/** A file of float32 arrays, read one at a time; for files of our own making. */
export function openSafetensors(path: string) {
  const file = openSync(path, 'r');
  const bytes = (start: number, count: number) => {
    const buffer = new Uint8Array(count);
    let read = 0;
    while (read < count) read += readSync(file, buffer, read, count - read, start + read);
    return buffer;
  };
  const length = Number(new DataView(bytes(0, 8).buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes(8, length))) as Record<string, Entry>;
  return {
    names: Object.keys(header).filter((name) => name !== '__metadata__'),
    shape: (name: string) => header[name]!.shape,
    values: (name: string) => {
      const [start, end] = header[name]!.data_offsets;
      return new Float32Array(bytes(8 + length + start, end - start).buffer);
    },
    close: () => closeSync(file),
  };
}
