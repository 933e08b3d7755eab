import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

/*
 * Calls every function and class that the packages export with what users of other software, or of JavaScript, may pass. What comes
 * back is an error of ours, which names a function and a rule; never one of JavaScript's own, which names a line of our code.
 */

const root = new URL('../', import.meta.url);
const entries = ['packages', 'apps'].flatMap((parent) =>
  readdirSync(new URL(`${parent}/`, root)).flatMap((name) =>
    readdirSync(new URL(`${parent}/${name}/src/`, root))
      .filter((file) => file === 'index.ts' || file === 'node.ts')
      // What is built, as users have it.
      .map((file) => `${parent}/${name}/dist/${file.replace('.ts', '.js')}`),
  ),
);
/** The rules themselves are called by our own code alone, with constants; the others are imported for what they do. */
const LEFT_OUT = [
  'packages/native-tensorflow/dist/index.js',
  'packages/options/dist/index.js',
  'packages/wasm-training/dist/index.js',
];

const INPUTS: readonly (readonly unknown[])[] = [
  [],
  [null],
  [0.1],
  [Number.NaN],
  [-1],
  ['zzz'],
  [[1]],
  [{}],
  [{ zzz: 1 }],
  [() => 1],
  [{}, null],
  [{}, { zzz: 1 }],
  [{}, 5],
  [{}, 'x'],
  ['zzz', { zzz: 1 }],
  ['zzz', null],
  [[], { zzz: 1 }],
  [null, null, null],
  [{}, {}, { zzz: 1 }],
  ['a', 'b', { zzz: 1 }],
  [1, 2, 3],
];
/** Calls that are in order, and would start an engine. */
const IN_ORDER = new Set(['useBackend()']);

/** Errors of JavaScript and of libraries below, which do not say what was wrong with a call. */
const RAW =
  /Cannot (read prop|set prop|destructure|convert|use '|access)|is not (a function|iterable|a constructor|defined)|Invalid \w+ array|ZodError|Argument '|must be of type|eceived undefined/;

/** What takes an object with any keys (values to be written or shown, and errors, which are made of a text), or takes nothing. */
const TAKES_ANY = /Error$|^(engineVersions|numberOf|toJson|toJsonLine|show|GradientTransform|TransformState|Scratch)$/;

const isClass = (value: unknown) => /^class\b/.test(Function.prototype.toString.call(value));

/** What a call throws, at once, in its promise or in its first value; undefined for what it takes. */
async function errorOf(value: unknown, args: readonly unknown[]): Promise<Error | undefined> {
  try {
    const made = isClass(value)
      ? new (value as new (...all: readonly unknown[]) => unknown)(...args)
      : await (value as (...all: readonly unknown[]) => unknown)(...args);
    if (typeof made === 'object' && made !== null && Symbol.asyncIterator in made) {
      await (made as AsyncIterable<unknown>)[Symbol.asyncIterator]().next();
    }
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'exports-'));
const before = process.cwd();

// Some calls are in order, and write into the folder they are run in, or would ask a server.
beforeAll(() => {
  process.chdir(folder);
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')));
});
afterAll(() => {
  process.chdir(before);
  vi.unstubAllGlobals();
  rmSync(folder, { recursive: true });
});

describe.each(entries.filter((entry) => !LEFT_OUT.includes(entry)))('%s', async (entry) => {
  const exported = (await import(new URL(entry, root).href)) as Record<string, unknown>;
  const functions = Object.entries(exported).filter(([, value]) => typeof value === 'function');

  it.each(functions)('%s says what is wrong with a call', async (name, value) => {
    for (const args of INPUTS) {
      if (IN_ORDER.has(`${name}(${args})`)) continue;
      const error = await errorOf(value, args);
      if (error === undefined) continue;
      const call = `${name}(${JSON.stringify(args)})`;
      expect(error.message, call).not.toMatch(RAW);
      // `who: rule`, where some are told who; but for JSON that is broken.
      if (!(error instanceof SyntaxError)) expect(error.message, call).toMatch(/^.*: /);
    }
  });

  const options = functions.filter(([name]) => !TAKES_ANY.test(name));
  it.each(options)('%s does not take an option that is not known', async (_, value) => {
    expect(await errorOf(value, [{ zzz: 1 }])).toBeInstanceOf(Error);
  });
});
