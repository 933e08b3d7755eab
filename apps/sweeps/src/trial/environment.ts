import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, hostname, platform, release, totalmem } from 'node:os';
import { type SourceState, sourceState } from '../store/index.js';

/** The software and the machine a trial runs on. */
export interface Environment extends SourceState {
  /** ISO 8601. */
  readonly startedAt: string;
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

/** Describes this process's software and machine, for a trial in `runFolder`. */
export function describeEnvironment(runFolder: string): Environment {
  return {
    startedAt: new Date().toISOString(),
    ...sourceState(runFolder),
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
  const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  const versions: Record<string, string> = { '@nfnets/sweeps': own.version };
  for (const name of PACKAGES) versions[name] = (require(`${name}/package.json`) as { version: string }).version;
  return versions;
}
