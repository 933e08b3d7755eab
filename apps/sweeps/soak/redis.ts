/**
 * 500 short trials on 3 workers of a real Redis, while workers, trials, the server and the sweep are killed and put to
 * sleep: `npm run soak -- redis [TRIALS]`. Prints what it did and what the run folder then held.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { until } from '../src/__fixtures__/until.ts';
import { examineRun, snapshot } from './examine-run.ts';
import { childrenOf, isRunning, nfSweeps, pick, SHORT_TRIAL, shortSweep, signal, startRedis } from './processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'nf-sweeps-soak-'));
const socket = join(folder, 'redis.sock');
const env = { ...process.env, NF_SWEEPS_LEASE_SECONDS: '3' };
const TRIALS = Number(process.argv[2] ?? 500);

const startWorker = () => nfSweeps(['worker', '--redis', socket, '--lock-seconds', '3'], { env });
const sweep = (name: string, path: string) => {
  const dir = join(folder, 'runs', name);
  const args = ['run', path, '--out', dir, '--executor', 'redis', '--redis', socket, '--trial-module', SHORT_TRIAL];
  return { dir, ...nfSweeps(args, { env, cwd: folder }) };
};

let redis = startRedis(folder);
await until(() => existsSync(socket));
const counts = { workers: 0, trials: 0, redis: 0, sweeps: 0, asleep: 0 };
let workers = [startWorker(), startWorker(), startWorker()];
const sleepers: { worker: ReturnType<typeof startWorker>; trial: number }[] = [];
const path = shortSweep(folder, 'storm', TRIALS);
let storm = sweep('storm', path);
const start = performance.now();
for (let second = 1; ; second++) {
  await setTimeout(1000);
  // What was started while the server was away has ended at once.
  workers = workers.map((one) => (isRunning(one.child) ? one : startWorker()));
  if (!isRunning(storm.child)) {
    if ((await storm.ended) !== 2) break;
    storm = sweep('storm', path);
  }
  const worker = pick(workers)!;
  const trial = pick(childrenOf(worker.child.pid));
  if (second % 20 === 0 && trial !== undefined && sleepers.length < 5) {
    // Longer asleep than lock and lease: it comes back as a zombie.
    signal(worker.child.pid!, 'SIGSTOP');
    signal(trial, 'SIGSTOP');
    sleepers.push({ worker, trial });
    workers = workers.map((one) => (one === worker ? startWorker() : one));
    counts.asleep++;
  } else if (second % 7 === 0) {
    worker.child.kill('SIGKILL');
    workers = workers.map((one) => (one === worker ? startWorker() : one));
    counts.workers++;
  } else if (second % 30 === 1 && second > 1) {
    redis.kill('SIGKILL');
    await setTimeout(500);
    redis = startRedis(folder);
    counts.redis++;
  } else if (second % 60 === 2 && second > 2) {
    storm.child.kill('SIGKILL');
    await storm.ended;
    storm = sweep('storm', path);
    counts.sweeps++;
  } else if (second % 5 === 0 && trial !== undefined) {
    signal(trial, 'SIGKILL');
    counts.trials++;
  }
  if (second % 20 === 0) console.log(`${second} s: ${examineRun(storm.dir).finished} of ${TRIALS} finished`);
}
const seconds = (performance.now() - start) / 1000;
const code = await storm.ended;

const before = snapshot(storm.dir);
for (const { worker, trial } of sleepers) {
  signal(trial, 'SIGCONT');
  signal(worker.child.pid!, 'SIGCONT');
}
await until(() => sleepers.every(({ worker, trial }) => !childrenOf(worker.child.pid).includes(trial)));
const touched = [...snapshot(storm.dir)].filter(([path, text]) => before.get(path) !== text).map(([path]) => path);
for (const { child } of [...workers, ...sleepers.map(({ worker }) => worker)]) child.kill('SIGKILL');
redis.kill('SIGKILL');

const findings = examineRun(storm.dir);
console.log(`${TRIALS} trials in ${Math.round(seconds)} s; killed with -9, or put to sleep:`, counts);
console.log(
  `the sweep ended with code ${code}; files that the sleepers touched when they woke: ${touched.join(' ') || 'none'}`,
);
console.log(findings);
rmSync(folder, { recursive: true, force: true });
const isRight =
  code === 0 &&
  touched.length === 0 &&
  findings.finished === TRIALS &&
  findings.folders === TRIALS &&
  findings.brokenSteps.length === 0;
process.exit(isRight ? 0 : 1);
