import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../__fixtures__/temporary-folder.js';
import { lastProgress, readPart } from './file-part.js';

it('reads whole lines on from where it was', () => {
  const path = join(temporaryFolder(), 'lines');
  expect(readPart(path, 0)).toBeUndefined();
  writeFileSync(path, 'one\ntwo\nthr');
  const first = readPart(path, 0)!;
  expect(first).toMatchObject({ text: 'one\ntwo\n', next: 8, hasMore: false });
  appendFileSync(path, 'ee\n');
  expect(readPart(path, first.next)).toMatchObject({
    text: 'three\n',
    next: 14,
    hasMore: false,
    version: first.version,
  });
  expect(readPart(path, 1e12)).toMatchObject({ text: '', next: 14, hasMore: false });
});

it('counts from the end when told to, from a whole line on', () => {
  const path = join(temporaryFolder(), 'lines');
  writeFileSync(path, 'one\ntwo\nthree\n');
  expect(readPart(path, -8)).toMatchObject({ text: 'three\n', next: 14 });
  expect(readPart(path, -100)).toMatchObject({ text: 'one\ntwo\nthree\n', next: 14 });
});

it('takes a megabyte at a time, and skips a line that is longer', () => {
  const path = join(temporaryFolder(), 'lines');
  writeFileSync(path, `${'x'.repeat(1.5 * 2 ** 20)}\n${'y\n'.repeat(10)}`);
  const first = readPart(path, 0)!;
  expect(first).toMatchObject({ text: '', next: 2 ** 20, hasMore: true });
  expect(readPart(path, first.next)!.text.endsWith('x\ny\ny\ny\ny\ny\ny\ny\ny\ny\ny\n')).toBe(true);
});

it('tells that the file is another one', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'lines');
  writeFileSync(path, 'old\n');
  const { version } = readPart(path, 0)!;
  writeFileSync(join(folder, 'new'), 'new\n');
  renameSync(join(folder, 'new'), path);
  expect(readPart(path, 0)!.version).not.toBe(version);
});

it('finds the last step, loss and accuracy', () => {
  const path = join(temporaryFolder(), 'metrics.jsonl');
  expect(lastProgress(path)).toEqual({});
  const lines = [
    { type: 'epoch', step: 4, accuracy: 0.5, loss: 1 },
    { type: 'step', step: 5, loss: 2.1 },
    { type: 'clip', step: 5, layers: {} },
  ];
  writeFileSync(path, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"type":"step","st`);
  expect(lastProgress(path)).toEqual({ step: 5, loss: 2.1, accuracy: 0.5 });
});
