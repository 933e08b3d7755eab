import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromJsonLine, toJsonLine } from './json-line.js';
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

describe('jsonLines of a run that goes on', () => {
  const steps = (path: string) =>
    readJsonLines(path).map(({ type, step, epoch }) => `${type[0]}${step ?? epoch ?? ''}`);
  const step = (step: number, attempt = 0) => ({ type: 'step-end', step, epoch: Math.floor(step / 5), loss: attempt });
  const epochEnd = (step: number) => ({ type: 'epoch-end', step, epoch: Math.floor(step / 5) });
  const write = (path: string, events: readonly object[]) => {
    const sink = jsonLines(path);
    for (const event of events) sink.write(event as never);
    return sink;
  };
  let path: string;
  beforeEach(() => {
    path = join(folder, 'events.jsonl');
  });

  it('has each step once, whatever was behind the checkpoint', () => {
    write(path, [
      { type: 'run-start' },
      step(0),
      step(1),
      step(2),
      { type: 'checkpoint-saved', step: 1 },
      step(3),
      { type: 'note' },
    ]);
    appendFileSync(path, '{"type":"step-end","st');
    const again = write(path, [{ type: 'run-resumed', steps: 2, epoch: 0, samples: 8 }, step(2, 1), step(3, 1)]);
    expect(steps(path)).toEqual(['r', 's0', 's1', 'r0', 's2', 's3']);
    expect(readJsonLines(path).at(-1)).toEqual(step(3, 1));
    // The same process, and another one that goes on from nothing.
    again.write({ type: 'run-resumed', steps: 1 });
    again.write(step(1, 2));
    expect(steps(path)).toEqual(['r', 's0', 'r', 's1']);
    write(path, [{ type: 'run-resumed', steps: 0, epoch: 0, samples: 0 }, step(0, 3)]);
    expect(steps(path)).toEqual(['r', 'r0', 's0']);
  });

  it('has the end of an epoch once, whose checkpoint was made before its evaluation, and one end of the run', () => {
    const events = [step(3), step(4), epochEnd(4), step(5), { type: 'run-end', steps: 6 }];
    write(path, events);
    write(path, [{ type: 'run-resumed', steps: 5, epoch: 0, samples: 40 }, epochEnd(4), step(5)]);
    expect(steps(path)).toEqual(['s3', 's4', 'r0', 'e4', 's5']);
    write(path, [{ type: 'run-resumed', steps: 5, epoch: 1, samples: 0 }, step(5)]);
    expect(steps(path)).toEqual(['s3', 's4', 'r0', 'e4', 'r1', 's5']);
    write(path, [{ type: 'run-end', steps: 6 }]);
    write(path, [
      { type: 'run-resumed', steps: 6, epoch: 1, samples: 8 },
      { type: 'run-end', steps: 6 },
    ]);
    expect(steps(path)).toEqual(['s3', 's4', 'r0', 'e4', 'r1', 's5', 'r1', 'r']);
  });

  it('begins anew without a checkpoint, and keeps what an earlier attempt left', () => {
    write(path, [{ type: 'run-start' }, step(0), step(1)]);
    write(path, [{ type: 'hello' }, { type: 'run-start' }, step(0, 1)]);
    expect(steps(path)).toEqual(['h', 'r', 's0']);
    expect(steps(`${path}.1`)).toEqual(['r', 's0', 's1']);
    write(path, [step(0, 2)]);
    expect(readJsonLines(path)).toEqual([step(0, 2)]);
    expect(steps(`${path}.2`)).toEqual(['h', 'r', 's0']);
    // A loop of one's own that says nothing, and goes on.
    write(path, [step(1, 2)]);
    expect(steps(path)).toEqual(['s0', 's1']);
  });
});

describe('jsonLines after an error', () => {
  it('names what has no JSON, and takes the next event', () => {
    const path = join(folder, 'events.jsonl');
    const sink = jsonLines(path);
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(() => sink.write({ type: 'x', settings: { seed: 3n } } as never)).toThrow(
      'jsonLines: `settings` of a x event must have a JSON form (Do not know how to serialize a BigInt).',
    );
    expect(() => sink.write({ type: 'x', circular } as never)).toThrow('`circular` of a x event must have a JSON form');
    expect(() => sink.write(3 as never)).toThrow("jsonLines: an event must be an object like { type: 'step-end'");
    sink.write({ type: 'y', at: new Date(0), what: undefined, of: () => 1 } as never);
    sink.close();
    expect(readJsonLines(path)).toEqual([{ type: 'y', at: '1970-01-01T00:00:00.000Z' }]);
    for (const bad of [undefined, 3, ''])
      expect(() => jsonLines(bad as never)).toThrow('jsonLines: `path` must be a text');
    expect(() => readJsonLines(undefined as never)).toThrow('readJsonLines: `path` must be a text');
  });

  it('tells a text from a number of that name', () => {
    const event = { type: 'NaN', layer: 'Infinity', loss: Number.NaN, name: '\\NaN' };
    expect(fromJsonLine(toJsonLine(event))).toEqual(event);
    expect(() => fromJsonLine(undefined as never)).toThrow('fromJsonLine: `line` must be a text');
    expect(() => toJsonLine(undefined as never)).toThrow('toJsonLine: `event` must be an object, got undefined.');
  });
});
