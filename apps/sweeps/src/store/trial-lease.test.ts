import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sourceFlags } from '../__fixtures__/source-command.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { until } from '../__fixtures__/until.js';
import { processIdentity } from './process-identity.js';
import { acquireLease, LeaseHeldError, LeaseLostError, underLease } from './trial-lease.js';

/** Makes the lease `token` of `dir` one of another machine, whose last heartbeat is `age` seconds old. */
function moveElsewhere(dir: string, token: number, age: number): void {
  const folder = join(dir, `lease-${token}`);
  writeFileSync(join(folder, 'holder.json'), JSON.stringify({ process: { ...processIdentity(), host: 'elsewhere' } }));
  const then = Date.now() / 1000 - age;
  utimesSync(join(folder, 'heartbeat'), then, then);
}

describe('a lease', () => {
  it('is of one process, and the next gets a higher token', async () => {
    const dir = temporaryFolder();
    const first = await acquireLease(dir, { expiry: 30 });
    expect(first.token).toBe(1);
    await expect(acquireLease(dir, { expiry: 30 })).rejects.toThrow(LeaseHeldError);
    await expect(acquireLease(dir, { expiry: 30 })).rejects.toThrow(
      `${dir}: process ${process.pid} on ${processIdentity().host} works on this trial. End it, then run again.`,
    );
    expect(underLease(dir, 30, () => {})).toBe(false);
    first.release();
    const second = await acquireLease(dir, { expiry: 30 });
    expect(second.token).toBe(2);
    second.release();
    expect(readdirSync(dir)).toEqual(['lease-2']);
  });

  it('waits for its holder as long as it is told to', async () => {
    const dir = temporaryFolder();
    const first = await acquireLease(dir, { expiry: 30 });
    const second = acquireLease(dir, { expiry: 30, wait: 60 });
    first.release();
    (await second).release();
  });

  it('of another machine lasts until its heartbeat is too old', async () => {
    const dir = temporaryFolder();
    (await acquireLease(dir, { expiry: 30 })).release();
    moveElsewhere(dir, 1, 10);
    await expect(acquireLease(dir, { expiry: 30 })).rejects.toThrow('on elsewhere works on this trial');
    moveElsewhere(dir, 1, 40);
    const lease = await acquireLease(dir, { expiry: 30 });
    expect(lease.token).toBe(2);
    lease.release();
  });

  it('of a process that ended is free at once', async () => {
    const dir = temporaryFolder();
    (await acquireLease(dir, { expiry: 30 })).release();
    const ended = { ...processIdentity(), pid: 2 ** 30 };
    writeFileSync(join(dir, 'lease-1', 'holder.json'), JSON.stringify({ process: ended }));
    expect(underLease(dir, 30, ({ token }) => expect(token).toBe(2))).toBe(true);
  });

  it('beats from its own thread while the main one is busy', async () => {
    const dir = temporaryFolder();
    const lease = await acquireLease(dir, { expiry: 0.3 });
    const beats = () => Number(readFileSync(join(dir, 'lease-1', 'heartbeat'), 'utf8'));
    while (beats() < 3);
    lease.release();
  });

  it('numbers on where a process died between taking the old lease away and making its own', async () => {
    const dir = temporaryFolder();
    (await acquireLease(dir, { expiry: 30 })).release();
    renameSync(join(dir, 'lease-1'), join(dir, 'lost-1-x'));
    expect(underLease(dir, 30, ({ token }) => expect(token).toBe(2))).toBe(true);
    expect(readdirSync(dir)).toEqual(['lease-2']);
  });
});

describe('a holder that was taken over', () => {
  it('can write nothing: not even with its lease number in use again', async () => {
    const dir = temporaryFolder();
    const file = join(dir, 'status.json');
    const zombie = await acquireLease(dir, { expiry: 30 });
    zombie.write(file, 'first');
    moveElsewhere(dir, 1, 40);
    const heir = await acquireLease(dir, { expiry: 30 });
    mkdirSync(join(dir, 'lease-1'));
    expect(() => zombie.check()).toThrow(LeaseLostError);
    expect(() => zombie.write(file, 'late')).toThrow(`${dir}: another process has taken this trial over.`);
    expect(() => zombie.release()).toThrow(LeaseLostError);
    expect(readFileSync(file, 'utf8')).toBe('first');
    heir.write(file, 'second');
    expect(readFileSync(file, 'utf8')).toBe('second');
    heir.release();
  });

  it('keeps the errors of the heir: a folder that is not there is no lost lease', async () => {
    const dir = temporaryFolder();
    const lease = await acquireLease(dir, { expiry: 30 });
    expect(() => lease.write(join(dir, 'none', 'status.json'), '')).toThrow(/ENOENT/);
    lease.release();
  });
});

it('lets one process in at a time, with no token twice, however many want to', async () => {
  const dir = temporaryFolder();
  const log = join(dir, 'log.txt');
  writeFileSync(log, '');
  // Each takes the lease 20 times and notes its coming and going; some die holding it.
  const module = pathToFileURL(join(import.meta.dirname, 'trial-lease.ts')).href;
  const code = `
    import { appendFileSync } from 'node:fs';
    const { acquireLease } = await import(${JSON.stringify(module)});
    for (let i = 0; i < 20; i++) {
      const lease = await acquireLease(${JSON.stringify(dir)}, { expiry: 30, wait: 60 });
      appendFileSync(${JSON.stringify(log)}, 'in ' + lease.token + '\\n');
      await new Promise((resolve) => setTimeout(resolve, 1));
      appendFileSync(${JSON.stringify(log)}, 'out ' + lease.token + '\\n');
      if (i === 19) process.kill(process.pid, 'SIGKILL');
      lease.release();
    }`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, [...sourceFlags, '--input-type=module', '-e', code], { stdio: 'inherit' }),
  );
  onTestFinished(() => children.forEach((child) => void child.kill('SIGKILL')));
  await until(() => children.every(({ signalCode, exitCode }) => (signalCode ?? exitCode) !== null));
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  expect(lines).toEqual(Array.from({ length: 80 }, (_, i) => [`in ${i + 1}`, `out ${i + 1}`]).flat());
  expect(existsSync(join(dir, 'lease-80'))).toBe(true);
});
