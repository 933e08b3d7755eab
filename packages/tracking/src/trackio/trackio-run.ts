import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkOptions, type Rule, rule } from '@nfnets/options';
import { assertEvent, assertFigures, assertStep } from '../events/assert-argument.js';
import { eventMetrics } from '../events/event-metrics.js';
import { flatSettings, type Settings } from '../events/flat-settings.js';
import type { Outcome, RunEvent, Sink } from '../events/run-event.js';
import {
  pythonTime,
  type TrackioAlert,
  type TrackioMetric,
  type TrackioRunName,
  trackioAlert,
  trackioMetric,
} from './trackio-records.js';

/** Options of {@link trackioRun}. */
export interface TrackioOptions {
  /** Trackio's folder, its `TRACKIO_DIR`; made where it does not exist. */
  readonly dir: string;
  /** Name of the project; its dashboard has a page for each. */
  readonly project: string;
  /** Name of the run. */
  readonly run: string;
  /** What tells the run from others of its name; the same again to go on with it. Default the name. */
  readonly runId?: string;
  /** Settings, shown beside the metrics: of any type, those of a section as `section.name`. Default none. */
  readonly config?: Settings;
}

/** Records and milliseconds between two files. */
const EVERY = { records: 500, milliseconds: 10_000 };

/** A run in Trackio's folder, made by {@link trackioRun}. */
export class TrackioRun implements Sink {
  private readonly inbox: string;
  private readonly name: TrackioRunName;
  private waiting: (TrackioMetric | TrackioAlert)[] = [];
  private files = 0;
  private savedAt = Date.now();
  /** How many records are worth a file; more where the last one could not be written. */
  private enough = EVERY.records;
  private lastStep = 0;
  private isClosed = false;
  private config: TrackioMetric['config'];

  constructor(options: TrackioOptions) {
    checkOptions<TrackioOptions>(
      'trackioRun',
      options,
      { dir: aString, project: aString, run: aString, runId: aString, config: anObject },
      {
        required: ['dir', 'project', 'run'],
        instead: { name: 'It is `run`.', space_id: 'A Space is not written to; `dir` is a folder.' },
      },
    );
    const { dir, project, run, runId = run, config = {} } = options;
    this.name = { project, run, run_id: runId };
    // One folder for each writer: no two processes ever write into one file.
    this.inbox = join(dir, 'inbox', randomBytes(8).toString('hex'));
    const ofTrackio = { _Username: null, _Created: pythonTime(new Date()), _Group: null };
    this.config = { ...flatSettings('trackioRun', 'config', config), ...ofTrackio };
  }

  /**
   * Points of metrics at one step. Returns before they are in a file. Of a step that was logged with the same names before, in an
   * earlier process too, Trackio keeps the first.
   *
   * @throws TypeError or RangeError if a value is no number, or the step not whole
   */
  log(metrics: Readonly<Record<string, number>>, step: number): void {
    assertFigures('log', 'metrics', metrics);
    assertStep('log', step);
    this.add(metrics, step, Object.keys(metrics).sort().join());
  }

  /** Logs an event's figures; a divergence becomes an alert. What there is is written at a checkpoint, from which the run may go on. */
  write(event: RunEvent): void {
    assertEvent('trackioRun', event);
    this.add(eventMetrics(event), event.step ?? 0, event.type);
    if (event.type === 'run-diverged') this.alert('diverged', event.reason ?? null);
    if (event.type === 'run-diverged' || event.type === 'checkpoint-saved') this.save();
  }

  /** Writes what is left. Trackio has no states of a run: one that failed gets an alert. Nothing happens once that is done. */
  close(outcome: Outcome = 'done'): void {
    if (this.isClosed) return;
    if (outcome === 'failed') this.alert('failed', null);
    this.save();
    this.isClosed = true;
  }

  private add(metrics: Readonly<Record<string, number>>, step: number, source: string): void {
    if (Object.keys(metrics).length === 0) return;
    this.lastStep = step;
    const record = trackioMetric(this.name, metrics, step, source, new Date());
    // Trackio takes the settings from any record of the run.
    this.waiting.push(this.config ? { ...record, config: this.config } : record);
    this.config = null;
    if (this.waiting.length >= this.enough || Date.now() - this.savedAt >= EVERY.milliseconds) this.save();
  }

  private alert(title: string, text: string | null): void {
    this.waiting.push(trackioAlert(this.name, { title, text }, this.lastStep, new Date()));
  }

  /** Moves what waits into a file of its own; it stays where that fails. */
  private save(): void {
    this.savedAt = Date.now();
    if (this.waiting.length === 0) return;
    this.enough = this.waiting.length + EVERY.records;
    // Trackio removes the folder once it has read all that is in it.
    mkdirSync(this.inbox, { recursive: true });
    const path = join(this.inbox, `${String(this.files).padStart(8, '0')}.jsonl`);
    writeFileSync(`${path}.tmp`, this.waiting.map((record) => `${JSON.stringify(record)}\n`).join(''));
    renameSync(`${path}.tmp`, path);
    this.waiting = [];
    this.enough = EVERY.records;
    this.files++;
  }
}

const aString: Rule = rule(
  'a string that is not empty',
  (value) => typeof value === 'string' && value !== '',
  'string',
);
const anObject: Rule = rule(
  'an object of names and values',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

/**
 * Begins a run in the folder of Hugging Face's Trackio, or goes on with one. It is written as Trackio itself does on network file systems:
 * JSON lines in `DIR/inbox/WRITER/`, which `trackio show` takes into its database (0.36, `trackio/fragments.py`), within 15 seconds while
 * it is open. So any number of processes may write, and nothing of Trackio need be here.
 *
 * @throws TypeError or RangeError for an option that cannot be used.
 * @example
 * ```ts
 * import { trackioRun } from '@nfnets/tracking/node';
 *
 * const run = trackioRun({ dir: 'trackio', project: 'digits', run: 'first', config: { batchSize: 256 } });
 * run.write({ type: 'step-end', step: 0, loss: 2.3 });
 * run.close(); // then: TRACKIO_DIR=trackio trackio show --project digits
 * ```
 */
export function trackioRun(options: TrackioOptions): TrackioRun {
  return new TrackioRun(options);
}
