import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { makeFolder } from '../make-folder.js';
import type { ProcessIdentity } from '../schema/index.js';
import { startHeartbeat } from './lease-heartbeat.js';
import { isAlive, processIdentity } from './process-identity.js';
import { readJson, readUnlessDamaged } from './read-json.js';
import { explainFullDisk, writeFileSafely } from './write-file-safely.js';

/** The right of one process to write a trial's files, until another takes it over. */
export interface TrialLease {
  /** Number of the attempt at this trial, from 1; a later holder's is higher. */
  readonly token: number;
  /** Throws a `LeaseLostError` when another process has taken the trial over. */
  check(): void;
  /** Replaces the file `path` as `writeFileSafely` does; throws a `LeaseLostError`, and leaves it alone, when the lease is lost. */
  write(path: string, data: string | Uint8Array): void;
  /** Gives the trial back, so that the next process need not wait. */
  release(): void;
}

/** The trial belongs to another process, which is alive. */
export class LeaseHeldError extends Error {}

/** Another process has taken the trial over: this one must write no more. */
export class LeaseLostError extends Error {}

/** The file `holder.json` of a lease. */
interface Holder {
  readonly process: ProcessIdentity;
  readonly released?: boolean;
}

/** A lease just taken: its number, and the folder inside it that only its holder knows. */
interface Taken {
  readonly token: number;
  readonly own: string;
}

/**
 * How long a holder that shows no sign of life keeps a lease, by default: enough for a file server that hangs a while,
 * short enough to wait for where a machine died.
 */
export const LEASE_SECONDS = 30;

/** Heartbeats per expiry: one may come late, and two may be lost. */
const BEATS = 6;

/**
 * Takes the trial in `dir` for this process, with a token above all earlier ones. `expiry` is the number of seconds
 * without a heartbeat after which a holder counts as gone, `wait` how long to wait for one that is alive, unless `stop`.
 *
 * The lease is a folder `lease-<token>`, and every file of the trial is written inside it and then renamed to its place.
 * A successor first renames that folder away, so that what an older holder still does fails in the file system itself,
 * however long that process slept between its check and its write. A holder is gone when its process has ended
 * (same machine), or when its heartbeat is too old, both times taken from the file system's clock.
 *
 * Throws a `LeaseHeldError` when the holder is still alive after `wait`.
 */
export async function acquireLease(
  dir: string,
  { expiry, wait = 0, stop }: { readonly expiry: number; readonly wait?: number; readonly stop?: AbortSignal },
): Promise<TrialLease> {
  const deadline = performance.now() + 1000 * wait;
  for (;;) {
    const taken = tryAcquire(dir, expiry);
    if (taken && 'token' in taken) {
      const lease = hold(dir, taken);
      const stopHeartbeat = startHeartbeat(heartbeatOf(leaseFolder(dir, taken.token)), (1000 * expiry) / BEATS);
      return {
        ...lease,
        release() {
          stopHeartbeat();
          lease.release();
        },
      };
    }
    if (taken && (stop?.aborted || performance.now() >= deadline)) {
      const { pid, host } = taken.process;
      throw new LeaseHeldError(`${dir}: process ${pid} on ${host} works on this trial. End it, then run again.`);
    }
    await setTimeout(taken ? 100 : 0);
  }
}

/** Does `work` on the trial in `dir`, something short; false, without doing it, where a living process holds the trial. */
export function underLease(dir: string, expiry: number, work: (lease: TrialLease) => void): boolean {
  const taken = tryAcquire(dir, expiry);
  if (!taken || !('token' in taken)) return false;
  const lease = hold(dir, taken);
  try {
    work(lease);
  } finally {
    lease.release();
  }
  return true;
}

