import { spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { sourceCommand } from './source-command.js';

/** A worker process of one slot, if `args` do not say otherwise, which gives up a dead one's trial after a second. */
export function startWorker(url: string, ...args: readonly string[]) {
  const [program, ...prefix] = sourceCommand;
  const child = spawn(program, [...prefix, 'worker', '--redis', url, '--lock-seconds', '1', ...args]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, ended, output: () => output };
}
