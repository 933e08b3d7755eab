import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BROKEN, BROKEN_OWN, type BrokenConfig, GOOD } from '../__fixtures__/broken-configs.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { SweepError } from '../sweep-error.js';
import { loadSweepConfig } from './load-sweep-config.js';

/** What is said of `broken`, with `FILE` for its name, and the other files by their names alone. */
async function messageFor({ change, add = '', file, ending = '.yaml', beside = {}, settings = [] }: BrokenConfig) {
  const folder = temporaryFolder();
  const name = `a${ending}`;
  const [from, to] = change ?? ['', ''];
  expect(GOOD).toContain(from);
  const text = file ?? GOOD.replace(from, () => to) + add;
  const named = (content: string) => content.replaceAll('FILE', name);
  writeFileSync(join(folder, name), typeof text === 'string' ? named(text) : text);
  for (const [other, content] of Object.entries(beside)) writeFileSync(join(folder, other), named(content));
  const error = await loadSweepConfig(join(folder, name), { overrides: settings }).then(
    () => new Error('no error'),
    (reason: unknown) => reason as Error,
  );
  expect(error, String(error.stack)).toBeInstanceOf(SweepError);
  return error.message.replaceAll(join(folder, name), 'FILE').replaceAll(`${folder}/`, '');
}

describe('a broken config', () => {
  it('is one of at least 60, each another', () => {
    expect(new Set(BROKEN.map(({ what }) => what)).size).toBe(BROKEN.length);
    expect(BROKEN.length).toBeGreaterThanOrEqual(60);
  });

  it.each([...BROKEN, ...BROKEN_OWN])('with $what is told with its place, the rule and the way out', async (broken) => {
    const message = await messageFor(broken);
    if (broken.says.endsWith('...')) expect(message.slice(0, broken.says.length - 3)).toBe(broken.says.slice(0, -3));
    else expect(message).toBe(broken.says);
    // The values of a module have no lines, and those of the command line neither.
    const hasLines = broken.ending !== '.ts' && broken.settings === undefined;
    if (hasLines) expect(message).toMatch(/^[\w.]+:\d+:\d+: /);
    expect(message).not.toMatch(/^ +at /m);
  });
});
