import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { sourceFlags } from './__fixtures__/source-command.js';
import { temporaryFolder } from './__fixtures__/temporary-folder.js';
import { makeFolder } from './make-folder.js';

it('makes a folder and those above it', () => {
  const folder = join(temporaryFolder(), 'a', 'b');
  makeFolder(folder);
  makeFolder(folder);
  expect(existsSync(folder)).toBe(true);
});

it('ends with a message where the working folder has been deleted, and makes what does not depend on it', () => {
  const gone = mkdtempSync(join(tmpdir(), 'nf-sweeps-gone-'));
  const other = join(temporaryFolder(), 'x', 'y');
  const code = `
    import { rmSync } from 'node:fs';
    import { makeFolder } from ${JSON.stringify(pathToFileURL(new URL('./make-folder.ts', import.meta.url).pathname).href)};
    process.chdir(${JSON.stringify(gone)});
    rmSync(${JSON.stringify(gone)}, { recursive: true });
    makeFolder(${JSON.stringify(other)});
    try { makeFolder('runs/a'); } catch (error) { console.log(error.message); }`;
  const { stdout, signal } = spawnSync(process.execPath, [...sourceFlags, '--input-type=module', '--eval', code], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(signal).toBeNull();
  expect(stdout).toBe(
    'The working folder has been deleted, and paths are relative to it. Start again in a folder that is there.\n',
  );
  expect(existsSync(other)).toBe(true);
});
