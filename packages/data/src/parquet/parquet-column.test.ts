import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetMetadataAsync, parquetSchema } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, it } from 'vitest';
import { tempFolder } from '../__fixtures__/temp-folder.js';
import { BytesReader, bytesColumn } from './parquet-column.js';
import { importParquet, openParquet } from './parquet-file.js';

const ROWS = 200;
const BYTES = 10_000;
const bytesOf = (row: number) => Uint8Array.from({ length: BYTES }, (_, i) => (i * (row + 7)) >> 3);

/** A column of 2 MB in one row group, in pages of about ten values; counts the bytes that are read. */
async function openColumn(cacheBytes: number) {
  const path = join(tempFolder(), 'a.parquet');
  const data = Array.from({ length: ROWS }, (_, row) => bytesOf(row));
  const columnData = [{ name: 'image', data, type: 'BYTE_ARRAY' as const }];
  writeFileSync(path, new Uint8Array(parquetWriteBuffer({ columnData, pageSize: 10 * BYTES, rowGroupSize: ROWS })));
  const { parquet, compressors } = await importParquet();
  const file = openParquet(path);
  const metadata = await parquetMetadataAsync(file);
  const elements = bytesColumn(parquetSchema(metadata).children[0]!)!;
  const counted = { bytes: 0, open: 0, most: 0 };
  const slice = async (start: number, end?: number) => {
    counted.bytes += end! - start;
    counted.open += end! - start;
    counted.most = Math.max(counted.most, counted.open);
    const part = await file.slice(start, end);
    counted.open -= end! - start;
    return part;
  };
  const column = { file: { ...file, slice }, metadata, elements };
  const reader = new BytesReader(parquet, compressors, cacheBytes);
  return { counted, read: (row: number) => reader.read(column, 0, row) };
}

it('reads the page of a value, not its row group, and no page twice while there is room', async () => {
  const { counted, read } = await openColumn(10 * ROWS * BYTES);
  expect(await read(77)).toEqual(bytesOf(77));
  // Headers of 20 pages, of 512 bytes each, and one page.
  expect(counted.bytes).toBeLessThan(20 * 512 + 15 * BYTES);
  const { bytes } = counted;
  expect(await read(78)).toEqual(bytesOf(78));
  expect(counted.bytes).toBe(bytes);
});

it('has no more in the making than there is room for, however many are asked for', async () => {
  const { counted, read } = await openColumn(40 * BYTES);
  const rows = Array.from({ length: ROWS }, (_, i) => (i * 37) % ROWS);
  const values = await Promise.all(rows.map(read));
  expect(values).toEqual(rows.map(bytesOf));
  expect(counted.most).toBeLessThan(40 * BYTES);
});

it('gives values that keep no page in memory', async () => {
  const { read } = await openColumn(1);
  expect((await read(3))!.buffer.byteLength).toBe(BYTES);
});
