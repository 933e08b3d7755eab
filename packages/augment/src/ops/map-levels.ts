import type { Image } from '../image/image.js';
import { bytesToFill } from '../image/reused-bytes.js';
import type { LevelTable } from './level-tables.js';

/** How often each of the 256 levels occurs in a channel. */
function histogramOf({ data, channels }: Image, channel: number): Uint32Array {
  const histogram = new Uint32Array(256);
  for (let i = channel; i < data.length; i += channels) histogram[data[i]!]! += 1;
  return histogram;
}

/** The image with every level replaced by `table`'s. */
export function mapLevels(image: Image, table: LevelTable): Image {
  const { data } = image;
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
  return { ...image, data: result };
}

/** The image with the levels of each channel replaced by a table made of the channel's histogram. */
export function mapChannels(image: Image, tableOf: (histogram: Uint32Array) => LevelTable): Image {
  const { data, channels } = image;
  const result = bytesToFill(data.length);
  for (let channel = 0; channel < channels; channel++) {
    const table = tableOf(histogramOf(image, channel));
    for (let i = channel; i < data.length; i += channels) result[i] = table[data[i]!]!;
  }
  return { ...image, data: result };
}
