import type { AsyncBuffer, ColumnMetaData, RowGroup } from 'hyparquet';
import { readPageHeader } from './parquet-page-header.js';

/** Bytes of a file. */
interface Extent {
  readonly start: number;
  readonly bytes: number;
}

/** Some rows of a column, which are compressed together. */
export interface Page extends Extent {
  /** The first row, in its row group. */
  readonly firstRow: number;
  readonly rows: number;
}

/** Where the values of a column are, in one row group. */
export interface ColumnPages {
  readonly meta: ColumnMetaData;
  /** Values that pages refer to, where there are some. */
  readonly dictionary: Extent | undefined;
  readonly pages: readonly Page[];
}

type Chunk = RowGroup['columns'][number];
type ReadOffsetIndex = typeof import('hyparquet')['readOffsetIndex'];

/** Bytes read to find a header. Only the least and the greatest value in it may make one long. */
const HEADER_BYTES = 512;

/**
 * Finds the pages of a column without lists: by the file's offset index where there is one, else from header to header.
 *
 * @throws Error if the file is not whole
 */
export async function findPages(
  file: AsyncBuffer,
  chunk: Chunk,
  groupRows: number,
  readOffsetIndex: ReadOffsetIndex,
): Promise<ColumnPages> {
  const meta = chunk.meta_data!;
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  const end = start + Number(meta.total_compressed_size);
  if (!chunk.offset_index_offset || !chunk.offset_index_length) return walkPages(file, meta, start, end);
  const at = Number(chunk.offset_index_offset);
  const view = new DataView(await file.slice(at, at + chunk.offset_index_length));
  const { page_locations: locations } = readOffsetIndex({ view, offset: 0 });
  const pages = locations.map(({ offset, compressed_page_size: bytes, first_row_index: first }, i) => {
    const next = locations[i + 1]?.first_row_index ?? groupRows;
    return { start: Number(offset), bytes, firstRow: Number(first), rows: Number(next) - Number(first) };
  });
  const first = pages[0]?.start ?? start;
  return { meta, dictionary: first > start ? { start, bytes: first - start } : undefined, pages };
}

async function walkPages(file: AsyncBuffer, meta: ColumnMetaData, start: number, end: number): Promise<ColumnPages> {
  const pages: Page[] = [];
  let dictionary: Extent | undefined;
  let firstRow = 0;
  for (let at = start; at < end; ) {
    const { isDictionary, rows, headerBytes, bytes } = await headerAt(file, at, end);
    const extent = { start: at, bytes: headerBytes + bytes };
    if (isDictionary) dictionary = extent;
    else if (rows > 0) pages.push({ ...extent, firstRow, rows });
    firstRow += rows;
    at += headerBytes + bytes;
  }
  return { meta, dictionary, pages };
}

async function headerAt(file: AsyncBuffer, at: number, end: number) {
  for (let length = HEADER_BYTES; ; length *= 8) {
    const header = readPageHeader(new Uint8Array(await file.slice(at, Math.min(at + length, end))));
    if (header) return header;
    if (at + length >= end) throw new RangeError('a page is cut off');
  }
}
