import { anything, aText, checkOptions, type OptionRules, rule, show } from '@nfnets/options';
import type { FileMetaData, SchemaTree } from 'hyparquet';
import { assertClassNames, classNamesRule, namesAsLabels } from '../dataset/class-names.js';
import type { ImageSource, Sample } from '../dataset/image-source.js';
import { listFiles } from '../image-files/list-files.js';
import { type BytesColumn, BytesReader, bytesColumn } from './parquet-column.js';
import { importParquet, openParquet } from './parquet-file.js';
import { classOf, labelKind, typeOf } from './parquet-labels.js';

/** Options of {@link parquetImages}. */
export interface ParquetImagesOptions {
  /** Column of the images: a struct with `bytes`, as the hub writes them, or the bytes themselves. Default `'image'`. */
  readonly imageColumn?: string;
  /** Column of the class numbers, or of names of `classNames`. Default `'label'`. */
  readonly labelColumn?: string;
  /** Classes there are. Default what the hub's metadata in the file says. */
  readonly numClasses?: number;
  /** Names by class number; labels may be these names then, too. Default what the hub's metadata in the file says, or the numbers. */
  readonly classNames?: readonly string[];
  /**
   * Bytes of pages to keep in memory, those that are being read with them: images are read at random, and a page, of about a
   * megabyte, only as a whole. Default 1 GiB.
   */
  readonly cacheBytes?: number;
}

const RULES: OptionRules<ParquetImagesOptions> = {
  imageColumn: aText,
  labelColumn: aText,
  numClasses: anything,
  classNames: classNamesRule,
  cacheBytes: rule('a number > 0', (value) => typeof value === 'number' && value > 0, 'number'),
};

/** Rows of one file that are stored together. */
interface RowGroup {
  readonly path: string;
  readonly column: BytesColumn;
  readonly number: number;
  /** The first row, in its file and among all. */
  readonly fileRow: number;
  readonly firstRow: number;
}

/**
 * Lists the images in Parquet files as the Hugging Face hub has them: encoded images in one column, class numbers in
 * another. Labels are read at once, an image when it is asked for, with the page that it is in. Needs the packages `hyparquet`
 * and `hyparquet-compressors`.
 *
 * @param files Paths, in order; or a folder, of which it takes all `.parquet` files in the order of their names.
 * @throws RangeError if a file is broken, lacks a column, has one of another type, or has a label that is missing, no class, or
 * out of range; TypeError or RangeError for an option that cannot be used; Error if a file or a package is not there.
 * @example
 * ```ts
 * import { imageLoader, parquetImages } from '@nfnets/data/node';
 *
 * const source = await parquetImages('beans/train', { labelColumn: 'labels' });
 * const data = imageLoader(source, { imageSize: 224 });
 * ```
 */
