import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeFolder } from '../../make-folder.js';
import { ownCommand } from '../../own-command.js';
import { writeFileSafely } from '../../store/index.js';
import { SweepError } from '../../sweep-error.js';
import { arrayRange, arrayScript, chunks, outputPath } from './array-script.js';
import { liveTasks, slurm, type TaskState } from './slurm-programs.js';
import { type ArrayLoad, dealSlots } from './slurm-slots.js';

export interface SlurmArraysOptions {
  readonly engine: string;
  /** Trials at a time. */
  readonly parallel: number;
  /** For `sbatch`, as `--partition=gpu`, `--gres=gpu:1`, `--time=4:00:00`. */
  readonly arguments: readonly string[];
  readonly trialModule?: string;
  /** Tasks of a trial, which train it together. Default 1. */
  readonly workers?: number;
  /** Whether they may be on several nodes. Default false. */
  readonly trustNetwork?: boolean;
  readonly command?: readonly [string, ...string[]];
}

/** What `sbatch` says where it may take the same later, or a smaller array. */
const LATER =
  /temporarily|timed? ?out|try again|unable to contact|not responding|connection|communication|zero bytes|max(?:submit|job|array)|limit/i;
const SMALLER = /max(?:submit|job|array)|limit|resource temporarily/i;

/**
 * The job arrays of a sweep: those that earlier processes submitted, or were about to, and those of this one. Each has a random
 * name, and a file of that name lists the folders of its trials.
 */
export class SlurmArrays {
  private readonly arrays: Map<string, readonly string[]>;
  /** Names of those that `sbatch` has not taken yet. */
  private readonly unsubmitted = new Set<string>();
  private readonly submitted = new Set<string>();
  /** How many tasks may run at a time, of arrays of which it is known. */
  private readonly throttles = new Map<string, number>();
  private tasks: readonly TaskState[] = [];
  private isSubmitting = false;
  private error: SweepError | undefined;
  /** How often in a row `sbatch` has failed. */
  failures = 0;

