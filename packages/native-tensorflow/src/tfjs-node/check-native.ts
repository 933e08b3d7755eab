import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../machine/run-program.js';
import { BINDING } from './binding-path.js';
import type { SelfCheck } from './self-check.js';

/** Whether tfjs-node works, and on what. */
export type NativeCheck =
  | ({ readonly isReady: true } & SelfCheck)
  | { readonly isReady: false; readonly reason: string };

const SELF_CHECK = fileURLToPath(new URL('./run-self-check.js', import.meta.url));

/** Loads tfjs-node from `folder` and multiplies two matrices, in a process of its own: a bad library ends the process. */
export async function checkNative(folder: string, signal: AbortSignal): Promise<NativeCheck> {
  if (!existsSync(join(folder, BINDING))) return { isReady: false, reason: 'it has no native binding' };
  const { lines, ...end } = await runProgram([process.execPath, ...process.execArgv, SELF_CHECK, folder], {
    signal,
    env: { TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  if (end.signal) {
    const hint = end.signal === 'SIGILL' ? ': this processor lacks instructions that it was built for' : '';
    return { isReady: false, reason: `it ended with ${end.signal}${hint}` };
  }
  const answer = lines.find((line) => line.startsWith('{'));
  if (end.code === 0 && answer) return { isReady: true, ...(JSON.parse(answer) as SelfCheck) };
  const complaint = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? `it ended with code ${end.code}`;
  return { isReady: false, reason: complaint.trim() };
}
