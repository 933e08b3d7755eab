import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fromJson } from '@nfnets/json-numbers';
import { anything, assertInRange, assertInteger, checkOptions, type OptionRules, oneOf, show } from '@nfnets/options';
import type { EpochEnd, StepEnd } from '../train-event.js';
import { BEST, type BestMetric, isBetter, scoreOf } from './best-metric.js';
import type { Checkpoint, CheckpointMetrics, CheckpointStore, FoundCheckpoint, RunInfo } from './checkpoint.js';
import { CheckpointError } from './checkpoint-error.js';
import { assertFinite, readCheckpoint, writeCheckpoint } from './checkpoint-folder.js';

/** Options of {@link checkpoints}. */
export interface CheckpointsOptions {
  /** Saves after every so many steps, beside epochs. Default never. */
  readonly everySteps?: number;
  /** Saves when so many seconds have gone since the last time, after a step. Default never. */
  readonly everySeconds?: number;
  /** Saves after every so many epochs. Default 1; Infinity for never. */
  readonly everyEpochs?: number;
  /** How many are kept; the oldest goes when a new one is safe. Default 3. */
  readonly keep?: number;
  /** Keeps the best as well, by this figure of the evaluation, and saves after every evaluation. Default none. */
  readonly keepBest?: BestMetric;
  /** `'auto'` goes on with the newest, or begins; `'must'` makes it an error that there is none. Default `'auto'`. */
  readonly resume?: 'auto' | 'must';
}

/** The checkpoints of one run in a folder, made by {@link checkpoints}. */
export interface Checkpoints extends CheckpointStore {
  /** Has the run save after the step that it is at: before a process ends, say. */
  saveSoon(): void;
  /** The folders of the checkpoints, oldest first. */
  list(): Promise<string[]>;
  /**
   * The folder of the best, by `keepBest`, of those that are whole: it reads them to be sure. Of the same figure the earliest;
   * undefined while there is none. For `loadCheckpoint`.
   */
  best(): Promise<string | undefined>;
}

const RULES: OptionRules<CheckpointsOptions> = {
  everySteps: anything,
  everySeconds: anything,
  everyEpochs: anything,
  keep: anything,
  keepBest: oneOf(BEST),
  resume: oneOf(['auto', 'must']),
};

/**
 * Keeps the checkpoints of a run in `folder`, one folder for each: `step-00000500/`. What a crash leaves is never half a
 * checkpoint, and one that was truncated or changed, or whose numbers are not all finite, is passed over for the one before it and
 * does not count among those that are kept. One that is not finite is not written.
 *
 * @param folder Folder of the run; it is made when the first checkpoint is.
 * @throws RangeError or TypeError for an option that there is not, or is out of range.
 * @example
 * ```ts
 * import { arrayDataset } from '@nfnets/data';
 * import { mnistDigits } from '@nfnets/data/node';
 * import { createModel } from '@nfnets/models';
 * import { fit } from '@nfnets/trainer';
 * import { checkpoints } from '@nfnets/trainer/node';
 *
 * // Started again after a crash, the same program goes on where the newest checkpoint was made.
 * const checkpoint = checkpoints('runs/digits', { everySeconds: 60, keep: 2 });
 * await fit(createModel('nfnet_digits', { numClasses: 10, seed: 0 }), arrayDataset(mnistDigits()), { checkpoint });
 * ```
 */
export function checkpoints(folder: string, options: CheckpointsOptions = {}): Checkpoints {
  if (typeof folder !== 'string' || folder === '') {
    throw new TypeError(`checkpoints: \`folder\` must be the path of a folder, got ${show(folder)}.`);
  }
  checkOptions<CheckpointsOptions>('checkpoints', options, RULES);
  const { everySteps, everySeconds, everyEpochs = 1, keep = 3, keepBest, resume = 'auto' } = options;
  assertInteger('checkpoints', 'everySteps', everySteps ?? 1, 1);
  assertInRange('checkpoints', 'everySeconds', everySeconds ?? 0, 0);
  if (everyEpochs !== Infinity) assertInteger('checkpoints', 'everyEpochs', everyEpochs, 1);
  assertInteger('checkpoints', 'keep', keep, 1);
  return new CheckpointFolder(folder, { everySteps, everySeconds, everyEpochs, keep, keepBest, resume });
}

type Settings = { readonly [Key in keyof CheckpointsOptions]-?: CheckpointsOptions[Key] | undefined } & {
  readonly keep: number;
  readonly everyEpochs: number;
};

class CheckpointFolder implements Checkpoints {
  private isAsked = false;
  private lastSaved = performance.now();
  /** Whether a checkpoint is whole, of those that were looked into or written. */
  private readonly areWhole = new Map<string, boolean>();

  constructor(
    private readonly folder: string,
    private readonly settings: Settings,
  ) {}

  get keepBest(): BestMetric | undefined {
    return this.settings.keepBest;
  }

  saveSoon(): void {
    this.isAsked = true;
  }

