import { readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { assertClassNames, show } from './check-option.js';
import type { ImageSource, Sample } from './image-source.js';

export interface ParquetImagesOptions {
  /** Column of the images: a struct with `bytes`, as the hub writes them, or the bytes themselves. Default `'image'`. */
  readonly imageColumn?: string;
  /** Column of the class numbers. Default `'label'`. */
  readonly labelColumn?: string;
  /** Default: what the hub's metadata in the file says. */
  readonly numClasses?: number;
  readonly classNames?: readonly string[];
  /** Bytes of row groups to keep in memory, for images are read at random and a row group only as a whole. Default 1 GiB. */
  readonly cacheBytes?: number;
}

/** Rows of one file that are stored together. */
interface RowGroup {
  readonly path: string;
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  /** The first row, in its file and among all. */
  readonly fileRow: number;
  readonly firstRow: number;
  readonly rows: number;
  readonly bytes: number;
}

/**
 * Lists the images in Parquet files as the Hugging Face hub has them: encoded images in one column, class numbers in
 * another. Labels are read at once, images a row group at a time when one of it is asked for. Needs the packages `hyparquet`
 * and `hyparquet-compressors`.
 *
 * @param files Paths, in order; or a folder, of which it takes all `.parquet` files in the order of their names.
 * @throws RangeError if a file is broken, lacks a column, or has a label that is missing or out of range
 */
export async function parquetImages(
  files: string | readonly string[],
  { imageColumn = 'image', labelColumn = 'label', cacheBytes = 2 ** 30, ...given }: ParquetImagesOptions = {},
): Promise<ImageSource> {
  const { parquet, compressors } = await importReaders();
  const groups: RowGroup[] = [];
  const labels: number[] = [];
  let hubNames: readonly string[] | undefined;
  for (const path of listFiles(files)) {
    const file = await openFile(path);
    const metadata = await parquet.parquetMetadataAsync(file).catch((error: Error) => {
      throw new RangeError(`parquetImages: ${path} must be a whole Parquet file: ${error.message}.`, { cause: error });
    });
    const columns = parquet.parquetSchema(metadata).children.map(({ element }) => element.name);
    for (const column of [imageColumn, labelColumn]) {
      if (columns.includes(column)) continue;
      throw new RangeError(`parquetImages: ${path} must have a column ${show(column)}, got ${show(columns)}.`);
    }
    hubNames ??= classNamesOf(metadata, labelColumn);
    let fileRow = 0;
    for (const group of metadata.row_groups) {
      const rows = Number(group.num_rows);
      const bytes = Number(group.total_byte_size);
      groups.push({ path, file, metadata, fileRow, firstRow: labels.length + fileRow, rows, bytes });
      fileRow += rows;
    }
    const rows = await parquet.parquetReadObjects({ file, metadata, compressors, columns: [labelColumn] });
    for (const row of rows) labels.push(Number(row[labelColumn] ?? Number.NaN));
  }
  const classNames = given.classNames ?? hubNames;
  const numClasses = given.numClasses ?? classNames?.length;
  if (numClasses === undefined) {
    throw new TypeError('parquetImages: `numClasses` must be given, for the files do not name their classes.');
  }
  assertClassNames('parquetImages', classNames, numClasses);
  checkLabels(labels, numClasses, groups);
  const readGroup = async ({ path, file, metadata, fileRow, rows }: RowGroup): Promise<unknown[]> => {
    const range = { rowStart: fileRow, rowEnd: fileRow + rows };
    // Bytes are images: not to be made text of.
    const options = { file, metadata, compressors, columns: [imageColumn], utf8: false, ...range };
    const objects = await parquet.parquetReadObjects(options).catch((error: Error) => {
      throw new RangeError(`parquetImages: ${path}, rows from ${fileRow} on, must be whole: ${error.message}.`, {
        cause: error,
      });
    });
    return objects.map((object) => object[imageColumn]);
  };
  const cached = rowGroupCache(readGroup, cacheBytes);
  return {
    length: labels.length,
    numClasses,
    ...(classNames && { classNames }),
    async read(index): Promise<Sample> {
      const label = labels[index];
      if (label === undefined)
        throw new RangeError(`parquetImages: index must be in [0, ${labels.length}), got ${index}.`);
      const group = groups.findLast(({ firstRow }) => firstRow <= index)!;
      const row = index - group.firstRow;
      const stored = (await cached(group))[row];
      const image = stored instanceof Uint8Array ? stored : (stored as { bytes?: unknown } | null)?.bytes;
      const name = `${group.path}, row ${group.fileRow + row}`;
      if (image instanceof Uint8Array) return { label, image, name };
      throw new RangeError(
        `parquetImages: ${name} must have an image's bytes in ${show(imageColumn)}, got ${show(image)}.`,
      );
    },
  };
}

/** Reads row groups, keeping those asked for last, up to `limit` bytes and at least one. */
function rowGroupCache(readGroup: (group: RowGroup) => Promise<unknown[]>, limit: number) {
  const kept = new Map<RowGroup, Promise<unknown[]>>();
  let bytes = 0;
  return (group: RowGroup): Promise<unknown[]> => {
    const found = kept.get(group);
    const rows = found ?? readGroup(group);
    // A map lists its keys by the time they were set: the first is the one that was not asked for the longest.
    kept.delete(group);
    kept.set(group, rows);
    if (!found) bytes += group.bytes;
    for (const oldest of kept.keys()) {
      if (bytes <= limit || oldest === group) break;
      kept.delete(oldest);
      bytes -= oldest.bytes;
    }
    return rows;
  };
}

/** A file that is read in parts; opened for each, so that nothing needs to be closed. */
async function openFile(path: string): Promise<AsyncBuffer> {
  const { size } = statSync(path);
  return {
    byteLength: size,
    async slice(start, end = size) {
      const file = await open(path);
      try {
        const bytes = new Uint8Array(end - start);
        await file.read(bytes, 0, bytes.length, start);
        return bytes.buffer;
      } finally {
        await file.close();
      }
    },
  };
}

function listFiles(files: string | readonly string[]): readonly string[] {
  if (typeof files !== 'string') return files;
  if (!statSync(files).isDirectory()) return [files];
  const names = readdirSync(files).filter((name) => name.endsWith('.parquet'));
  if (names.length === 0)
    throw new RangeError(`parquetImages: \`files\` must be a folder of .parquet files, got ${files}.`);
  return names.sort().map((name) => join(files, name));
}

/** The names that the library `datasets` writes beside the schema. */
function classNamesOf({ key_value_metadata }: FileMetaData, labelColumn: string): readonly string[] | undefined {
  const text = key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  if (text === undefined) return undefined;
  const { info } = JSON.parse(text) as { info?: { features?: Record<string, { names?: readonly string[] }> } };
  return info?.features?.[labelColumn]?.names;
}

function checkLabels(labels: readonly number[], numClasses: number, groups: readonly RowGroup[]): void {
  const bad = labels.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < numClasses));
  if (labels.length === 0) throw new RangeError('parquetImages: `files` must hold rows, got none.');
  if (bad < 0) return;
  const group = groups.findLast(({ firstRow }) => firstRow <= bad)!;
  throw new RangeError(
    `parquetImages: ${group.path} must have labels in [0, ${numClasses}), got ${labels[bad]} in row ${bad - group.firstRow + group.fileRow}.`,
  );
}

async function importReaders() {
  try {
    const [parquet, { compressors }] = await Promise.all([import('hyparquet'), import('hyparquet-compressors')]);
    return { parquet, compressors };
  } catch (error) {
    throw new Error('parquetImages: needs two packages: npm install hyparquet hyparquet-compressors.', {
      cause: error,
    });
  }
}
