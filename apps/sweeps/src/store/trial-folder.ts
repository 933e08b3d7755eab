import { statSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../make-folder.js';
import {
  checkedStatus,
  isOwnTrial,
  isStatus,
  type MetricsLine,
  type ProgressLine,
  type Trial,
  type TrialStatus,
} from '../schema/index.js';
import { readJson, readText, readUnlessDamaged } from './read-json.js';
import { readTrialLine } from './trial-lines.js';
import { explainUnwritable, writeJson } from './write-file-safely.js';

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

/** Makes the folder of a trial and writes its `config.json`, unless it is there; a damaged one is written again. */
export function createTrialFolder(dir: string, trial: Trial): void {
  const { config } = trialFiles(dir);
  if (readUnlessDamaged(() => readTrial(dir)).value?.id === trial.id) return;
  explainUnwritable(dir, () => makeFolder(dir));
  writeJson(config, trial);
}

/** The trial in `dir`; undefined when there is none. Throws a `DamagedFileError`. */
export const readTrial = (dir: string) =>
  readJson<Trial>(trialFiles(dir).config, {
    isValid: isTrial,
    wayOut: 'Delete it and run the sweep again: it is written anew, and results are kept',
  });

/** The status of the trial in `dir`; undefined when it never started, and where the file is damaged. */
export const readStatus = (dir: string) => readUnlessDamaged(() => readSoundStatus(dir)).value;

/** The status of the trial in `dir`; undefined when it never started. Throws a `DamagedFileError`. */
export function readSoundStatus(dir: string): TrialStatus | undefined {
  const status = readJson<TrialStatus>(trialFiles(dir).status, {
    isValid: isStatus,
    wayOut: 'The trial counts as not run; run the sweep again to make it',
  });
  return status && checkedStatus(status, () => readEpochs(dir));
}

/** What the trial in `dir` ran on; undefined when it never started. Throws a `DamagedFileError`. */
export const readEnvironment = (dir: string) =>
  readJson<Record<string, unknown>>(trialFiles(dir).environment, {
    isValid: isSection,
    wayOut: 'What the trial ran on is not known any more; its results are kept',
  });

/**
 * The lines of `metrics.jsonl` in `dir`; a last line cut short by a crash is left out. Lines that are none, and a file that cannot
 * be read, are told to `onDamage` and left out as well.
 */
export function readMetrics(dir: string, onDamage: (message: string) => void = () => {}): MetricsLine[] {
  return soundLines(dir, completeLines(dir, onDamage).split('\n'), onDamage);
}

/** The ends of epochs among the lines of `metrics.jsonl` in `dir`, without a look into the many others. */
export function readEpochs(dir: string, onDamage: (message: string) => void = () => {}): ProgressLine[] {
  const lines = completeLines(dir, onDamage).match(/^\{"type":"epoch",.*$/gm) ?? [];
  return soundLines(dir, lines, onDamage) as ProgressLine[];
}

function soundLines(dir: string, texts: readonly string[], onDamage: (message: string) => void): MetricsLine[] {
  const lines: MetricsLine[] = [];
  let damaged = 0;
  for (const text of texts) {
    if (text === '') continue;
    const line = readTrialLine<MetricsLine>(text);
    if (line) lines.push(line);
    else damaged++;
  }
  if (damaged > 0) {
    onDamage(
      `${trialFiles(dir).metrics}: ${damaged} of its lines are damaged and left out. Delete the trial's folder to train it again.`,
    );
  }
  return lines;
}

function completeLines(dir: string, onDamage: (message: string) => void): string {
  const path = trialFiles(dir).metrics;
  const { value: text = '', damage } = readUnlessDamaged(() =>
    readText(path, "The trial's curves are left out; delete its folder to train it again"),
  );
  if (damage) onDamage(damage);
  return text.slice(0, text.lastIndexOf('\n') + 1);
}

/** Changes whenever the file `path` is written; the same for a file that is not there, and for a copy with its times. */
export function fileStamp(path: string): string {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat ? `${stat.mtimeMs} ${stat.size}` : 'none';
  } catch {
    return 'unreadable';
  }
}

function isTrial(value: unknown): boolean {
  if (!isSection(value)) return false;
  const { id, config, derived } = value as Partial<Record<keyof Trial, unknown>>;
  if (typeof id !== 'string' || !isSection(config) || !isSection(derived)) return false;
  const { model, dataset, learningRate, batchSize } = config as Partial<Trial['config']>;
  const { steps, learningRate: rate } = derived as Partial<Trial['derived']>;
  if (isOwnTrial(config as object)) return Number.isFinite(steps);
  return (
    typeof model === 'string' &&
    isSection(dataset) &&
    isSection(learningRate) &&
    [batchSize, steps, rate].every(Number.isFinite)
  );
}

const isSection = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
