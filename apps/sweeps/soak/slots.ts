/**
 * Throughput of the local executor on real training (wasm): one slot on one core, one slot on all, one slot for each core;
 * beside it, the same trials started by hand; and what the sweep process itself takes: `npm run soak -- slots`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyTrials, isRunning, median, nfSweeps } from './processes.ts';

const TRIALS = 4;
const ROUNDS = 3;
const folder = mkdtempSync(join(tmpdir(), 'nf-sweeps-soak-'));
const config = join(folder, 'slots.yaml');
writeFileSync(
  config,
  `name: slots\nengine: wasm\ntrial:\n  model: nfnet_digits\n  dataset: { name: mnist, train: 2560, test: 100 }\n` +
    `  epochs: 2\n  batchSize: 64\n  learningRate: { base: 0.1 }\naxes:\n  clipFactor: [0.01, 0.02, 0.04, 0.08]\n`,
);

/** Processor seconds that `pid` has taken, without its children. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  // In ticks of 10 ms.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Trials per minute from the first start to the last end, and the share of a core that the sweep process took meanwhile. */
async function measure(name: string, slots: number, prefix: readonly string[] = []) {
  const args = ['run', config, '--out', join(folder, name), '--parallel', String(slots)];
  const sweep = nfSweeps(args, {}, prefix);
  const pid = sweep.child.pid!;
  let first: { time: number; used: number } | undefined;
  let last: { time: number; used: number } | undefined;
  sweep.child.stdout!.on('data', (data) => {
    if (!isRunning(sweep.child)) return;
    const now = { time: performance.now(), used: processorSeconds(pid) };
    if (/ started/.test(String(data))) first ??= now;
    if (/ done in /.test(String(data))) last = now;
  });
  if ((await sweep.ended) !== 0) throw new Error(`The sweep ${name} failed.`);
  const seconds = (last!.time - first!.time) / 1000;
  return { perMinute: (60 * TRIALS) / seconds, share: (last!.used - first!.used) / seconds };
}

/** The same trials started by hand, without a sweep: `slots` at a time, each on a core of its own. Trials per minute. */
async function measureByHand(name: string, slots: number): Promise<number> {
  const queue = copyTrials(join(folder, name), join(folder, `${name}-by-hand`));
  const start = performance.now();
  await Promise.all(
    Array.from({ length: slots }, async (_, core) => {
      for (let dir = queue.shift(); dir !== undefined; dir = queue.shift()) {
        await nfSweeps(['run-trial', dir, '--engine', 'wasm', '--threads', '1'], {}, ['taskset', '-c', String(core)])
          .ended;
      }
    }),
  );
  return (60_000 * TRIALS) / (performance.now() - start);
}

const cores = availableParallelism();
type Rate = Awaited<ReturnType<typeof measure>>;
const rounds: { oneCore: Rate; one: Rate; all: Rate; byHand: number }[] = [];
for (let round = 1; round <= ROUNDS; round++) {
  const oneCore = await measure(`one-core-${round}`, 1, ['taskset', '-c', '0']);
  const all = await measure(`all-${round}`, cores);
  const one = await measure(`one-${round}`, 1);
  const byHand = await measureByHand(`all-${round}`, cores);
  rounds.push({ oneCore, one, all, byHand });
}
rmSync(folder, { recursive: true, force: true });

const line = (text: string, name: 'oneCore' | 'one' | 'all') => {
  const rate = median(rounds.map((round) => round[name].perMinute));
  const share = median(rounds.map((round) => round[name].share));
  console.log(
    `${text}: ${rate.toFixed(1)} trials a minute; the sweep process took ${(100 * share).toFixed(1)} % of a core`,
  );
};
const ratio = (of: (round: (typeof rounds)[number]) => number) => median(rounds.map(of)).toFixed(2);
line('one slot on one core', 'oneCore');
line(`one slot on all ${cores} cores`, 'one');
line(`${cores} slots`, 'all');
console.log(
  `${cores} slots give ${ratio(({ all, oneCore }) => all.perMinute / oneCore.perMinute)} times one slot on one core, ` +
    `${ratio(({ all, one }) => all.perMinute / one.perMinute)} times one slot on all; ` +
    `${cores} processes pinned by hand ${ratio(({ byHand, oneCore }) => byHand / oneCore.perMinute)}`,
);
