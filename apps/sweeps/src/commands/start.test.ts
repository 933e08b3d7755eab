import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { sourceFlags } from '../__fixtures__/source-command.js';

it('the command line is read without TensorFlow.js, which takes seconds to load', () => {
  const entry = new URL('./command-line.ts', import.meta.url).href;
  const code = `await import(${JSON.stringify(entry)}); console.log(globalThis._tfengine === undefined);`;
  const { stdout } = spawnSync(process.execPath, [...sourceFlags, '--input-type=module', '--eval', code], {
    encoding: 'utf8',
  });
  expect(stdout).toBe('true\n');
});
