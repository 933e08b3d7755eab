import { fromJson, toJson } from '@nfnets/json-numbers';
import { assertText } from '../events/assert-argument.js';

/**
 * One line of JSON for an event, without its end; NaN and the infinities become strings of that name, and a text of such a name
 * gets a backslash in front.
 *
 * @param event Any object.
 * @throws TypeError where a value has no JSON: a BigInt, something that holds itself.
 * @example
 * ```ts
 * import { toJsonLine } from '@nfnets/tracking';
 *
 * console.log(toJsonLine({ type: 'step-end', step: 3, loss: Number.NaN })); // {"type":"step-end","step":3,"loss":"NaN"}
 * ```
 */
export function toJsonLine(event: object): string {
  if (typeof event !== 'object' || event === null) {
    throw new TypeError(`toJsonLine: \`event\` must be an object, got ${String(event)}.`);
  }
  return toJson(event);
}

/**
 * The event of a line that `toJsonLine` made.
 *
 * @param line A line without its end.
 * @throws SyntaxError if it is not JSON; TypeError for what is no text.
 * @example
 * ```ts
 * import { fromJsonLine, type RunEvent } from '@nfnets/tracking';
 *
 * const { loss } = fromJsonLine('{"type":"step-end","step":3,"loss":"NaN"}') as RunEvent;
 * console.log(loss); // NaN
 * ```
 */
export function fromJsonLine(line: string): unknown {
  assertText('fromJsonLine', 'line', line);
  return fromJson(line);
}
