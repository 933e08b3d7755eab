import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** The process that holds a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, as the system counts it (Linux): a later process with the same number is another one. */
  readonly start?: string;
}

/**
 * Takes the lock `path` for this process, or returns the process that holds it. A lock whose process is gone is taken over.
 *
 * A process of another machine counts as running.
 */
export function takeLock(path: string): LockHolder | undefined {
  const own = `${path}.${process.pid}`;
  const start = startOf(process.pid);
  const holder: LockHolder = { pid: process.pid, host: hostname(), ...(start === undefined ? {} : { start }) };
  writeFileSync(own, JSON.stringify(holder));
  try {
    while (!isLinked(own, path)) {
      const text = read(path);
      if (text === undefined) continue;
      const other = JSON.parse(text) as LockHolder;
      if (isRunning(other)) return other;
      moveAway(path, text);
    }
    return undefined;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Gives back a lock that `takeLock` took. */
export function releaseLock(path: string): void {
  rmSync(path, { force: true });
}

/** Whether `path` is now another name of `own`. A link, unlike a write, is never seen half done. */
function isLinked(own: string, path: string): boolean {
  return succeeds(() => linkSync(own, path), 'EEXIST');
}

/** Removes the lock that says `text`. Of two processes that find it stale, one could else remove the other's new one. */
function moveAway(path: string, text: string): void {
  const aside = `${path}.stale.${process.pid}`;
  if (!succeeds(() => renameSync(path, aside), 'ENOENT')) return;
  if (read(aside) !== text) isLinked(aside, path);
  rmSync(aside, { force: true });
}

function isRunning({ pid, host, start }: LockHolder): boolean {
  if (host !== hostname()) return true;
  const now = startOf(pid);
  return isProcess(pid) && (now === undefined || start === undefined || now === start);
}

/** Whether this machine has a process with the number `pid`. */
export function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // After the program's name, in brackets: the state, Z for one that has ended, and as the twentieth field the start.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? 'ended' : fields?.[19];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // ESRCH: a process that ended while its file was read.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Calls `action`; false where it throws an error with `code`. */
function succeeds(action: () => unknown, code: string): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return false;
    throw error;
  }
}
