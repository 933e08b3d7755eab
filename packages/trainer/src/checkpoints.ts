import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assertInRange, assertInteger, show } from './check-option.js';
import type { Checkpoint, CheckpointMetrics, CheckpointStore, FoundCheckpoint, RunInfo } from './checkpoint.js';
import { CheckpointError } from './checkpoint-error.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint-folder.js';
import type { EpochEnd, StepEnd } from './train-event.js';

/** Figures by which a checkpoint is the best: the largest accuracy, the smallest loss; with `ema`, of the averages. */
const BEST = ['accuracy', 'loss', 'emaAccuracy', 'emaLoss'] as const satisfies readonly (keyof CheckpointMetrics)[];

export interface CheckpointsOptions {
  /** Saves after every so many steps, beside epochs. */
  readonly everySteps?: number;
  /** Saves when so many seconds have gone since the last time, after a step. */
  readonly everySeconds?: number;
  /** Saves after every so many epochs. Default 1; Infinity for never. */
  readonly everyEpochs?: number;
  /** How many are kept; the oldest goes when a new one is safe. Default 3. */
  readonly keep?: number;
  /** Keeps the best as well, by this figure of the evaluation, and saves after every evaluation. */
  readonly keepBest?: (typeof BEST)[number];
  /** `'auto'` (the default) goes on with the newest, or begins; `'must'` makes it an error that there is none. */
  readonly resume?: 'auto' | 'must';
}

/** The checkpoints of one run in a folder, made by {@link checkpoints}. */
export interface Checkpoints extends CheckpointStore {
  /** Has the run save after the step that it is at: before a process ends, say. */
  saveSoon(): void;
  /** The folders of the checkpoints, oldest first. */
  list(): Promise<string[]>;
  /** The folder of the best, by `keepBest`; undefined while there is none. For `loadCheckpoint`. */
  best(): Promise<string | undefined>;
}

/**
 * Keeps the checkpoints of a run in `folder`, one folder for each: `step-00000500/`. What a crash leaves is never half a
 * checkpoint, and one that was truncated or changed is passed over for the one before it.
 *
 * @throws RangeError if an option is out of range
 */
export function checkpoints(folder: string, options: CheckpointsOptions = {}): Checkpoints {
  const { everySteps, everySeconds, everyEpochs = 1, keep = 3, keepBest, resume = 'auto' } = options;
  assertInteger('checkpoints', 'everySteps', everySteps ?? 1, 1);
  assertInRange('checkpoints', 'everySeconds', everySeconds ?? 0, 0);
  if (everyEpochs !== Infinity) assertInteger('checkpoints', 'everyEpochs', everyEpochs, 1);
  assertInteger('checkpoints', 'keep', keep, 1);
  if (keepBest !== undefined && !BEST.includes(keepBest)) {
    throw new RangeError(`checkpoints: \`keepBest\` must be one of ${BEST.join(', ')}, got ${show(keepBest)}.`);
  }
  if (resume !== 'auto' && resume !== 'must') {
    throw new RangeError(`checkpoints: \`resume\` must be 'auto' or 'must', got ${show(resume)}.`);
  }
  return new CheckpointFolder(folder, { everySteps, everySeconds, everyEpochs, keep, keepBest, resume });
}

type Settings = { readonly [Key in keyof CheckpointsOptions]-?: CheckpointsOptions[Key] | undefined } & {
  readonly keep: number;
  readonly everyEpochs: number;
};

class CheckpointFolder implements Checkpoints {
  private isAsked = false;
  private lastSaved = performance.now();

  constructor(
    private readonly folder: string,
    private readonly settings: Settings,
  ) {}

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
    const { keepBest } = this.settings;
    if (keepBest === undefined) return undefined;
    const sign = keepBest.toLowerCase().endsWith('loss') ? -1 : 1;
    let best: { path: string; value: number } | undefined;
    for (const path of await this.list()) {
      const value = (await metricsIn(path))?.[keepBest];
      if (value !== undefined && (!best || sign * value > sign * best.value)) best = { path, value };
    }
    return best?.path;
  }

  async find(): Promise<FoundCheckpoint | undefined> {
    const refused: string[] = [];
    for (const path of (await this.list()).reverse()) {
      try {
        return { ...(await readCheckpoint(path)), refused };
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
    this.isAsked = false;
    this.lastSaved = performance.now();
    await this.rotate();
    return path;
  }

  /** Deletes what is neither among the newest nor the best, and what writers that were killed have left. */
  private async rotate(): Promise<void> {
    const best = await this.best();
    const old = (await this.list()).slice(0, -this.settings.keep).filter((path) => path !== best);
    const left = (await readdir(this.folder)).filter((name) => /^step-\d{8,}\.(partial|old)$/.test(name));
    for (const path of [...old, ...left.map((name) => join(this.folder, name))]) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

const stepOf = (name: string) => Number(name.slice('step-'.length));

/** The figures of a checkpoint; undefined if it has none, or is broken. */
async function metricsIn(path: string): Promise<CheckpointMetrics | undefined> {
  try {
    const text = await readFile(join(path, 'checkpoint.json'), 'utf8');
    return (JSON.parse(text) as { info?: Partial<RunInfo> }).info?.metrics;
  } catch {
    return undefined;
  }
}
