import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonLines, readJsonLines } from './json-lines.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nfnets-tracking-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const EVENTS = [
  { type: 'run-start', isCompiled: false },
  { type: 'step-end', step: 0, loss: Number.NaN, note: 'zwei\nZeilen' },
  { type: 'step-end', step: 1, loss: Infinity, evaluation: { loss: -Infinity } },
];

describe('jsonLines', () => {
  it('writes a line an event, each at once, and makes the folder', () => {
    const path = join(folder, 'a/b/events.jsonl');
    const sink = jsonLines(path);
    for (const [i, event] of EVENTS.entries()) {
      sink.write(event);
      expect(readJsonLines(path)).toEqual(EVENTS.slice(0, i + 1));
    }
    expect(readFileSync(path, 'utf8').split('\n')[1]).toBe(
      '{"type":"step-end","step":0,"loss":"NaN","note":"zwei\\nZeilen"}',
    );
    sink.close();
    sink.close();
    expect(() => sink.write({ type: 'x' })).toThrow(`jsonLines: \`${path}\` was closed; make another.`);
  });

  it('goes on after a crash at any byte, with all whole lines before it', () => {
    const path = join(folder, 'events.jsonl');
    const whole = jsonLines(path);
    for (const event of EVENTS) whole.write(event);
    whole.close();
    const bytes = readFileSync(path);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length }), (length) => {
        writeFileSync(path, bytes.subarray(0, length));
        const before = bytes.subarray(0, length).filter((byte) => byte === 10).length;
        expect(readJsonLines(path)).toEqual(EVENTS.slice(0, before));
        const sink = jsonLines(path);
        sink.write({ type: 'run-end' });
        sink.close();
        expect(readJsonLines(path)).toEqual([...EVENTS.slice(0, before), { type: 'run-end' }]);
      }),
    );
  });

  it('names a line that is not JSON', () => {
    const path = join(folder, 'events.jsonl');
    writeFileSync(path, '{}\n');
    appendFileSync(path, '{"a":\n{}\n');
    expect(() => readJsonLines(path)).toThrow(`readJsonLines: line 2 of \`${path}\` must be JSON`);
  });
});
