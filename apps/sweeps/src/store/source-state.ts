import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder } from '../make-folder.js';
import { writeFileSafely } from './write-file-safely.js';

/** The source that this program runs from, so that a result can be traced to it. */
export interface SourceState {
  /** Absent outside a git checkout. */
  readonly git?: {
    readonly commit: string;
    readonly dirty: boolean;
    /** File of the run folder with what `git diff HEAD` said, when it is dirty. */
    readonly diff?: string;
  };
  /** SHA-256 of the nearest lockfile of npm, pnpm or yarn. */
  readonly lockfile?: string;
}

/** Carries the state from a process to the trials it starts: asking git takes longer than a short trial. */
export const SOURCE_VARIABLE = 'NF_SWEEPS_SOURCE';

const LOCKFILES = ['pnpm-lock.yaml', 'package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock'];

/** A sweep may run for days while its source is worked on. */
const KEPT_SECONDS = 60;

const states = new Map<string, { readonly state: SourceState; readonly time: number }>();

/** The state of the source, as the process that started this one told it, or read now; its diff is kept in `runFolder`. */
export function sourceState(runFolder: string): SourceState {
  const told = process.env[SOURCE_VARIABLE];
  if (told !== undefined) return JSON.parse(told) as SourceState;
  const known = states.get(runFolder);
  if (known && performance.now() - known.time < 1000 * KEPT_SECONDS) return known.state;
  const git = readGit(runFolder);
  const lockfile = hashLockfile(ownFolder());
  const state = { ...(git ? { git } : {}), ...(lockfile ? { lockfile } : {}) };
  states.set(runFolder, { state, time: performance.now() });
  return state;
}

const ownFolder = () => fileURLToPath(new URL('.', import.meta.url));
const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

function readGit(runFolder: string): SourceState['git'] {
  // Without optional locks, two trials starting together do not fight over the index.
  const options: ExecFileSyncOptionsWithStringEncoding = {
    cwd: ownFolder(),
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26,
  };
  try {
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], options).trim();
    const diff = execFileSync('git', ['diff', 'HEAD'], options);
    if (diff === '') return { commit, dirty: false };
    const name = join('sources', `${sha256(diff).slice(0, 12)}.diff`);
    const path = join(runFolder, name);
    if (!existsSync(path)) {
      makeFolder(dirname(path));
      writeFileSafely(path, diff, `${path}.${process.pid}.tmp`);
    }
    return { commit, dirty: true, diff: name };
  } catch {
    return undefined;
  }
}

function hashLockfile(folder: string): string | undefined {
  const path = LOCKFILES.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (path !== undefined) return sha256(readFileSync(path));
  return dirname(folder) === folder ? undefined : hashLockfile(dirname(folder));
}
