import { assertList, assertNumber, assertStep } from '../events/assert-argument.js';
import { joinBytes } from './bytes.js';
import { doubleField, intField, messageField, stringField } from './protobuf-fields.js';
import { tfRecord } from './tf-record.js';

/** The record that a TensorBoard event file begins with. `seconds` since 1970. */
export function versionRecord(seconds: number): Uint8Array {
  assertNumber('versionRecord', 'seconds', seconds);
  return tfRecord(joinBytes([doubleField(1, seconds), stringField(3, 'brain.Event:2')]));
}

/** A record of a TensorBoard event file with summary values of one step, as `scalarValue` and its like make them. */
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
 */
export function restartRecords(step: number, seconds: number): Uint8Array {
  assertStep('restartRecords', step);
  assertNumber('restartRecords', 'seconds', seconds);
  const start = (at: number) =>
    tfRecord(joinBytes([doubleField(1, seconds), intField(2, at), messageField(7, [intField(1, 1)])]));
  return joinBytes([start(Number.MAX_SAFE_INTEGER), start(step)]);
}
