import { assertList, assertNumber, assertStep } from '../events/assert-argument.js';
import { joinBytes } from './bytes.js';
import { doubleField, intField, messageField, stringField } from './protobuf-fields.js';
import { tfRecord } from './tf-record.js';

/**
 * Makes the record that a TensorBoard event file begins with.
 *
 * @param seconds When, since 1970.
 * @throws TypeError when `seconds` is no number.
 * @example
 * ```ts
 * import { appendFileSync } from 'node:fs';
 * import { versionRecord } from '@nfnets/tracking';
 *
 * const seconds = Date.now() / 1000;
 * appendFileSync(`events.out.tfevents.${Math.floor(seconds)}.host`, versionRecord(seconds));
 * ```
 */
export function versionRecord(seconds: number): Uint8Array {
  assertNumber('versionRecord', 'seconds', seconds);
  return tfRecord(joinBytes([doubleField(1, seconds), stringField(3, 'brain.Event:2')]));
}

/**
 * Makes a record of a TensorBoard event file with summary values of one step.
 *
 * @param values What {@link scalarValue}, {@link textValue}, {@link imageValue} and {@link histogramValue} make.
 * @param step Number of the step.
 * @param seconds When, since 1970.
 * @throws TypeError for an argument of another kind.
 * @example
 * ```ts
 * import { eventRecord, scalarValue } from '@nfnets/tracking';
 *
 * const values = [scalarValue('train/loss', 2.1), scalarValue('train/accuracy', 0.4)];
 * const record = eventRecord(values, 100, Date.now() / 1000);
 * ```
 */
export function eventRecord(values: readonly Uint8Array[], step: number, seconds: number): Uint8Array {
  assertList(
    'eventRecord',
    'values',
    'what scalarValue and its like make',
    values,
    (value) => value instanceof Uint8Array,
  );
  assertStep('eventRecord', step);
  assertNumber('eventRecord', 'seconds', seconds);
  return tfRecord(joinBytes([doubleField(1, seconds), intField(2, step), messageField(5, values)]));
}

/**
 * The records that make a TensorBoard which shows a run already forget what it has from `step` on: session logs with the status
 * START. It takes the first of them for the beginning of the run, so there are two; the other is behind every step.
 *
 * @param step The first step that is forgotten.
 * @param seconds When, since 1970.
 * @throws TypeError for an argument of another kind.
 * @example
 * ```ts
 * import { appendFileSync } from 'node:fs';
 * import { restartRecords } from '@nfnets/tracking';
 *
 * appendFileSync('runs/digits/events.out.tfevents.1700000000.host', restartRecords(500, Date.now() / 1000));
 * ```
 */
export function restartRecords(step: number, seconds: number): Uint8Array {
  assertStep('restartRecords', step);
  assertNumber('restartRecords', 'seconds', seconds);
  const start = (at: number) =>
    tfRecord(joinBytes([doubleField(1, seconds), intField(2, at), messageField(7, [intField(1, 1)])]));
  return joinBytes([start(Number.MAX_SAFE_INTEGER), start(step)]);
}
