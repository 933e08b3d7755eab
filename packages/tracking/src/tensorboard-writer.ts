import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { eventMetrics } from './event-metrics.js';
import { eventRecord, versionRecord } from './event-record.js';
import { experimentValue, type Hyperparameters, sessionEndValue, sessionStartValue } from './hparams-values.js';
import type { Outcome, RunEvent, Sink } from './run-event.js';
import { histogramValue, imageValue, scalarValue, textValue } from './summary-values.js';

let files = 0;

/** Writes what TensorBoard shows of one run. Everything is in the file when a call returns, so a crash loses nothing. */
export class TensorBoardWriter implements Sink {
  /** Path of the event file. */
  readonly path: string;
  private file: number | undefined;
  private hasSession = false;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    // TensorBoard reads the files of a folder in the order of their names: time first.
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
    this.path = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${files++}`);
    this.file = openSync(this.path, 'a');
    writeSync(this.file, versionRecord(now()));
  }

  /** A point of the curve `tag`; charts are grouped by what is before the first `/` of a tag. */
  scalar(tag: string, value: number, step: number): void {
    this.scalars({ [tag]: value }, step);
  }

  /** Points of several curves at one step. */
  scalars(values: Readonly<Record<string, number>>, step: number): void {
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
  image(tag: string, png: Uint8Array, step: number): void {
    this.append([imageValue(tag, png)], step);
  }

  /** Text at a step, shown as Markdown. */
  text(tag: string, markdown: string, step: number): void {
    this.append([textValue(tag, markdown)], step);
  }

  /**
   * The run's settings, a row of the HPARAMS tab; `close` completes it with how the run ended.
   *
   * @param metrics Tags of scalars that are the row's results
   */
  hparams(settings: Hyperparameters, metrics: readonly string[] = ['evaluation/accuracy', 'evaluation/loss']): void {
    this.hasSession = true;
    this.append([experimentValue(settings, metrics, now())], 0);
    this.append([sessionStartValue(settings, now())], 0);
  }

  /** Writes an event's figures as scalars, ratios of clipping also as a histogram over layers, and why a run diverged. */
  write(event: RunEvent): void {
    const { step = 0, clipStats } = event;
    this.scalars(eventMetrics(event), step);
    if (clipStats) {
      const ratios = clipStats.map(({ largestRatio }) => largestRatio);
      this.histogram('clip/largestRatio', ratios, step);
    }
    if (event.type === 'run-diverged') this.text('diverged', event.reason ?? 'The run diverged.', step);
  }

  /** Closes the file; nothing happens the second time. */
  async close(outcome: Outcome = 'done'): Promise<void> {
    if (this.file === undefined) return;
    if (this.hasSession) this.append([sessionEndValue(outcome, now())], 0);
    closeSync(this.file);
    this.file = undefined;
  }

  private append(values: readonly Uint8Array[], step: number): void {
    if (this.file === undefined)
      throw new Error(`tensorBoardWriter: \`${this.path}\` was closed; make another writer.`);
    if (!Number.isSafeInteger(step)) {
      throw new RangeError(`tensorBoardWriter: \`step\` must be a whole number, got ${step}.`);
    }
    if (values.length > 0) writeSync(this.file, eventRecord(values, step, now()));
  }
}

/**
 * Makes a writer of a new TensorBoard event file in `folder`, which is made where it does not exist. A folder is a run: give
 * each its own, and `tensorboard --logdir` their parent.
 */
export function tensorBoardWriter(folder: string): TensorBoardWriter {
  return new TensorBoardWriter(folder);
}

function now(): number {
  return Date.now() / 1000;
}
