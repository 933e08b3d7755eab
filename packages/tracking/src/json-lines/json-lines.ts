import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppendFile } from '../append-file.js';
import { assertEvent, assertText } from '../events/assert-argument.js';
import { isBehind, type ResumePoint, resumePoint } from '../events/behind-checkpoint.js';
import type { RunEvent, Sink } from '../events/run-event.js';
import { fromJsonLine, toJsonLine } from './json-line.js';

const LINE_END = 0x0a;

/**
 * Appends events to a file, a line of JSON each; made by {@link jsonLines}. A line is in the file when `write` returns, so a crash loses
 * nothing.
 *
 * `run-resumed` cuts what lies behind the checkpoint, so that the file has each step once. A run that begins anew over the steps
 * of an earlier one leaves those in `PATH.1`, the next in `PATH.2`.
 */
export class JsonLines implements Sink {
  private file: AppendFile | undefined;
  /** Where the lines of this process begin; undefined once it is known how they go on from those before. */
  private begin: number | undefined;

  constructor(readonly path: string) {
    assertText('jsonLines', 'path', path);
    mkdirSync(dirname(path), { recursive: true });
    this.file = new AppendFile(path);
    // A line that a crash cut would run into the next one.
    this.begin = readFileSync(path).lastIndexOf(LINE_END) + 1;
    if (this.begin < this.file.size) this.file.cut(this.begin);
  }

  /** @throws TypeError that names the field, where one has no JSON: a BigInt, something that holds itself */
  write(event: RunEvent): void {
    if (this.file === undefined) throw new Error(`jsonLines: \`${this.path}\` was closed; make another.`);
    assertEvent('jsonLines', event);
    const line = Buffer.from(`${lineOf(event)}\n`);
    const point = resumePoint(event);
    if (point) this.file.cut(endBefore(this.path, point));
    else if (this.begin !== undefined && isBeginning(event)) this.putAside(this.begin, event.step ?? 0);
    if (point || isBeginning(event)) this.begin = undefined;
    this.file.append(line);
  }

  /** Closes the file; nothing happens the second time. */
  close(): void {
    this.file?.close();
    this.file = undefined;
  }

  /** Moves the first `begin` bytes to another file, if they hold a step from `step` on. */
  private putAside(begin: number, step: number): void {
    if (endBefore(this.path, { steps: step }, begin) === begin) return;
    let number = 1;
    while (existsSync(`${this.path}.${number}`)) number++;
    const [aside, own] = [`${this.path}.${number}`, `${this.path}.tmp`];
    copyFileSync(this.path, aside);
    truncateSync(aside, begin);
    writeFileSync(own, readFileSync(this.path).subarray(begin));
    this.file!.close();
    renameSync(own, this.path);
    this.file = new AppendFile(this.path);
  }
}

/** Whether `event` tells where a run begins, or goes on without a word. */
const isBeginning = ({ type }: RunEvent) => type === 'run-start' || type === 'step-end' || type === 'epoch-end';

/** Bytes of the lines before the first that a run which goes on at `point` will write again, among the first `size` of the file. */
function endBefore(path: string, point: Pick<ResumePoint, 'steps' | 'epoch'>, size = Infinity): number {
  const bytes = readFileSync(path).subarray(0, size);
  for (let start = 0; ; ) {
    const end = bytes.indexOf(LINE_END, start);
    if (end === -1) return start;
    if (isBehind(eventOf(bytes.toString('utf8', start, end)), point)) return start;
    start = end + 1;
  }
}

/** A line that somebody else wrote is no reason to lose the others. */
function eventOf(line: string): RunEvent {
  try {
    return (fromJsonLine(line) ?? { type: '' }) as RunEvent;
  } catch {
    return { type: '' };
  }
}

function lineOf(event: RunEvent): string {
  try {
    return toJsonLine(event);
  } catch (error) {
    const name = Object.entries(event).find(([, value]) => !hasJson(value))?.[0] ?? 'event';
    throw new TypeError(
      `jsonLines: \`${name}\` of a ${event.type} event must have a JSON form (${(error as Error).message.split('\n')[0]}). ` +
        'Write it as a text or a number.',
    );
  }
}

function hasJson(value: unknown): boolean {
  try {
    toJsonLine({ value });
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes a sink that appends to the file `path`, which is made where it does not exist; drops a last line that a crash cut.
 *
 * @param path Path of the file.
 * @throws TypeError for what is no path; Error when the file cannot be written.
 * @example
 * ```ts
 * import { jsonLines } from '@nfnets/tracking/node';
 *
 * const log = jsonLines('events.jsonl');
 * log.write({ type: 'step-end', step: 0, loss: 2.3 });
 * log.close();
 * ```
 */
export function jsonLines(path: string): JsonLines {
  return new JsonLines(path);
}

/**
 * Reads the events of a file of JSON lines; a last line that a crash cut is left out.
 *
 * @param path Path of the file.
 * @throws SyntaxError with the number of a line that is not JSON; Error if there is no such file.
 * @example
 * ```ts
 * import { readJsonLines } from '@nfnets/tracking/node';
 *
 * const losses = readJsonLines('events.jsonl').flatMap(({ type, loss }) => (type === 'step-end' ? [loss] : []));
 * ```
 */
export function readJsonLines<Event = RunEvent>(path: string): Event[] {
  assertText('readJsonLines', 'path', path);
  const lines = readFileSync(path, 'utf8').split('\n');
  // Behind the last line end there is nothing, or what a crash cut.
  return lines.slice(0, -1).map((line, i) => {
    try {
      return fromJsonLine(line) as Event;
    } catch (error) {
      throw new SyntaxError(`readJsonLines: line ${i + 1} of \`${path}\` must be JSON: ${(error as Error).message}.`);
    }
  });
}
