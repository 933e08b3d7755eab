import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromJsonLine, toJsonLine } from './json-line.js';
import type { RunEvent, Sink } from './run-event.js';

const LINE_END = 0x0a;

/** Appends events to a file, a line of JSON each. A line is in the file when `write` returns, so a crash loses nothing. */
export class JsonLines implements Sink {
  private file: number | undefined;

  constructor(readonly path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.file = openSync(path, 'a');
    // A line that a crash cut would run into the next one.
    const bytes = readFileSync(path);
    const end = bytes.lastIndexOf(LINE_END) + 1;
    if (end < bytes.length) ftruncateSync(this.file, end);
  }

  write(event: RunEvent): void {
    if (this.file === undefined) throw new Error(`jsonLines: \`${this.path}\` was closed; make another.`);
    writeSync(this.file, `${toJsonLine(event)}\n`);
  }

  /** Closes the file; nothing happens the second time. */
  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }
}

/** Makes a sink that appends to the file `path`, which is made where it does not exist; drops a last line that a crash cut. */
export function jsonLines(path: string): JsonLines {
  return new JsonLines(path);
}

/**
 * Reads the events of a file of JSON lines; a last line that a crash cut is left out.
 *
 * @throws SyntaxError with the number of a line that is not JSON
 */
export function readJsonLines<Event = RunEvent>(path: string): Event[] {
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
