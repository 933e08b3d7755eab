import { show } from '@nfnets/options';
import { assertNumber, assertText } from '../events/assert-argument.js';
import { histogram } from './histogram.js';
import {
  bytesField,
  doubleField,
  doublesField,
  floatField,
  intField,
  messageField,
  stringField,
} from './protobuf-fields.js';

/*
 * Values of TensorBoard summaries, each as the bytes of a `Summary.Value` (tensorboard/compat/proto/summary.proto). Scalars,
 * histograms and images in the form that TensorBoard reads from every version of TensorFlow and from PyTorch.
 */

/** TensorBoard resamples to this many. */
const BUCKETS = 30;
/** `DataType.DT_STRING` of TensorFlow. */
const STRING_TYPE = 7;

/**
 * Makes the summary value of a number, kept as float32.
 *
 * @param tag Name in TensorBoard; what is before a slash groups.
 * @param value The number, which need not be finite.
 * @throws TypeError for an argument of another kind.
 * @example
 * ```ts
 * import { eventRecord, scalarValue } from '@nfnets/tracking';
 *
 * const record = eventRecord([scalarValue('train/loss', 2.1)], 100, Date.now() / 1000);
 * ```
 */
export function scalarValue(tag: string, value: number): Uint8Array {
  assertText('scalarValue', 'tag', tag);
  assertNumber('scalarValue', 'value', value);
  return messageField(1, [stringField(1, tag), floatField(2, value)]);
}

/**
 * Makes the summary value of how the finite ones of `values` are spread; undefined if there are none.
 *
 * @param tag Name in TensorBoard; what is before a slash groups.
 * @param values The numbers.
 * @throws TypeError for an argument of another kind.
 * @example
 * ```ts
 * import { eventRecord, histogramValue } from '@nfnets/tracking';
 *
 * const weights = Float32Array.of(-0.2, 0.1, 0.4);
 * const value = histogramValue('weights/stem', weights);
 * if (value) console.log(eventRecord([value], 100, Date.now() / 1000).length);
 * ```
 */
export function histogramValue(tag: string, values: ArrayLike<number>): Uint8Array | undefined {
  assertText('histogramValue', 'tag', tag);
  const isList = Array.isArray(values) || ArrayBuffer.isView(values);
  if (!isList || (Array.isArray(values) && values.some((value) => typeof value !== 'number'))) {
    throw new TypeError(`histogramValue: \`values\` must be an array of numbers, got ${show(values)}.`);
  }
  const spread = histogram(values, BUCKETS);
  if (spread === undefined) return undefined;
  const { min, max, count, sum, sumOfSquares, limits, counts } = spread;
  const figures = [min, max, count, sum, sumOfSquares].map((figure, i) => doubleField(i + 1, figure));
  return messageField(1, [
    stringField(1, tag),
    messageField(5, [...figures, doublesField(6, limits), doublesField(7, counts)]),
  ]);
}

/**
 * Makes the summary value of an image, shown as the file it is.
 *
 * @param tag Name in TensorBoard; what is before a slash groups.
 * @param png Bytes of a PNG file.
 * @throws TypeError if they are none.
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { eventRecord, imageValue } from '@nfnets/tracking';
 *
 * const record = eventRecord([imageValue('augmented', readFileSync('batch.png'))], 0, Date.now() / 1000);
 * ```
 */
export function imageValue(tag: string, png: Uint8Array): Uint8Array {
  assertText('imageValue', 'tag', tag);
  const { width, height, channels } = readPngHeader(png);
  const image = [intField(1, height), intField(2, width), intField(3, channels), bytesField(4, png)];
  return messageField(1, [stringField(1, tag), messageField(4, image)]);
}

/**
 * Makes the summary value of a text in Markdown.
 *
 * @param tag Name in TensorBoard; what is before a slash groups.
 * @param markdown The text.
 * @throws TypeError for an argument of another kind.
 * @example
 * ```ts
 * import { eventRecord, textValue } from '@nfnets/tracking';
 *
 * const record = eventRecord([textValue('notes', '**clipped** at 0.04')], 0, Date.now() / 1000);
 * ```
 */
export function textValue(tag: string, markdown: string): Uint8Array {
  assertText('textValue', 'tag', tag);
  if (typeof markdown !== 'string') {
    throw new TypeError(`textValue: \`markdown\` must be a text, got ${show(markdown)}.`);
  }
  const shape = messageField(2, [messageField(2, [intField(1, 1)])]);
  const tensor = [intField(1, STRING_TYPE), shape, stringField(8, markdown)];
  return messageField(1, [stringField(1, tag), messageField(8, tensor), pluginField('text')]);
}

/** What a plugin of TensorBoard finds under `tag`. */
export function pluginValue(tag: string, plugin: string, content: Uint8Array): Uint8Array {
  return messageField(1, [stringField(1, tag), pluginField(plugin, content)]);
}

function pluginField(name: string, content?: Uint8Array): Uint8Array {
  return messageField(9, [messageField(1, [stringField(1, name), ...(content ? [bytesField(2, content)] : [])])]);
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Channels by the colour type of a PNG: grey, RGB, palette, grey with alpha, RGB with alpha. */
const PNG_CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

function readPngHeader(png: Uint8Array): { width: number; height: number; channels: number } {
  if (!(png instanceof Uint8Array)) {
    throw new TypeError(`imageValue: \`png\` must be the bytes of a PNG file as a Uint8Array, got ${show(png)}.`);
  }
  const channels = PNG_CHANNELS[png[25] ?? -1];
  if (!PNG_SIGNATURE.every((byte, i) => png[i] === byte) || channels === undefined) {
    throw new TypeError(
      `imageValue: \`png\` must be the bytes of a PNG file, got ${png.length} bytes that begin with [${png.slice(0, 4).join(', ')}].`,
    );
  }
  const view = new DataView(png.buffer, png.byteOffset);
  return { width: view.getUint32(16), height: view.getUint32(20), channels };
}
