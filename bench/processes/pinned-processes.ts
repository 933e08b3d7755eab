import { existsSync } from 'node:fs';
import type { Command } from './participant.js';

const TASKSET = '/usr/bin/taskset';

/**
 * Several processes as one participant, each on a core of its own: all are asked what the participant is asked, and the first answers.
 *
 * @param commandOf how to start each, by its index; or why that cannot be
 */
export function pinnedProcesses(count: number, commandOf: (index: number) => Command | string): Command | string {
  if (!existsSync(TASKSET)) return `needs taskset, of util-linux`;
  const commands = Array.from({ length: count }, (_, index) => commandOf(index));
  const missing = commands.find((command) => typeof command === 'string');
  if (missing !== undefined) return missing as string;
  const words = (commands as Command[]).map(({ program, args }, core) =>
    [TASKSET, '--cpu-list', String(core), program, ...args].map(quote).join(' '),
  );
  const [first, ...others] = words;
  const copies = others.map((each) => `>(${each} > /dev/null)`).join(' ');
  const script = others.length === 0 ? first! : `tee ${copies} | ${first}`;
  const env = { OMP_NUM_THREADS: '1', ...(commands as Command[])[0]!.env };
  return { program: 'bash', args: ['-c', script], env };
}

/** `text` as one word of a shell. */
const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
