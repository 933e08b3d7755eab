import { joinBytes } from './bytes.js';
import { doubleField, intField, messageField, stringField } from './protobuf-fields.js';
import { tfRecord } from './tf-record.js';

/** The record that a TensorBoard event file begins with. `seconds` since 1970. */
export function versionRecord(seconds: number): Uint8Array {
  return tfRecord(joinBytes([doubleField(1, seconds), stringField(3, 'brain.Event:2')]));
}

/** A record of a TensorBoard event file with summary values of one step, as `scalarValue` and its like make them. */
export function eventRecord(values: readonly Uint8Array[], step: number, seconds: number): Uint8Array {
  return tfRecord(joinBytes([doubleField(1, seconds), intField(2, step), messageField(5, values)]));
}
