/**
 * What running a trial costs beyond the start of a process, undisturbed, by the local and the redis executor:
 * `npm run soak -- overhead`. A trial is 5 steps of 20 ms; the bare process prints the version.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../src/__fixtures__/until.ts';
import { nfSweeps, SHORT_TRIAL, shortSweep, startRedis } from './processes.ts';

const TRIALS = 30;
/** Five waits of 20 ms, each up to 1 ms late. */
const TRIAL_MS = 102;

const folder = mkdtempSync(join(tmpdir(), 'nf-sweeps-soak-'));
const socket = join(folder, 'redis.sock');
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Milliseconds from the first start of a trial to the last end, per trial, of a sweep with one slot. */
async function perTrial(name: string, ...args: string[]): Promise<number> {
  const times: number[] = [];
  const path = shortSweep(folder, name, TRIALS);
  const common = ['--out', join(folder, name), '--trial-module', SHORT_TRIAL, '--parallel', '1'];
  const sweep = nfSweeps(['run', path, ...common, ...args]);
  sweep.child.stdout!.on('data', (data) => {
    for (const _ of String(data).matchAll(/ done in /g)) times.push(performance.now());
  });
  await sweep.ended;
  return (times.at(-1)! - times[0]!) / (times.length - 1);
}

const bare = median(
  await Promise.all([]).then(async () => {
    const all: number[] = [];
    for (let i = 0; i < 10; i++) all.push(await timed(() => nfSweeps(['--version']).ended));
    return all;
  }),
);
const local = await perTrial('local');
const redis = startRedis(folder);
await until(() => existsSync(socket));
const worker = nfSweeps(['worker', '--redis', socket]);
const queued = await perTrial('redis', '--executor', 'redis', '--redis', socket);
worker.child.kill('SIGTERM');
await worker.ended;
redis.kill('SIGKILL');
rmSync(folder, { recursive: true, force: true });

const beyond = (total: number) => Math.round(total - bare - TRIAL_MS);
console.log(`on ${availableParallelism()} cores, ${TRIALS} trials one after the other, ms for each:`);
console.log(`a bare process ${Math.round(bare)}, the steps ${TRIAL_MS}`);
console.log(`local ${Math.round(local)}: ${beyond(local)} beyond both`);
console.log(`redis ${Math.round(queued)}: ${beyond(queued)} beyond both`);