  async list(): Promise<string[]> {
    const names = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const found = names.filter((name) => /^step-\d{8,}$/.test(name));
    return found.sort((a, b) => stepOf(a) - stepOf(b)).map((name) => join(this.folder, name));
  }

  async best(): Promise<string | undefined> {
    return this.bestOf(isWhole);
  }

  /** The best of those for which `isSound` holds. */
  private async bestOf(isSound: (path: string) => Promise<boolean>): Promise<string | undefined> {
    const { keepBest } = this.settings;
    if (keepBest === undefined) return undefined;
    const scored: { path: string; score: number | undefined }[] = [];
    for (const path of await this.list()) scored.push({ path, score: scoreOf(await metricsIn(path), keepBest) });
    const isBefore = (a: number | undefined, b: number | undefined) => (isBetter(keepBest, a, b) ? -1 : 0);
    // Stable: of the same figure the earliest.
    scored.sort((a, b) => isBefore(a.score, b.score) - isBefore(b.score, a.score));
    for (const { path, score } of scored) if (score !== undefined && (await isSound(path))) return path;
    return undefined;
  }

  async find(): Promise<FoundCheckpoint | undefined> {
    const refused: string[] = [];
    for (const path of (await this.list()).reverse()) {
      try {
        const found = await readCheckpoint(path);
        try {
          await assertFinite(path, found.tensors);
        } catch (error) {
          await found.close();
          throw error;
        }
        return { ...found, refused };
      } catch (error) {
        if (!(error instanceof CheckpointError)) throw error;
        refused.push(error.message);
      }
    }
    if (refused.length > 0) {
      throw new CheckpointError(
        `checkpoints: ${this.folder} has no checkpoint that is sound: ${refused.join(' ')} Delete it to begin anew.`,
      );
    }
    if (this.settings.resume === 'must') {
      throw new CheckpointError(
        `checkpoints: \`resume\` is 'must', and ${this.folder} has no checkpoint. Pass 'auto' to begin a run.`,
      );
    }
    return undefined;
  }

  isDue(event: StepEnd | EpochEnd): boolean {
    const { everySteps, everySeconds, everyEpochs, keepBest } = this.settings;
    if (event.type === 'epoch-end') {
      const isBestKnown = keepBest !== undefined && event.evaluation !== undefined;
      return this.isAsked || isBestKnown || (event.epoch + 1) % everyEpochs === 0;
    }
    const isLate = everySeconds !== undefined && performance.now() - this.lastSaved >= everySeconds * 1000;
    return this.isAsked || isLate || (everySteps !== undefined && (event.step + 1) % everySteps === 0);
  }

  async save(checkpoint: Checkpoint<RunInfo>): Promise<string> {
    const path = join(this.folder, `step-${String(checkpoint.info.position.steps).padStart(8, '0')}`);
    await writeCheckpoint(path, checkpoint);
    this.areWhole.set(path, true);
    this.isAsked = false;
    this.lastSaved = performance.now();
    await this.rotate();
    return path;
  }

  /**
   * Deletes what is neither among the newest nor the best, and what writers that were killed have left. What is not whole does not
   * count, and goes when it is older than all that are kept.
   */
  private async rotate(): Promise<void> {
    const isKnownWhole = async (path: string) => {
      const known = this.areWhole.get(path) ?? (await isWhole(path));
      this.areWhole.set(path, known);
      return known;
    };
    const best = await this.bestOf(isKnownWhole);
    const all = await this.list();
    const whole: string[] = [];
    for (const path of all) if (await isKnownWhole(path)) whole.push(path);
    const oldestKept = whole.slice(-this.settings.keep)[0];
    const old = all.slice(0, oldestKept === undefined ? 0 : all.indexOf(oldestKept)).filter((path) => path !== best);
    const left = (await readdir(this.folder)).filter((name) => /^step-\d{8,}\.(partial|old)$/.test(name));
    for (const path of [...old, ...left.map((name) => join(this.folder, name))]) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

const stepOf = (name: string) => Number(name.slice('step-'.length));

/** Whether all of a checkpoint is as it was written, and finite. */
async function isWhole(path: string): Promise<boolean> {
  try {
    const { tensors, close } = await readCheckpoint(path);
    try {
      await assertFinite(path, tensors);
      return true;
    } finally {
      await close();
    }
  } catch (error) {
    if (error instanceof CheckpointError) return false;
    throw error;
  }
}

/** The figures of a checkpoint; undefined if it has none, or is broken. */
async function metricsIn(path: string): Promise<CheckpointMetrics | undefined> {
  try {
    const text = await readFile(join(path, 'checkpoint.json'), 'utf8');
    const { info } = fromJson(text) as { info?: Partial<RunInfo> };
    // Older ones had in the middle of an epoch the figures of the evaluation before it.
    return info?.position && info.position.batch > 0 ? undefined : info?.metrics;
  } catch {
    return undefined;
  }
}
