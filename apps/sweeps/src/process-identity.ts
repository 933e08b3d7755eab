import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, told from later ones that get the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Clock ticks from boot to the start of the process, where the system tells them (Linux). */
  readonly startTicks?: string;
}

/** Identity of this process, or of the process `pid` of this machine. */
export function processIdentity(pid = process.pid): ProcessIdentity {
  const startTicks = startTicksOf(pid);
  return { pid, host: hostname(), ...(startTicks === undefined ? {} : { startTicks }) };
}

/** Whether the process still runs; `unknown` for a process of another machine. */
export function isAlive({ pid, host, startTicks }: ProcessIdentity): boolean | 'unknown' {
  if (host !== hostname()) return 'unknown';
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, under another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = startTicksOf(pid);
  return startTicks === undefined || now === undefined || now === startTicks;
}

function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold spaces; field 3 is the state, 22 the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only its parent has not noticed.
    return fields[0] === 'Z' ? 'ended' : fields[19];
  } catch {
    return undefined;
  }
}
