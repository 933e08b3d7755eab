import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { crc32c } from './crc32c.js';
import { eventRecord, restartRecords, versionRecord } from './event-record.js';
import { experimentValue, sessionEndValue, sessionStartValue } from './hparams-values.js';
import { histogramValue, imageValue, scalarValue, textValue } from './summary-values.js';

const fixture = JSON.parse(
  readFileSync(new URL('./__fixtures__/tensorboard-events.json', import.meta.url), 'utf8'),
) as Record<string, string>;
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const png = bytesOf(fixture['png']!);

// What `tools/reference/tensorboard_events.py` wrote.
const SECONDS = 1700000000.25;
const STEP = 300;
const settings = { batchSize: 64, clip: 'off', sam: true };

describe('records of event files, byte for byte those of TensorBoard', () => {
  it.each([
    ['version', versionRecord(SECONDS)],
    ['scalars', eventRecord([scalarValue('train/loss', 0.1), scalarValue('größe', Number.NaN)], STEP, SECONDS)],
    ['negativeStep', eventRecord([scalarValue('a', 1.5)], -2, SECONDS)],
    ['histogram', eventRecord([histogramValue('h', [1, 4, Number.NaN, 1])!], STEP, SECONDS)],
    ['image', eventRecord([imageValue('i', png)], STEP, SECONDS)],
    ['text', eventRecord([textValue('t', '**bold**')], STEP, SECONDS)],
    ['experiment', eventRecord([experimentValue(settings, ['evaluation/accuracy'], SECONDS)], STEP, SECONDS)],
    ['sessionStart', eventRecord([sessionStartValue({ clip: 'off' }, SECONDS)], STEP, SECONDS)],
    ['sessionEnd', eventRecord([sessionEndValue('done', SECONDS)], STEP, SECONDS)],
  ])('%s', (name, record) => {
    expect(Buffer.from(record).toString('hex')).toBe(fixture[name]);
  });
});

describe('crc32c', () => {
  it.each([
    // The check value of the polynomial, and RFC 3720 B.4.
    ['123456789', new TextEncoder().encode('123456789'), 0xe3069283],
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['nothing', new Uint8Array(0), 0],
  ])('of %s', (_, bytes, checksum) => {
    expect(crc32c(bytes)).toBe(checksum);
  });
});

describe('imageValue', () => {
  it('refuses what is no PNG', () => {
    expect(() => imageValue('i', new Uint8Array([1, 2, 3, 4, 5]))).toThrow(
      new TypeError('imageValue: `png` must be the bytes of a PNG file, got 5 bytes that begin with [1, 2, 3, 4].'),
    );
    expect(() => imageValue('i', png.slice(0, 20))).toThrow('must be the bytes of a PNG file, got 20 bytes');
  });

  it('reads a PNG that lies within a larger buffer', () => {
    const buffer = new Uint8Array(png.length + 7);
    buffer.set(png, 7);
    expect(imageValue('i', buffer.subarray(7))).toEqual(imageValue('i', png));
  });
});

it('names what a record cannot be made of', () => {
  expect(() => versionRecord(undefined as never)).toThrow('versionRecord: `seconds` must be a number, got undefined.');
  expect(() => eventRecord(5 as never, 0, 0)).toThrow('eventRecord: `values` must be an array of what scalarValue');
  expect(() => eventRecord([], 0.5, 0)).toThrow('eventRecord: `step` must be a whole number, got 0.5.');
  expect(() => restartRecords('x' as never, 0)).toThrow('restartRecords: `step` must be a whole number, got "x".');
  expect(() => scalarValue('loss', undefined as never)).toThrow(
    'scalarValue: `value` must be a number, got undefined.',
  );
  expect(() => histogramValue('h', undefined as never)).toThrow('histogramValue: `values` must be an array of numbers');
});
