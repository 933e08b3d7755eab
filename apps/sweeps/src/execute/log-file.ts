import { closeSync, openSync, writeSync } from 'node:fs';

const TAIL_CHARACTERS = 4000;

/**
 * A log at `path` that never fails: what a full disk refuses is dropped, and the last lines stay in memory. It goes on
 * where an earlier attempt's ends.
 */
export function logFile(path: string): { write(data: Uint8Array): void; close(): string } {
  let file: number | undefined;
  let tail = '';
  try {
    file = openSync(path, 'a');
  } catch {
    // The trial's own status will tell; its output is still kept in `tail`.
  }
  return {
    write(data) {
      tail = (tail + Buffer.from(data).toString('utf8')).slice(-TAIL_CHARACTERS);
      try {
        if (file !== undefined) writeSync(file, data);
      } catch {
        // As above.
      }
    },
    /** Closes the file and returns the last lines. */
    close() {
      if (file !== undefined) closeSync(file);
      return tail.split('\n').slice(-25).join('\n').trimEnd();
    },
  };
}