  constructor(
    private readonly folder: string,
    private readonly options: SlurmArraysOptions,
  ) {
    makeFolder(folder);
    const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));
    const read = (name: string) => readFileSync(join(folder, name), 'utf8').trim().split('\n');
    this.arrays = new Map(files.map((name) => [basename(name, '.txt'), read(name)]));
  }

  /** Asks for the tasks that wait or run. */
  async look(): Promise<void> {
    this.tasks = await liveTasks([...this.arrays.keys()]);
    // It took an array after all, though it did not say so.
    for (const { name } of this.tasks) this.isTaken(name);
  }

  /** The states of the trials that have a task, or will get one, by their folders. */
  states(): Map<string, string> {
    const waiting = [...this.unsubmitted].flatMap((name) => this.arrays.get(name)!);
    return new Map([
      ...waiting.map((dir) => [dir, 'UNSUBMITTED'] as const),
      ...this.tasks.map(({ name, task, state }) => [this.arrays.get(name)![task]!, state] as const),
    ]);
  }

  /** Whether something of the sweep is in the cluster. */
  get isLive(): boolean {
    return this.tasks.length > 0;
  }

  /** Whether this process has submitted anything. */
  get hasSubmitted(): boolean {
    return this.submitted.size > 0;
  }

  /** Why something is not submitted yet; undefined where all is. */
  get failure(): SweepError | undefined {
    return this.unsubmitted.size > 0 ? this.error : undefined;
  }

  /** Whether what failed may well go later. */
  get mayGoLater(): boolean {
    return LATER.test(this.error?.message ?? '');
  }

  /** Takes note of trials that are to be submitted, in arrays of at most `size`. */
  add(dirs: readonly string[], size: number): void {
    const { engine, trialModule, workers = 1, trustNetwork = false, command = ownCommand() } = this.options;
    const broken = dirs.find((dir) => dir.includes('\n'));
    if (broken !== undefined) {
      throw new SweepError(`${JSON.stringify(broken)}: the slurm executor lists folders in lines. Give another --out.`);
    }
    for (const some of chunks(dirs, size)) {
      const name = `nf-sweeps-${randomUUID().slice(0, 8)}`;
      const manifest = join(this.folder, `${name}.txt`);
      writeFileSafely(manifest, `${some.join('\n')}\n`);
      const script = arrayScript({
        manifest,
        command,
        engine,
        workers,
        trustNetwork,
        ...(trialModule ? { trialModule } : {}),
      });
      writeFileSafely(this.script(name), script);
      this.arrays.set(name, some);
      this.unsubmitted.add(name);
    }
  }

  /**
   * Begins to submit what is not yet, until `sbatch` refuses; it may be long about it. What is not submitted by then stays for the
   * next call. `stop` ends it.
   */
  submit(stop: AbortSignal): void {
    if (this.isSubmitting) return;
    this.isSubmitting = true;
    void this.submitAll(stop).finally(() => {
      this.isSubmitting = false;
    });
  }

  /** Gives each array so many slots that no more than `parallel` tasks run in all; where that fails, the next call mends it. */
  async share(): Promise<void> {
    const { parallel } = this.options;
    const loads = new Map(this.loads().map((load) => [load.id, load]));
    const changes = dealSlots([...loads.values()], parallel).map(({ id, slots }) => {
      const { running, pending, isHeld, name } = loads.get(id)!;
      const most = isHeld ? running : Math.min(this.throttles.get(name) ?? Number.POSITIVE_INFINITY, running + pending);
      return { id, name, slots, isHeld, most };
    });
    // Those that get fewer first: what they give up is for the others.
    const isMore = ({ slots, most }: (typeof changes)[number]) => slots > most;
    for (const change of changes.toSorted((a, b) => Number(isMore(a)) - Number(isMore(b)))) {
      const { id, name, slots, isHeld, most } = change;
      if (slots === 0) {
        // As a user's own hold, also where it is root's: that one is for the user to release.
        if (!isHeld) await changeJob('uhold', id);
        continue;
      }
      // It may go on with as many as it has, and stays held.
      if (isHeld && !isMore(change)) continue;
      if (slots !== most) {
        await changeJob('update', `JobId=${id}`, `ArrayTaskThrottle=${slots}`);
        this.throttles.set(name, slots);
      }
      if (isHeld) await changeJob('release', id);
    }
  }

  /** Calls `scancel` for all tasks; it fails where there are none, which is well. */
  async cancel(...args: string[]): Promise<void> {
    const names = new Set([...this.submitted, ...this.tasks.map(({ name }) => name)]);
    for (const name of names) await slurm('scancel', `--name=${name}`, ...args).catch(() => {});
  }

  /** Forgets what could not be submitted, and returns the folders of its trials. */
  giveUp(): string[] {
    const dirs = [...this.unsubmitted].flatMap((name) => this.arrays.get(name)!);
    for (const name of this.unsubmitted) this.forget(name);
    return dirs;
  }

  private async submitAll(stop: AbortSignal): Promise<void> {
    const { workers = 1 } = this.options;
    for (const name of [...this.unsubmitted]) {
      if (stop.aborted) return;
      const dirs = this.arrays.get(name)!;
      // The first may begin at once, the others when it is their turn.
      const isTurn = this.tasks.length === 0 && !this.hasSubmitted;
      try {
        await slurm(
          { program: 'sbatch', signal: stop },
          ...[`--job-name=${name}`, `--array=${arrayRange(dirs.length, this.options.parallel)}`],
          // Also in the script, but variables of the user's environment would win over that.
          ...[
            '--requeue',
            '--open-mode=append',
            '--signal=B:USR1@120',
            `--output=${outputPath(join(this.folder, `${name}.log`))}`,
          ],
          ...(isTurn ? [] : ['--hold']),
          ...this.options.arguments,
          // The last of several counts.
          ...(workers > 1 ? [`--ntasks=${workers}`] : []),
          this.script(name),
        );
        this.isTaken(name);
        this.throttles.set(name, this.options.parallel);
        this.failures = 0;
      } catch (error) {
        this.error = error instanceof SweepError ? error : new SweepError((error as Error).message);
        this.failures++;
        if (dirs.length > 1 && SMALLER.test(this.error.message)) {
          this.forget(name);
          this.add(dirs, Math.ceil(dirs.length / 2));
        }
        return;
      }
    }
  }

  private isTaken(name: string): void {
    this.unsubmitted.delete(name);
    this.submitted.add(name);
  }

  private forget(name: string): void {
    this.unsubmitted.delete(name);
    this.arrays.delete(name);
    for (const file of [join(this.folder, `${name}.txt`), this.script(name)]) rmSync(file, { force: true });
  }

  private script(name: string): string {
    return join(this.folder, `${name}.sh`);
  }

  private loads(): (ArrayLoad & { readonly name: string })[] {
    const groups = new Map<string, TaskState[]>();
    for (const task of this.tasks) {
      if (!groups.has(task.array!)) groups.set(task.array!, []);
      groups.get(task.array!)!.push(task);
    }
    return [...groups]
      .toSorted(([a], [b]) => Number(a) - Number(b))
      .map(([id, tasks]) => {
        const pending = tasks.filter(({ state }) => WAITING.test(state));
        const isHeld = pending.some(({ reason = '' }) => /held/i.test(reason));
        return { id, name: tasks[0]!.name, running: tasks.length - pending.length, pending: pending.length, isHeld };
      });
  }
}

/** Calls `scontrol`, which fails where some tasks of an array have ended, though it changes the others. */
async function changeJob(...args: string[]): Promise<void> {
  try {
    await slurm('scontrol', ...args);
  } catch (error) {
    if (!/already finished|no longer pending/i.test((error as Error).message)) throw error;
  }
}

const WAITING = /^(?:PENDING|REQUEUE\w*|SPECIAL_EXIT)$/;