/** The new lease, or the living holder that is in the way; undefined when another process was faster. */
function tryAcquire(dir: string, expiry: number): Taken | Holder | undefined {
  const id = randomUUID();
  const staged = stage(dir, id);
  try {
    const { held, lost } = scan(dir);
    const last = Math.max(0, ...held, ...lost);
    const previous = leaseFolder(dir, last);
    if (held.includes(last)) {
      const holder = livingHolder(previous, staged, expiry);
      if (holder) return holder;
      if (!renamed(previous, join(dir, `lost-${last}-${id}`))) return undefined;
    }
    const token = last + 1;
    if (!renamed(staged, leaseFolder(dir, token))) return undefined;
    // A process that slept since its scan may have brought back a number that others took and lost meanwhile.
    const now = scan(dir);
    if (Math.max(...now.held, ...now.lost.map((number) => number + 1)) > token) {
      rmSync(leaseFolder(dir, token), { recursive: true, force: true });
      return undefined;
    }
    // Only now: until there is a successor, a lost lease keeps its number from being given out again.
    removeLost(dir);
    return { token, own: join(leaseFolder(dir, token), id) };
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
}

const leaseFolder = (dir: string, token: number) => join(dir, `lease-${token}`);
const holderOf = (folder: string) => join(folder, 'holder.json');
const heartbeatOf = (folder: string) => join(folder, 'heartbeat');

function hold(dir: string, { token, own }: Taken): TrialLease {
  const lost = () => new LeaseLostError(`${dir}: another process has taken this trial over.`);
  const check = () => {
    if (!existsSync(own)) throw lost();
  };
  const write = (path: string, data: string | Uint8Array) => {
    check();
    try {
      writeFileSafely(path, data, join(own, `${basename(path)}.tmp`));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync(own)) throw lost();
      throw error;
    }
  };
  return {
    token,
    check,
    write,
    release: () => write(holderOf(leaseFolder(dir, token)), holderText(true)),
  };
}

const holderText = (released: boolean) =>
  JSON.stringify({ process: processIdentity(), ...(released ? { released } : {}) } satisfies Holder);

/** A folder ready to become a lease of this process. */
function stage(dir: string, id: string): string {
  const staged = join(dir, `staged-${id}`);
  explainFullDisk(staged, () => {
    makeFolder(join(staged, id));
    writeFileSync(holderOf(staged), holderText(false));
    writeFileSync(heartbeatOf(staged), '');
  });
  return staged;
}

/** The holder of the lease `folder` while it is alive. `fresh` is a folder of now, for the file system's time. */
function livingHolder(folder: string, fresh: string, expiry: number): Holder | undefined {
  // One that is damaged says of nobody that he is alive; whoever it was writes nothing more after he is moved away.
  const holder = readUnlessDamaged(() => readJson<Holder>(holderOf(folder), { isValid: isHolder })).value;
  if (!holder || holder.released || isAlive(holder.process) === false) return undefined;
  const beat = statSync(heartbeatOf(folder), { throwIfNoEntry: false });
  const now = statSync(heartbeatOf(fresh)).mtimeMs;
  return beat && now - beat.mtimeMs <= 1000 * expiry ? holder : undefined;
}

function isHolder(value: unknown): boolean {
  const { pid, host } = (value as Partial<Holder> | null)?.process ?? {};
  return Number.isInteger(pid) && typeof host === 'string';
}

/** The numbers of the leases in `dir`, and of those taken from their holders. */
function scan(dir: string): { held: number[]; lost: number[] } {
  const names = readdirSync(dir);
  const numbers = (pattern: RegExp) => names.flatMap((name) => Number(pattern.exec(name)?.[1] ?? []) || []);
  return { held: numbers(/^lease-(\d+)$/), lost: numbers(/^lost-(\d+)-/) };
}

function removeLost(dir: string): void {
  for (const name of readdirSync(dir)) {
    if (name.startsWith('lost-')) rmSync(join(dir, name), { recursive: true, force: true });
  }
}

/** Renames a folder; false when it is gone, or another is in the place. */
function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
