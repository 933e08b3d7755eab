import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, hostname, platform, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** The software and the machine a trial runs on. */
export interface Environment {
  /** ISO 8601. */
  readonly startedAt: string;
  /** The source the trial runs from; absent outside a git checkout. */
  readonly git?: { readonly commit: string; readonly dirty: boolean };
  /** Versions of Node and of the packages that compute. */
  readonly versions: Readonly<Record<string, string>>;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly host: string;
}

const PACKAGES = [
  '@nfnets/agc',
  '@nfnets/backends',
  '@nfnets/data',
  '@nfnets/models',
  '@nfnets/trainer',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-layers',
];

/** Describes this process's software and machine. */
export function describeEnvironment(): Environment {
  const git = readGit();
  return {
    startedAt: new Date().toISOString(),
    ...(git ? { git } : {}),
    versions: { node: process.versions.node, ...packageVersions() },
    platform: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    host: hostname(),
  };
}

function packageVersions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const own = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  const versions: Record<string, string> = { '@nfnets/sweeps': own.version };
  for (const name of PACKAGES) versions[name] = (require(`${name}/package.json`) as { version: string }).version;
  return versions;
}

function readGit(): Environment['git'] {
  // Without optional locks, two trials starting together do not fight over the index.
  const options: ExecFileSyncOptionsWithStringEncoding = {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  };
  try {
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], options).trim();
    const dirty = execFileSync('git', ['status', '--porcelain', '--untracked-files=no'], options).trim() !== '';
    return { commit, dirty };
  } catch {
    return undefined;
  }
}