export async function parquetImages(
  files: string | readonly string[],
  options: ParquetImagesOptions = {},
): Promise<ImageSource> {
  checkOptions<ParquetImagesOptions>('parquetImages', options, RULES);
  const { imageColumn = 'image', labelColumn = 'label', cacheBytes = 2 ** 30, ...given } = options;
  const { paths } = listFiles(files, { who: 'parquetImages', option: 'files', pattern: /\.parquet$/i });
  if (paths.length === 0) {
    throw new RangeError(`parquetImages: \`files\` must be a folder of .parquet files, got ${files}.`);
  }
  const { parquet, compressors } = await importParquet();
  const groups: RowGroup[] = [];
  const stored: unknown[] = [];
  const hub: HubNames = {};
  let isNamed = false;
  for (const path of paths) {
    const file = openParquet(path);
    const metadata = await parquet.parquetMetadataAsync(file).catch((error: Error) => {
      throw new RangeError(`parquetImages: ${path} must be a whole Parquet file: ${error.message}.`, { cause: error });
    });
    const columns = parquet.parquetSchema(metadata).children;
    const elements = bytesColumn(columnOf(path, columns, imageColumn));
    if (!elements) {
      throw new RangeError(
        `parquetImages: ${path} must have bytes of images in "${imageColumn}", or structs with \`bytes\`, got ${typeOf(columnOf(path, columns, imageColumn))}.`,
      );
    }
    const kind = labelKind(columnOf(path, columns, labelColumn));
    if (!kind) {
      throw new RangeError(
        `parquetImages: ${path} must have class numbers in "${labelColumn}", or names of \`classNames\`, got ${typeOf(columnOf(path, columns, labelColumn))}.`,
      );
    }
    isNamed ||= kind === 'names';
    readHubNames(hub, path, metadata, labelColumn);
    let fileRow = 0;
    for (const [number, group] of metadata.row_groups.entries()) {
      const column = { file, metadata, elements };
      groups.push({ path, column, number, fileRow, firstRow: stored.length + fileRow });
      fileRow += Number(group.num_rows);
    }
    const rows = await parquet
      .parquetReadObjects({ file, metadata, compressors, columns: [labelColumn] })
      .catch((error: Error) => {
        throw new RangeError(`parquetImages: ${path} must have whole labels in "${labelColumn}": ${error.message}.`, {
          cause: error,
        });
      });
    for (const row of rows) stored.push(row[labelColumn] ?? null);
  }
  if (stored.length === 0) throw new RangeError('parquetImages: `files` must hold rows, got none.');
  const classNames = given.classNames ?? hub.names;
  if (isNamed && !classNames) {
    throw new TypeError(
      `parquetImages: \`classNames\` must be given, for "${labelColumn}" holds names such as ${show(stored.find((label) => typeof label === 'string'))}: the first name is class 0.`,
    );
  }
  const numClasses = given.numClasses ?? classNames?.length;
  if (numClasses === undefined) {
    throw new TypeError(
      `parquetImages: \`numClasses\` must be given, for the files do not name their classes.${hub.problem ? ` ${hub.problem}` : ''}`,
    );
  }
  if (!Number.isSafeInteger(numClasses) || numClasses < 2) {
    throw new RangeError(`parquetImages: \`numClasses\` must be a whole number from 2, got ${show(numClasses)}.`);
  }
  assertClassNames('parquetImages', classNames, numClasses);
  const numbers = isNamed ? namesAsLabels(classNames!) : undefined;
  const labels = stored.map((label, row) => {
    const found = classOf(label, numbers, numClasses);
    if (found !== undefined) return found;
    const { path, firstRow, fileRow } = groupOf(groups, row);
    throw new RangeError(
      `parquetImages: ${path} must have labels in [0, ${numClasses})${numbers ? ' or of `classNames`' : ''}, got ${typeof label === 'bigint' ? label : show(label)} in row ${row - firstRow + fileRow}.`,
    );
  });
  const reader = new BytesReader(parquet, compressors, cacheBytes);
  return {
    length: labels.length,
    numClasses,
    ...(classNames && { classNames }),
    async read(index): Promise<Sample> {
      const label = labels[index];
      if (label === undefined)
        throw new RangeError(`parquetImages: index must be in [0, ${labels.length}), got ${show(index)}.`);
      const { path, column, number, firstRow, fileRow } = groupOf(groups, index);
      const image = await reader.read(column, number, index - firstRow).catch((error: Error) => {
        throw new RangeError(`parquetImages: ${path}, rows from ${fileRow} on, must be whole: ${error.message}.`, {
          cause: error,
        });
      });
      const name = `${path}, row ${fileRow + index - firstRow}`;
      if (image) return { label, image, name };
      throw new RangeError(`parquetImages: ${name} must have an image's bytes in ${show(imageColumn)}, got ${image}.`);
    },
  };
}

/** The group that a row is in. */
function groupOf(groups: readonly RowGroup[], row: number): RowGroup {
  let [low, high] = [0, groups.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (groups[middle]!.firstRow <= row) low = middle;
    else high = middle - 1;
  }
  return groups[low]!;
}

function columnOf(path: string, columns: readonly SchemaTree[], name: string): SchemaTree {
  const column = columns.find(({ element }) => element.name === name);
  if (column) return column;
  const names = columns.map(({ element }) => element.name);
  throw new RangeError(`parquetImages: ${path} must have a column ${show(name)}, got ${show(names)}.`);
}

/** What files say of their classes. */
interface HubNames {
  names?: readonly string[];
  /** Why a file says nothing. */
  problem?: string;
}

/** The names that the library `datasets` writes beside the schema. Without them a file can still be read. */
function readHubNames(hub: HubNames, path: string, { key_value_metadata }: FileMetaData, labelColumn: string): void {
  const text = key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  if (text === undefined) return;
  let names: unknown;
  try {
    const parsed = JSON.parse(text) as { info?: { features?: Record<string, { names?: unknown } | null> } } | null;
    names = parsed?.info?.features?.[labelColumn]?.names;
  } catch (error) {
    hub.problem ??= `What "huggingface" says in ${path} is no JSON: ${(error as Error).message}.`;
    return;
  }
  if (names === undefined || names === null) return;
  if (!classNamesRule.holds(names)) {
    hub.problem ??= `What "huggingface" says in ${path} has no array of names for "${labelColumn}".`;
    return;
  }
  hub.names ??= names as readonly string[];
  if (JSON.stringify(hub.names) === JSON.stringify(names)) return;
  throw new RangeError(
    `parquetImages: ${path} must have the class names of the files before it, got ${show(names)} after ${show(hub.names)}. A label would mean another class.`,
  );
}
