import { fromJson, toJson } from '@nfnets/json-numbers';
import { assertText } from '../events/assert-argument.js';

/**
 * One line of JSON for an event, without its end; NaN and the infinities become strings of that name, and a text of such a name
 * gets a backslash in front.
 *
 * @throws TypeError where a value has no JSON: a BigInt, something that holds itself
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
 * @throws SyntaxError if it is not JSON
 */
export function fromJsonLine(line: string): unknown {
  assertText('fromJsonLine', 'line', line);
  return fromJson(line);
}
