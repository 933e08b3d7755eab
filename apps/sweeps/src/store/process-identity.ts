import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ProcessIdentity } from '../schema/index.js';

/** Identity of this process, or of the process `pid` of this machine. */
export function processIdentity(pid = process.pid): ProcessIdentity {
  const startTicks = startTicksOf(pid);
  return { pid, host: hostname(), ...(startTicks === undefined ? {} : { startTicks }), ...here() };
}

/** Whether the process still runs; `unknown` for a process of another machine or container. */
export function isAlive({ pid, host, startTicks, boot, namespace }: ProcessIdentity): boolean | 'unknown' {
  if (host !== hostname()) return 'unknown';
  const own = here();
  if (differ(boot, own.boot)) return false;
  if (differ(namespace, own.namespace)) return 'unknown';
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, under another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return !differ(startTicks, startTicksOf(pid));
}

const differ = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && a !== b;

let cached: Pick<ProcessIdentity, 'boot' | 'namespace'> | undefined;

function here(): Pick<ProcessIdentity, 'boot' | 'namespace'> {
  if (cached) return cached;
  const boot = told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const namespace = told(() => readlinkSync('/proc/self/ns/pid'));
  cached = { ...(boot === undefined ? {} : { boot }), ...(namespace === undefined ? {} : { namespace }) };
  return cached;
}

function told(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
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
