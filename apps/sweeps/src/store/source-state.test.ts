import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { SOURCE_VARIABLE, sourceState } from './source-state.js';

it('tells the commit, the lockfile, and where what is not committed was kept', () => {
  const folder = temporaryFolder();
  const { git, lockfile } = sourceState(folder);
  // This repository has a lockfile; it may be a plain copy, without git.
  expect(lockfile).toMatch(/^[0-9a-f]{64}$/);
  if (!git) return;
  expect(git.commit).toMatch(/^[0-9a-f]{40}$/);
  expect(git.diff !== undefined).toBe(git.dirty);
  if (git.diff) expect(existsSync(join(folder, git.diff))).toBe(true);
});

it('takes the word of the process that started this one', () => {
  onTestFinished(() => {
    delete process.env[SOURCE_VARIABLE];
  });
  process.env[SOURCE_VARIABLE] = '{"lockfile":"abc"}';
  expect(sourceState(temporaryFolder())).toEqual({ lockfile: 'abc' });
});
