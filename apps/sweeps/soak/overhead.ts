/**
 * What running a trial costs beyond its own process, undisturbed, by the local and the redis executor:
 * `npm run soak -- overhead`. A trial is 5 steps of 20 ms; its own process is `nf-sweeps run-trial`, started by hand.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../src/__fixtures__/until.ts';
import { copyTrials, median, nfSweeps, SHORT_TRIAL, shortSweep, startRedis } from './processes.ts';

const TRIALS = 30;

const folder = mkdtempSync(join(tmpdir(), 'nf-sweeps-soak-'));
const socket = join(folder, 'redis.sock');

/** Milliseconds from the end of a trial to that of the next, of a sweep with one slot: the median. */
async function perTrial(name: string, ...args: string[]): Promise<number> {
  const times: number[] = [];
  const path = shortSweep(folder, name, TRIALS);
  const common = ['--out', join(folder, name), '--trial-module', SHORT_TRIAL, '--parallel', '1'];
  const sweep = nfSweeps(['run', path, ...common, ...args]);
  sweep.child.stdout!.on('data', (data) => {
    for (const _ of String(data).matchAll(/ done in /g)) times.push(performance.now());
  });
  await sweep.ended;
  return median(times.slice(1).map((time, i) => time - times[i]!));
}

/** Milliseconds that the trials of a finished sweep take, each started by hand. */
async function byHand(name: string): Promise<number[]> {
  const times: number[] = [];
  for (const dir of copyTrials(join(folder, name), join(folder, `${name}-by-hand`))) {
    const args = ['run-trial', dir, '--engine', 'cpu', '--threads', '1', '--trial-module', SHORT_TRIAL];
    const start = performance.now();
    await nfSweeps(args).ended;
    times.push(performance.now() - start);
  }
  return times;
}

const local = await perTrial('local');
const own = await byHand('local');
const redis = startRedis(folder);
await until(() => existsSync(socket));
const worker = nfSweeps(['worker', '--redis', socket]);
const queued = await perTrial('redis', '--executor', 'redis', '--redis', socket);
worker.child.kill('SIGTERM');
await worker.ended;
redis.kill('SIGKILL');
own.push(...(await byHand('redis')));
rmSync(folder, { recursive: true, force: true });

const bare = median(own);
const line = (name: string, total: number) =>
  console.log(`${name} ${Math.round(total)}: ${Math.round(total - bare)} beyond it`);
console.log(`on ${availableParallelism()} cores, ${TRIALS} trials one after the other, ms for each:`);
console.log(`its own process ${Math.round(bare)}`);
line('local', local);
line('redis', queued);
