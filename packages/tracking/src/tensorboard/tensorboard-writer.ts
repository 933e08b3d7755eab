import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { AppendFile } from '../append-file.js';
import {
  assertEvent,
  assertFigures,
  assertList,
  assertNumber,
  assertStep,
  assertText,
} from '../events/assert-argument.js';
import { type ResumePoint, resumePoint } from '../events/behind-checkpoint.js';
import { eventMetrics } from '../events/event-metrics.js';
import { flatSettings } from '../events/flat-settings.js';
import type { Outcome, RunEvent, Sink } from '../events/run-event.js';
import { type EventFileRecord, emptyRecords } from './empty-records.js';
import { eventRecord, restartRecords, versionRecord } from './event-record.js';
import { experimentValue, type Hyperparameters, sessionEndValue, sessionStartValue } from './hparams-values.js';
import { histogramValue, imageValue, scalarValue, textValue } from './summary-values.js';

const EVENT_FILE = /^events\.out\.tfevents\.(\d+)\./;
let files = 0;

/** Of each folder, which writer last told TensorBoard to forget later steps, and how many were made until then. */
const restarts = new Map<string, { readonly by: TensorBoardWriter; readonly at: number }>();

/**
 * Writes what TensorBoard shows of one run; made by {@link tensorBoardWriter}. Everything is in the file when a call returns, so a crash
 * loses nothing.
 *
 * A folder is a run, also over several processes: `run-resumed` takes what lies behind the checkpoint out of the folder's older
 * files, and tells a TensorBoard that shows them already.
 */
export class TensorBoardWriter implements Sink {
  /** Path of the event file. */
  readonly path: string;
  private readonly folder: string;
  /** Number of this writer. */
  private readonly number = files++;
  /** The folder's files and their sizes when this writer was made: what earlier attempts wrote. */
  private readonly older: ReadonlyMap<string, number>;
  private file: AppendFile | undefined;
  private hasSession = false;
  /** Bytes that were written before the run's first event; undefined until then. */
  private begin: number | undefined;
  private lastStep = 0;
  private highestStep = Number.NEGATIVE_INFINITY;

