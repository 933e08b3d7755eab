import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Trial } from './plan-trials.js';
import type { ProcessIdentity } from './process-identity.js';
import type { TrialMetrics } from './trial-function.js';
import { writeJson } from './write-file-safely.js';

/** The file `status.json` of a trial. */
export interface TrialStatus {
  readonly status: 'running' | 'done' | 'diverged' | 'pruned' | 'failed' | 'preempted';
  /** Why it diverged, failed or was preempted. */
  readonly reason?: string;
  /** Steps made. */
  readonly step: number;
  readonly metrics: TrialMetrics;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt?: string;
  /** Seconds of earlier attempts that this one went on from; none by default. */
  readonly secondsBefore?: number;
  /** The process that runs or ran it. */
  readonly process?: ProcessIdentity;
  /** Which attempt at the trial this is, from 1. */
  readonly attempt?: number;
  /** The most memory the process held, in bytes. */
  readonly peakMemory?: number;
}

/** One line of `metrics.jsonl`. */
export type MetricsLine = ProgressLine | ClipLine;

/** A step or the end of an epoch, with the seconds since the trial's first step. */
export interface ProgressLine {
  readonly type: 'step' | 'epoch';
  readonly step: number;
  readonly epoch: number;
  readonly samples: number;
  readonly loss: number | null;
  readonly seconds: number;
  readonly learningRate?: number;
  readonly trainLoss?: number | null;
  readonly accuracy?: number;
  readonly emaLoss?: number | null;
  readonly emaAccuracy?: number;
}

/** How much adaptive clipping did at a step: the share of clipped units, 0 to 1, by layer. */
export interface ClipLine {
  readonly type: 'clip';
  readonly step: number;
  readonly seconds: number;
  readonly layers: Readonly<Record<string, number>>;
}

/** The files of one trial. */
export function trialFiles(dir: string) {
  return {
    config: join(dir, 'config.json'),
    environment: join(dir, 'environment.json'),
    metrics: join(dir, 'metrics.jsonl'),
    status: join(dir, 'status.json'),
    log: join(dir, 'log.txt'),
    /** Where it is, the trial is asked to stop. */
    prune: join(dir, 'prune.json'),
    checkpoints: join(dir, 'checkpoints'),
  };
}

/** Makes the folder of a trial and writes its `config.json`, unless it is there. */
export function createTrialFolder(dir: string, trial: Trial): void {
  if (readTrial(dir) !== undefined) return;
  mkdirSync(dir, { recursive: true });
  writeJson(trialFiles(dir).config, trial);
}

/** The trial in `dir`; undefined when there is none. */
export const readTrial = (dir: string) => readJson<Trial>(trialFiles(dir).config);

/** The status of the trial in `dir`; undefined when it never started. */
export const readStatus = (dir: string) => readJson<TrialStatus>(trialFiles(dir).status);

/** Seconds that the trial took, with the attempts it went on from; undefined while it runs. */
export const trialSeconds = ({ startedAt, endedAt, secondsBefore = 0 }: TrialStatus): number | undefined =>
  endedAt === undefined ? undefined : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000 + secondsBefore;

/** Whether a trial with this status has its result, so that it is not run again. */
export function isFinished(
  status: TrialStatus | undefined,
): status is TrialStatus & { status: 'done' | 'diverged' | 'pruned' } {
  return status?.status === 'done' || status?.status === 'diverged' || status?.status === 'pruned';
}

/** Whether nobody works on a trial with this status: another attempt at it would write `running` first. */
export function hasEnded(status: TrialStatus | undefined): status is TrialStatus {
  return status !== undefined && status.status !== 'running';
}

/** What the trial in `dir` ran on; undefined when it never started. */
export const readEnvironment = (dir: string) => readJson<Record<string, unknown>>(trialFiles(dir).environment);

/** The lines of `metrics.jsonl` in `dir`; a last line cut short by a crash is left out. */
export function readMetrics(dir: string): MetricsLine[] {
  return completeLines(dir)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as MetricsLine);
}

/** The ends of epochs among the lines of `metrics.jsonl` in `dir`, without a look into the many others. */
export function readEpochs(dir: string): ProgressLine[] {
  const lines = completeLines(dir).match(/^\{"type":"epoch",.*$/gm) ?? [];
  return lines.map((line) => JSON.parse(line) as ProgressLine);
}

function completeLines(dir: string): string {
  const text = readText(trialFiles(dir).metrics) ?? '';
  return text.slice(0, text.lastIndexOf('\n') + 1);
}

/** Changes whenever the file `path` is written; the same for a file that is not there, and for a copy with its times. */
export function fileStamp(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs} ${stat.size}` : 'none';
}

/** The JSON value in the file `path`; undefined when there is no such file. */
export function readJson<T>(path: string): T | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new Error(`${path}: not valid JSON (${(error as Error).message}). Delete it to have it made again.`);
  }
}

function readText(path: string): string | undefined {
  try {
    // A device in the place of a file may have no end.
    return statSync(path).isFile() ? readFileSync(path, 'utf8') : undefined;
  } catch (error) {
    // A file where a folder is looked for is no folder either.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
