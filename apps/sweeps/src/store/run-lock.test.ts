import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { SweepError } from '../sweep-error.js';
import { isAlive, processIdentity } from './process-identity.js';
import { readPlan } from './run-folder.js';
import { lockRunFolder } from './run-lock.js';
import { writeFileSafely } from './write-file-safely.js';

describe('lockRunFolder', () => {
  it('lets one in, and the next after it left', () => {
    const dir = join(temporaryFolder(), 'a', 'b');
    const unlock = lockRunFolder(dir);
    expect(() => lockRunFolder(dir)).toThrow(`another run (process ${process.pid} on`);
    unlock();
    lockRunFolder(dir)();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('takes over from a process that is gone, not from one of another machine', () => {
    const dir = temporaryFolder();
    const lock = join(dir, 'lock.json');
    // Linux gives no process a number this high.
    writeFileSync(lock, JSON.stringify({ ...processIdentity(), pid: 2 ** 30 }));
    const unlock = lockRunFolder(dir);
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toEqual(processIdentity());
    unlock();
    writeFileSync(lock, JSON.stringify({ ...processIdentity(), host: 'elsewhere' }));
    expect(() => lockRunFolder(dir)).toThrow(
      `on elsewhere) is working in this folder. Wait for it, or give another one with --out. If that run is gone, delete ${lock}.`,
    );
    expect(readdirSync(dir)).toEqual(['lock.json']);
  });
});

describe('a run folder that cannot be', () => {
  it.each([['file'], ['file', 'below'], ['link', 'x']])('says why, and the way out: %s %s', (...path) => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'file'), '');
    // Its target's folder cannot be made, by no user: stands for a read-only disk.
    symlinkSync('/proc/no-such-folder', join(root, 'link'));
    const dir = join(root, ...path);
    expect(() => lockRunFolder(dir)).toThrow(SweepError);
    expect(() => lockRunFolder(dir)).toThrow(
      /: (a file is in the way|the folder cannot be made or written: no permission, or a read-only disk \(E[A-Z]+\))\. Give another run folder with --out\.$/,
    );
  });
});

it('says of a run folder whose path is too long that it is', () => {
  const dir = join(temporaryFolder(), 'x'.repeat(300));
  expect(() => lockRunFolder(dir)).toThrow(
    `${dir}: its path is longer than the disk allows. Give another run folder with --out.`,
  );
  expect(readPlan(dir)).toBeUndefined();
});

describe('isAlive', () => {
  it('tells a process from a later one with its number', () => {
    expect(isAlive(processIdentity())).toBe(true);
    expect(isAlive({ ...processIdentity(), pid: 2 ** 30 })).toBe(false);
    expect(isAlive({ ...processIdentity(), host: 'elsewhere' })).toBe('unknown');
    if (existsSync('/proc/self/stat')) expect(isAlive({ ...processIdentity(), startTicks: '1' })).toBe(false);
  });
});

describe('writeFileSafely', () => {
  it('replaces a file, writes through a link, and leaves nothing else', () => {
    const dir = temporaryFolder();
    mkdirSync(join(dir, 'elsewhere'));
    symlinkSync(join(dir, 'elsewhere', 'target'), join(dir, 'link'));
    writeFileSafely(join(dir, 'file'), 'one');
    writeFileSafely(join(dir, 'file'), 'two');
    writeFileSafely(join(dir, 'link'), 'three');
    expect(readFileSync(join(dir, 'file'), 'utf8')).toBe('two');
    expect(readFileSync(join(dir, 'elsewhere', 'target'), 'utf8')).toBe('three');
    expect(readdirSync(dir).sort()).toEqual(['elsewhere', 'file', 'link']);
  });

  it.runIf(existsSync('/dev/full'))('leaves the old file as it was when the disk is full', () => {
    const dir = temporaryFolder();
    const file = join(dir, 'file');
    writeFileSafely(file, 'old');
    symlinkSync('/dev/full', `${file}.tmp`);
    expect(() => writeFileSafely(file, 'new')).toThrow(`${file}: no space left on the disk (ENOSPC). Free some`);
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(dir)).toEqual(['file']);
  });
});