  constructor(folder: string) {
    assertText('tensorBoardWriter', 'folder', folder);
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw new Error(
        `tensorBoardWriter: \`folder\` must be a folder, or the path of a new one: ${(error as Error).message}.`,
        { cause: error },
      );
    }
    this.folder = resolve(folder);
    // TensorBoard reads the files of a folder in the order of their names: time first.
    const names = readdirSync(folder).filter((name) => EVENT_FILE.test(name));
    this.older = new Map(names.map((name) => [name, statSync(join(folder, name)).size]));
    const times = names.map((name) => Number(EVENT_FILE.exec(name)![1]));
    const seconds = String(Math.max(Math.floor(now()), ...times.map((time) => time + 1))).padStart(10, '0');
    this.path = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${this.number}`);
    this.file = new AppendFile(this.path);
    this.file.append(versionRecord(now()));
  }

  /** A point of the curve `tag`; charts are grouped by what is before the first `/` of a tag. */
  scalar(tag: string, value: number, step: number): void {
    assertText('scalar', 'tag', tag);
    assertNumber('scalar', tag, value);
    this.scalars({ [tag]: value }, step);
  }

  /** Points of several curves at one step. */
  scalars(values: Readonly<Record<string, number>>, step: number): void {
    assertFigures('scalars', 'values', values);
    this.append(
      Object.entries(values).map(([tag, value]) => scalarValue(tag, value)),
      step,
    );
  }

  /** How values are spread at a step; those that are not finite are left out. */
  histogram(tag: string, values: ArrayLike<number>, step: number): void {
    const value = histogramValue(tag, values);
    if (value) this.append([value], step);
  }

  /**
   * An image at a step.
   *
   * @param png The bytes of a PNG file
   * @throws TypeError if they are none
   */
  image(tag: string, png: Uint8Array, step = 0): void {
    this.append([imageValue(tag, png)], step);
  }

  /** Text, shown as Markdown, at a step; 0 by default. */
  text(tag: string, markdown: string, step = 0): void {
    this.append([textValue(tag, markdown)], step);
  }

  /**
   * The run's settings, a row of the HPARAMS tab; `close` completes it with how the run ended. Values that are no numbers, texts or
   * booleans are shown as text, those of a section as `section.name`. Given again in a folder, they replace the earlier ones.
   *
   * @param metrics Tags of scalars that are the row's results. By default all are shown, and TensorBoard finds settings and results
   * by itself; with this argument it takes both from one run, so give all runs the same.
   * @throws TypeError if `settings` is no object, or `metrics` no array of tags
   */
  hparams(settings: Hyperparameters, metrics?: readonly string[]): void {
    const flat = flatSettings('hparams', 'settings', settings);
    if (metrics !== undefined) {
      const rule = "tags of scalars, such as 'evaluation/accuracy'; log their values with scalar()";
      assertList('hparams', 'metrics', rule, metrics, (tag) => typeof tag === 'string' && tag !== '');
    }
    this.emptyOlder(0, ({ tags }) => tags.some(isSessionTag));
    const experiment = metrics ? [experimentValue(flat, metrics, now())] : [];
    for (const value of [...experiment, sessionStartValue(flat, now())]) this.append([value], 0, false);
    this.hasSession = true;
  }

  /**
   * Writes an event's figures as scalars, ratios of clipping also as a histogram over layers, and why a run diverged. An event
   * without a step belongs to the last one.
   */
  write(event: RunEvent): void {
    assertEvent('tensorBoardWriter', event);
    const point = resumePoint(event);
    const { step = this.lastStep, clipStats } = event;
    assertStep('tensorBoardWriter', point?.steps ?? step);
    if (point) this.resume(point);
    else if (this.begin === undefined && (event.type === 'run-start' || event.step !== undefined)) this.start(step);
    this.lastStep = step;
    this.scalars(eventMetrics(event), step);
    if (Array.isArray(clipStats)) {
      const ratios = clipStats.map(({ largestRatio }) => largestRatio);
      this.histogram('clip/largestRatio', ratios, step);
    }
    if (event.type === 'run-diverged') this.text('diverged', event.reason ?? 'The run diverged.', step);
  }

  /** Closes the file; nothing happens the second time. */
  async close(outcome: Outcome = 'done'): Promise<void> {
    const { file } = this;
    if (file === undefined) return;
    try {
      if (this.hasSession) this.append([sessionEndValue(outcome, now())], 0, false);
    } finally {
      this.file = undefined;
      file.close();
    }
  }

  /** The run goes on at `point`: what lies behind it is taken out of the older files, and of this one. */
  private resume(point: ResumePoint): void {
    const isStale = (record: EventFileRecord) => isBehindPoint(record, point);
    const isNew = this.emptyOlder(point.steps, (record) => {
      const isSession = record.tags.some(isSessionTag);
      // The run of which the older files are has settings, and it has not ended.
      this.hasSession ||= isSession;
      return isSession ? record.tags.includes(SESSION_END) : isStale(record);
    });
    const isFirst = this.begin === undefined;
    const begin = this.begin ?? this.file!.size;
    this.begin = begin;
    if (!isFirst) emptyRecords(this.path, (record) => record.offset >= begin && isStale(record));
    this.forget(point.steps, isNew || (isFirst && this.highestStep >= point.steps));
  }

  /** The run begins at `step`, which older files may have from an attempt that left no checkpoint. */
  private start(step: number): void {
    this.begin = this.file!.size;
    let isThere = false;
    const isNew = this.emptyOlder(step, (record) => {
      isThere ||= record.step >= step && !record.tags.some(isSessionTag);
      return false;
    });
    if (isThere) this.forget(step, isNew || this.highestStep >= step);
  }

  /** Makes TensorBoard forget what it has from `step` on; not where `isNew` says that some of it is of this attempt. */
  private forget(step: number, isNew: boolean): void {
    const last = restarts.get(this.folder);
    // A second writer of the attempt would take away what the first has written since.
    if (isNew || (last && last.by !== this && last.at > this.number)) return;
    restarts.set(this.folder, { by: this, at: files });
    this.file!.append(restartRecords(step, now()));
  }

  /**
   * Empties records that earlier attempts left in the folder's other files; returns whether those have records of `step` or later
   * that were written since this writer was made.
   */
  private emptyOlder(step: number, isStale: (record: EventFileRecord) => boolean): boolean {
    let isNew = false;
    for (const name of readdirSync(this.folder)) {
      const path = join(this.folder, name);
      if (!EVENT_FILE.test(name) || path === resolve(this.path)) continue;
      const end = this.older.get(name) ?? 0;
      try {
        emptyRecords(path, (record) => {
          if (record.offset < end) return isStale(record);
          isNew ||= record.step >= step && !record.tags.some(isSessionTag);
          return false;
        });
      } catch {
        // A file that may not be changed stays as it is: the run is worth more than its chart.
      }
    }
    return isNew;
  }

  private append(values: readonly Uint8Array[], step: number, isPoint = true): void {
    if (this.file === undefined)
      throw new Error(`tensorBoardWriter: \`${this.path}\` was closed; make another writer.`);
    assertStep('tensorBoardWriter', step);
    if (values.length === 0) return;
    this.file.append(eventRecord(values, step, now()));
    if (isPoint) this.highestStep = Math.max(this.highestStep, step);
  }
}

const SESSION_END = '_hparams_/session_end_info';
const isSessionTag = (tag: string) => tag.startsWith('_hparams_/');
const isEpochTag = (tag: string) => /^(?:epoch|evaluation|emaEvaluation)\//.test(tag);

/** Whether a run that goes on at `point` writes `record` again: `isBehind` for what a file of TensorBoard tells of an event. */
function isBehindPoint({ step, tags }: EventFileRecord, { steps, isInEpoch }: ResumePoint): boolean {
  // The end of an epoch has the number of its last step; the checkpoint may have been made between the two.
  return step >= steps || (isInEpoch && step === steps - 1 && tags.every(isEpochTag));
}

/**
 * Makes a writer of a new TensorBoard event file in `folder`, which is made where it does not exist. A folder is a run: give
 * each its own, and `tensorboard --logdir` their parent.
 *
 * @param folder Path of the folder.
 * @throws TypeError for what is no path; Error when the file cannot be written.
 * @example
 * ```ts
 * import { tensorBoardWriter } from '@nfnets/tracking/node';
 *
 * const writer = tensorBoardWriter('runs/clipped');
 * writer.hparams({ batchSize: 256, clipFactor: 0.04 });
 * writer.write({ type: 'step-end', step: 0, loss: 2.3 });
 * await writer.close();
 * ```
 */
export function tensorBoardWriter(folder: string): TensorBoardWriter {
  return new TensorBoardWriter(folder);
}

function now(): number {
  return Date.now() / 1000;
}
