/**
 * Throughput of the local executor on real training (wasm): one slot on one core, one slot on all, one slot for each core;
 * and what the sweep process itself takes: `npm run soak -- slots`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning, nfSweeps } from './processes.ts';

const TRIALS = 4;
const folder = mkdtempSync(join(tmpdir(), 'nf-sweeps-soak-'));
const config = join(folder, 'slots.yaml');
writeFileSync(
  config,
  `name: slots\nengine: wasm\ntrial:\n  model: nfnet_digits\n  dataset: { name: mnist, train: 1280, test: 100 }\n` +
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

const cores = availableParallelism();
const oneCore = await measure('one-core', 1, ['taskset', '-c', '0']);
const one = await measure('one', 1);
const all = await measure('all', cores);
rmSync(folder, { recursive: true, force: true });

const line = (text: string, { perMinute, share }: typeof one) =>
  console.log(
    `${text}: ${perMinute.toFixed(1)} trials a minute; the sweep process took ${(100 * share).toFixed(1)} % of a core`,
  );
line('one slot on one core', oneCore);
line(`one slot on all ${cores} cores`, one);
line(`${cores} slots`, all);
console.log(
  `${cores} slots give ${(all.perMinute / oneCore.perMinute).toFixed(2)} times one slot on one core, ${(all.perMinute / one.perMinute).toFixed(2)} times one slot on all`,
);
