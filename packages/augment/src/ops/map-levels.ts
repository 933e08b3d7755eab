import type { Image } from '../image/image.js';
import { inKernel } from '../image/in-kernel.js';
import { bytesToFill } from '../image/reused-bytes.js';
import type { LevelTable } from './level-tables.js';

/** Two counts of the levels of three channels, in 32 bits. */
const ROOM_FOR_COUNTS = new Uint8Array(2 * 3 * 256 * 4);

/** How often each of the 256 levels occurs in a channel. */
function histogramOf({ data, channels }: Image, channel: number): Uint32Array {
  const histogram = new Uint32Array(256);
  for (let i = channel; i < data.length; i += channels) histogram[data[i]!]! += 1;
  return histogram;
}

/** The image with every level replaced by `table`'s. */
export function mapLevels(image: Image, table: LevelTable): Image {
  const { data } = image;
  const mapped = inKernel(data, table, (kernel, from, ofTable, to) => kernel.mapLevels(from, data.length, ofTable, to));
  return { ...image, data: mapped ?? mapInScript(data, table) };
}

function mapInScript(data: Uint8Array, table: LevelTable): Uint8Array {
  const result = bytesToFill(data.length);
  // Four in a turn: the loop itself takes longer than what it does.
  const fours = data.length - (data.length % 4);
  for (let i = 0; i < fours; i += 4) {
    result[i] = table[data[i]!]!;
    result[i + 1] = table[data[i + 1]!]!;
    result[i + 2] = table[data[i + 2]!]!;
    result[i + 3] = table[data[i + 3]!]!;
  }
  for (let i = fours; i < data.length; i++) result[i] = table[data[i]!]!;
  return result;
}

/** The image with the levels of each channel replaced by a table made of the channel's histogram. */
export function mapChannels(image: Image, tableOf: (histogram: Uint32Array) => LevelTable): Image {
  const { data, channels } = image;
  const mapped = channels === 3 ? mapChannelsInKernel(data, tableOf) : undefined;
  if (mapped) return { ...image, data: mapped };
  const result = bytesToFill(data.length);
  for (let channel = 0; channel < channels; channel++) {
    const table = tableOf(histogramOf(image, channel));
    for (let i = channel; i < data.length; i += channels) result[i] = table[data[i]!]!;
  }
  return { ...image, data: result };
}

function mapChannelsInKernel(
  data: Uint8Array,
  tableOf: (histogram: Uint32Array) => LevelTable,
): Uint8Array | undefined {
  return inKernel(data, ROOM_FOR_COUNTS, (kernel, from, counts, to, bytes) => {
    kernel.countLevels(from, data.length, counts);
    const histograms = new Uint32Array(bytes.buffer, counts, 3 * 256);
    const tables = [0, 256, 512].map((start) => tableOf(histograms.subarray(start, start + 256)));
    for (const [channel, table] of tables.entries()) bytes.set(table, counts + channel * 256);
    kernel.mapChannels(from, data.length, counts, to);
  });
}
