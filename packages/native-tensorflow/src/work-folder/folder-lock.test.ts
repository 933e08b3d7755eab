import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { releaseLock, takeLock } from './folder-lock.js';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nfnets-lock-'));
  lock = join(folder, 'lock.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const hold = (holder: object) => writeFileSync(lock, JSON.stringify(holder));
const isOwn = () => (JSON.parse(readFileSync(lock, 'utf8')) as { pid: number }).pid === process.pid;

it('is held by one process until it is given back', () => {
  expect(takeLock(lock)).toBeUndefined();
  expect(takeLock(lock)).toMatchObject({ pid: process.pid, host: hostname() });
  releaseLock(lock);
  expect(takeLock(lock)).toBeUndefined();
  expect(readdirSync(folder)).toEqual(['lock.json']);
});

it('is taken over from a process that is gone', () => {
  // Above the largest number that Linux gives (2 ** 22).
  hold({ pid: 2 ** 22 + 1, host: hostname() });
  expect(takeLock(lock)).toBeUndefined();
  expect([isOwn(), readdirSync(folder)]).toEqual([true, ['lock.json']]);
});

it.runIf(process.platform === 'linux')('is taken over from a process whose number another one has now (Linux)', () => {
  hold({ pid: process.ppid, host: hostname(), start: '1' });
  expect(takeLock(lock)).toBeUndefined();
  expect(isOwn()).toBe(true);
});

it('stays with a process of another machine', () => {
  hold({ pid: 2 ** 22 + 1, host: 'elsewhere' });
  expect(takeLock(lock)).toEqual({ pid: 2 ** 22 + 1, host: 'elsewhere' });
});
