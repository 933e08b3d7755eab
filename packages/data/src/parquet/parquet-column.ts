import type { AsyncBuffer, Compressors, FileMetaData, SchemaElement, SchemaTree } from 'hyparquet';
import { BoundedCache } from './bounded-cache.js';
import { type ColumnPages, findPages, type Page } from './parquet-pages.js';

type Parquet = typeof import('hyparquet');

/** A column of bytes in a Parquet file: the bytes themselves, or `bytes` of a struct. */
export interface BytesColumn {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  /** Elements of the schema from the column's to that of the bytes. */
  readonly elements: readonly SchemaElement[];
}

/** The column `name` if it holds bytes; else undefined. */
export function bytesColumn(column: SchemaTree): readonly SchemaElement[] | undefined {
  if (column.element.repetition_type === 'REPEATED') return undefined;
  const bytes = column.children.length === 0 ? column : column.children.find(({ element }) => element.name === 'bytes');
  if (bytes?.element.type !== 'BYTE_ARRAY' || bytes.element.repetition_type === 'REPEATED') return undefined;
  if (bytes.children.length > 0 || bytes.element.converted_type || bytes.element.logical_type) return undefined;
  return bytes === column ? [column.element] : [{ ...column.element, num_children: 1 }, bytes.element];
}

/**
 * Reads single values of columns of bytes, page by page: a row group may be larger than memory. Pages, and what is in the
 * making, take at most `cacheBytes`, or one page.
 */
export class BytesReader {
  private readonly pages: BoundedCache<Page, readonly unknown[]>;
  private readonly groups = new Map<BytesColumn, Map<number, Promise<ColumnPages>>>();

  constructor(
    private readonly parquet: Parquet,
    private readonly compressors: Compressors,
    cacheBytes: number,
  ) {
    this.pages = new BoundedCache(cacheBytes);
  }

  /** What a row of a row group holds: a copy of its bytes, or null where there are none. */
  async read(column: BytesColumn, group: number, row: number): Promise<Uint8Array | null> {
    const { meta, dictionary, pages } = await this.pagesOf(column, group);
    const page = pages.findLast(({ firstRow }) => firstRow <= row);
    if (!page || row >= page.firstRow + page.rows)
      throw new RangeError(`its pages lack row ${row} of row group ${group}`);
    const stored = page.bytes + (dictionary?.bytes ?? 0);
    const unpacked = stored * Math.max(1, Number(meta.total_uncompressed_size) / Number(meta.total_compressed_size));
    const values = await this.pages.get(page, stored + unpacked, () =>
      this.readPage(column, page, { meta, dictionary, pages }),
    );
    const value = values[row - page.firstRow];
    // A copy: a part of the page would keep all of it in memory.
    return value instanceof Uint8Array ? value.slice() : null;
  }

  private pagesOf(column: BytesColumn, group: number): Promise<ColumnPages> {
    const known = this.groups.get(column) ?? new Map<number, Promise<ColumnPages>>();
    this.groups.set(column, known);
    const found = known.get(group);
    if (found) return found;
    const finding = this.findPages(column, group);
    known.set(group, finding);
    finding.catch(() => known.delete(group));
    return finding;
  }

  private async findPages({ file, metadata, elements }: BytesColumn, group: number): Promise<ColumnPages> {
    const { columns, num_rows: rows } = metadata.row_groups[group]!;
    const path = elements.map(({ name }) => name).join();
    const chunk = columns.find(({ meta_data: meta }) => meta?.path_in_schema.join() === path);
    if (!chunk || chunk.file_path) throw new RangeError('its images are not in it, or encrypted');
    return findPages(file, chunk, Number(rows), this.parquet.readOffsetIndex);
  }

  /** The values of a page: reads a file that is made of it, and of the values it refers to. */
  private async readPage(
    { file, elements }: BytesColumn,
    page: Page,
    { meta, dictionary }: ColumnPages,
  ): Promise<readonly unknown[]> {
    const extents = dictionary ? [dictionary, page] : [page];
    const parts = await Promise.all(extents.map(({ start, bytes }) => file.slice(start, start + bytes)));
    const bytes = joined(parts);
    const rows = BigInt(page.rows);
    const { statistics: _, dictionary_page_offset: __, ...rest } = meta;
    const meta_data = {
      ...rest,
      num_values: rows,
      total_compressed_size: BigInt(bytes.byteLength),
      data_page_offset: 0n,
    };
    const column = { file_offset: 0n, meta_data };
    const metadata: FileMetaData = {
      version: 1,
      schema: [{ name: 'root', num_children: 1 }, ...elements],
      num_rows: rows,
      row_groups: [{ columns: [column], num_rows: rows, total_byte_size: BigInt(bytes.byteLength) }],
      metadata_length: 0,
    };
    const objects = await this.parquet.parquetReadObjects({
      file: { byteLength: bytes.byteLength, slice: () => bytes },
      metadata,
      compressors: this.compressors,
      // Bytes are images: not to be made text of.
      utf8: false,
    });
    const [{ name }] = elements as [SchemaElement];
    return objects.map((object) => {
      const value: unknown = object[name];
      return elements.length === 1 ? value : (value as { bytes?: unknown } | null)?.bytes;
    });
  }
}

function joined(parts: readonly ArrayBuffer[]): ArrayBuffer {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return bytes.buffer;
}
