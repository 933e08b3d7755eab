import { afterEach, describe, expect, it } from 'vitest';
import { restoreRemovedUtilities } from './restore-removed-utilities.js';

const utilities = process.getBuiltinModule('node:util') as unknown as Record<string, unknown>;
const { isNullOrUndefined, isArray } = utilities;

describe('restoreRemovedUtilities', () => {
  afterEach(() => {
    Object.assign(utilities, { isNullOrUndefined, isArray });
  });

  it('gives tfjs-node what Node 23 took away', () => {
    delete utilities['isNullOrUndefined'];
    delete utilities['isArray'];
    restoreRemovedUtilities();
    const { isNullOrUndefined, isArray } = utilities as Record<string, (value: unknown) => boolean>;
    expect([null, undefined, 0, ''].map((value) => isNullOrUndefined!(value))).toEqual([true, true, false, false]);
    expect([[], {}].map((value) => isArray!(value))).toEqual([true, false]);
  });
});
