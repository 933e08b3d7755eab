import { afterEach, expect, it } from 'vitest';
import { restoreRemovedUtilities } from './restore-removed-utilities.js';

const utilities = process.getBuiltinModule('node:util') as unknown as Record<string, (value: unknown) => boolean>;
const { isNullOrUndefined, isArray } = utilities;

afterEach(() => {
  Object.assign(utilities, { isNullOrUndefined, isArray });
});

it('gives tfjs-node what Node 23 took away', () => {
  delete utilities['isNullOrUndefined'];
  restoreRemovedUtilities();
  expect([null, undefined, 0, ''].map((value) => utilities['isNullOrUndefined']!(value))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([[], {}].map((value) => utilities['isArray']!(value))).toEqual([true, false]);
});
