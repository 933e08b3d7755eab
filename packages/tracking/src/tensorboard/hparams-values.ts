import { show } from '@nfnets/options';
import { assertList, assertNumber } from '../events/assert-argument.js';
import { flatSettings, type Settings } from '../events/flat-settings.js';
import type { Outcome } from '../events/run-event.js';
import { doubleField, intField, messageField, stringField } from './protobuf-fields.js';
import { pluginValue } from './summary-values.js';

/**
 * Settings of a run by name, as TensorBoard's HPARAMS tab lists them: numbers, texts, true and false; other values are shown as text,
 * those of a section as `section.name`.
 */
export type Hyperparameters = Settings;

/*
 * Messages of TensorBoard's hparams plugin (tensorboard/plugins/hparams/plugin_data.proto and api.proto): what settings and
 * metrics there are, what they were in this run, and how it ended.
 */

/** `DataType` of api.proto. */
const DATA_TYPE = { string: 1, boolean: 2, number: 3 };
/** `Status` of api.proto; 0 is unknown. */
const STATUS: Readonly<Record<Outcome, number>> = { done: 1, diverged: 2, failed: 2, stopped: 0 };

/**
 * Makes the summary value that tells TensorBoard's HPARAMS tab its columns.
 *
 * @param settings Settings of a run by name, a column each.
 * @param metrics Tags of scalars, a column each.
 * @param seconds When, since 1970.
 * @throws TypeError for an argument of another kind.
 * @example
 * ```ts
 * import { eventRecord, experimentValue, sessionStartValue } from '@nfnets/tracking';
 *
 * const [settings, seconds] = [{ batchSize: 256, clipFactor: 0.04 }, Date.now() / 1000];
 * const columns = eventRecord([experimentValue(settings, ['evaluation/accuracy'], seconds)], 0, seconds);
 * const row = eventRecord([sessionStartValue(settings, seconds)], 0, seconds);
 * ```
 */
export function experimentValue(settings: Hyperparameters, metrics: readonly string[], seconds: number): Uint8Array {
  assertList('experimentValue', 'metrics', "tags of scalars, such as 'evaluation/accuracy'", metrics, isText);
  assertNumber('experimentValue', 'seconds', seconds);
  const settingInfos = Object.entries(flatSettings('experimentValue', 'settings', settings)).map(([name, value]) =>
    messageField(4, [stringField(1, name), intField(4, DATA_TYPE[typeof value as keyof typeof DATA_TYPE])]),
  );
  const metricInfos = metrics.map((tag) => messageField(5, [messageField(1, [stringField(2, tag)])]));
  const experiment = messageField(2, [doubleField(3, seconds), ...settingInfos, ...metricInfos]);
  return pluginValue('_hparams_/experiment', 'hparams', experiment);
}

/**
 * Makes the summary value that tells TensorBoard's HPARAMS tab what the settings are in this run.
 *
 * @param settings Settings of the run by name.
 * @param seconds When, since 1970.
 * @throws TypeError for an argument of another kind.
 * @example
 * ```ts
 * import { eventRecord, sessionStartValue } from '@nfnets/tracking';
 *
 * const seconds = Date.now() / 1000;
 * const record = eventRecord([sessionStartValue({ batchSize: 256, optimizer: 'sgd' }, seconds)], 0, seconds);
 * ```
 */
export function sessionStartValue(settings: Hyperparameters, seconds: number): Uint8Array {
  assertNumber('sessionStartValue', 'seconds', seconds);
  const entries = Object.entries(flatSettings('sessionStartValue', 'settings', settings)).map(([name, value]) =>
    messageField(1, [stringField(1, name), messageField(2, [anyValue(value)])]),
  );
  const start = messageField(3, [...entries, doubleField(5, seconds)]);
  return pluginValue('_hparams_/session_start_info', 'hparams', start);
}

/**
 * Makes the summary value that tells TensorBoard's HPARAMS tab how the run ended.
 *
 * @param outcome How.
 * @param seconds When, since 1970.
 * @throws RangeError or TypeError for an argument of another kind.
 * @example
 * ```ts
 * import { eventRecord, sessionEndValue } from '@nfnets/tracking';
 *
 * const seconds = Date.now() / 1000;
 * const record = eventRecord([sessionEndValue('diverged', seconds)], 250, seconds);
 * ```
 */
export function sessionEndValue(outcome: Outcome, seconds: number): Uint8Array {
  assertNumber('sessionEndValue', 'seconds', seconds);
  if (!Object.hasOwn(STATUS, outcome)) {
    throw new RangeError(
      `sessionEndValue: \`outcome\` must be one of ${Object.keys(STATUS).join(', ')}, got ${show(outcome)}.`,
    );
  }
  const end = messageField(4, [intField(1, STATUS[outcome]), doubleField(2, seconds)]);
  return pluginValue('_hparams_/session_end_info', 'hparams', end);
}

const isText = (value: unknown) => typeof value === 'string' && value !== '';

/** A `google.protobuf.Value`. */
function anyValue(value: number | string | boolean): Uint8Array {
  if (typeof value === 'number') return doubleField(2, value);
  return typeof value === 'string' ? stringField(3, value) : intField(4, value ? 1 : 0);
}
