import { expect, it } from 'vitest';
import * as everywhere from './index.js';
import * as inNode from './node.js';

/** What may be called without a mistake by what is tried here. */
const TAKES: Readonly<Record<string, readonly unknown[]>> = {
  mnistDigits: [undefined],
  deriveSeed: [5],
};

/** Options by names of Python's libraries, and what plain JavaScript may pass. */
const WRONG = [undefined, null, 5, 'photos', [1], { root: '.', train: true, download: true }, () => 1];

const functions = Object.entries({ ...everywhere, ...inNode } as Record<string, (...args: unknown[]) => unknown>);

it.each(functions)('%s names itself, the option and the value where its arguments are wrong', async (name, call) => {
  for (const first of WRONG) {
    for (const second of [undefined, 5, { batch_size: 4 }]) {
      if (TAKES[name]?.includes(first)) continue;
      // Asynchronous functions reject.
      const thrown = await (async () => call(first, second))().then(
        (value) => expect.unreachable(`${name} took ${String(first)}: ${String(value)}`),
        (error: Error) => error,
      );
      expect(thrown.message, `${name}(${String(first)}, ${String(second)})`).toMatch(new RegExp(`^${name}: `));
      expect(thrown.message).toMatch(/ must | no option /);
    }
  }
});
