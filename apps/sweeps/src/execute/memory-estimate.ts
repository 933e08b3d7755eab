import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOwnTrial, type TrialConfig } from '../schema/index.js';
import { readStatus, readTrial, readUnlessDamaged } from '../store/index.js';

/** The most memory that a trial held, in bytes. */
export interface MemoryPeak {
  readonly config: TrialConfig;
  readonly bytes: number;
}

/**
 * Bytes that a trial of `config` will need, from `peaks` of earlier ones: the most that its model took at the nearest
 * batch size, in proportion where the batch is larger. Undefined without a trial of that model at that image size in that precision. Pure.
 */
export function estimateMemory(config: TrialConfig, peaks: readonly MemoryPeak[]): number | undefined {
  // Of a function of one's own nothing is known that its memory depends on.
  if (isOwnTrial(config)) return undefined;
  const distance = (peak: MemoryPeak) => Math.abs(Math.log(peak.config.batchSize / config.batchSize));
  const { model, dataset, precision } = config;
  const alike = peaks.filter(
    (peak) =>
      !isOwnTrial(peak.config) &&
      peak.config.model === model &&
      peak.config.dataset.imageSize === dataset.imageSize &&
      peak.config.precision === precision,
  );
  const nearest = Math.min(...alike.map(distance));
  const needs = alike
    .filter((peak) => distance(peak) === nearest)
    .map((peak) => peak.bytes * Math.max(1, config.batchSize / peak.config.batchSize));
  return needs.length === 0 ? undefined : Math.max(...needs);
}

/** The peak of the trial in `dir`; undefined when it has told none. */
export function readPeak(dir: string): MemoryPeak | undefined {
  const bytes = readStatus(dir)?.peakMemory;
  const trial = Number.isFinite(bytes) ? readUnlessDamaged(() => readTrial(dir)).value : undefined;
  return trial && { config: trial.config, bytes: bytes! };
}

/** The peaks of all trials in the folder `trials`. */
export function readPeaks(trials: string): MemoryPeak[] {
  return readdirSync(trials).flatMap((name) => readPeak(join(trials, name)) ?? []);
}

/** Bytes that the process `pid` of this machine holds now; 0 where the system does not tell. */
export function residentMemory(pid: number | undefined): number {
  try {
    // In pages, which are of 4 KiB where /proc tells them.
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;
  } catch {
    return 0;
  }
}
