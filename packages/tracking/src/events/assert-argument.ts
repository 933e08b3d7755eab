import { show } from '@nfnets/options';
import type { RunEvent } from './run-event.js';

/** Throws unless `value` is a text that is not empty. */
export function assertText(who: string, name: string, value: unknown): asserts value is string {
  if (typeof value === 'string' && value !== '') return;
  throw new TypeError(`${who}: \`${name}\` must be a text that is not empty, got ${show(value)}.`);
}

/** Throws unless `value` is a number, which need not be finite. */
export function assertNumber(who: string, name: string, value: unknown): asserts value is number {
  if (typeof value === 'number') return;
  throw new TypeError(`${who}: \`${name}\` must be a number, got ${show(value)}.`);
}

/** Throws unless `value` is a whole number. */
export function assertStep(who: string, value: unknown): asserts value is number {
  if (Number.isSafeInteger(value)) return;
  const message = `${who}: \`step\` must be a whole number, got ${show(value)}.`;
  throw typeof value === 'number' ? new RangeError(message) : new TypeError(message);
}

/** Throws unless `values` maps names to numbers. */
export function assertFigures(who: string, name: string, values: unknown): asserts values is Record<string, number> {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new TypeError(`${who}: \`${name}\` must be an object like { loss: 0.5 }, got ${show(values)}.`);
  }
  for (const [key, value] of Object.entries(values)) assertNumber(who, `${name}.${key}`, value);
}

/** Throws unless `event` is an object with a `type`. */
export function assertEvent(who: string, event: unknown): asserts event is RunEvent {
  if (typeof event === 'object' && event !== null && typeof (event as RunEvent).type === 'string') return;
  throw new TypeError(
    `${who}: an event must be an object like { type: 'step-end', step: 0, loss: 2.3 }, got ${show(event)}.`,
  );
}

/** Throws unless `values` is an array of which every item `holds`. */
export function assertList(
  who: string,
  name: string,
  rule: string,
  values: unknown,
  holds: (item: unknown) => boolean,
): void {
  if (Array.isArray(values) && values.every(holds)) return;
  throw new TypeError(`${who}: \`${name}\` must be an array of ${rule}, got ${show(values)}.`);
}
