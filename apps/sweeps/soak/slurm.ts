/**
 * 100 trials of 2 s on a real Slurm of two nodes, while nodes lose their power, the controller and the sweep are killed:
 * `npm run soak -- slurm [TRIALS]`, as root. Prints what it did and what the run folder then held.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { hasSlurm, type NodeName, startCluster } from '../src/__fixtures__/slurm-cluster.ts';
import { examineRun } from './examine-run.ts';
import { isRunning, nfSweeps, SHORT_TRIAL, shortSweep } from './processes.ts';

const TRIALS = Number(process.argv[2] ?? 100);
/** Slurm takes a node for lost after 10 s of silence: one outage ends before, the other after. */
const OUTAGES = [4, 14];

if (!hasSlurm()) {
  console.error('soak slurm: needs Slurm, and root: apt-get install slurm-wlm munge');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'nf-sweeps-soak-'));
const endings: (() => void)[] = [];
const cluster = await startCluster(join(folder, 'cluster'), (end) => void endings.push(end));
const path = shortSweep(folder, 'storm', TRIALS, 20);
const dir = join(folder, 'runs', 'storm');
const env = { ...process.env, NF_SWEEPS_LEASE_SECONDS: '3' };
const slurm = ['--executor', 'slurm', '--slurm', '--cpus-per-task=1 --mem=0'];
const args = ['run', path, '--out', dir, '--parallel', '2', '--trial-module', SHORT_TRIAL, ...slurm];
const sweep = () => nfSweeps(args, { env, cwd: folder });

const counts = { outages: 0, controllers: 0, sweeps: 0 };
let storm = sweep();
let dark: { readonly node: NodeName; readonly until: number } | undefined;
const start = performance.now();
for (let second = 1; isRunning(storm.child); second++) {
  await setTimeout(1000);
  if (dark && second >= dark.until) {
    cluster.restorePower(dark.node);
    dark = undefined;
  }
  if (second % 20 === 10 && !dark) {
    const node = counts.outages % 2 === 0 ? 'n1' : 'n2';
    cluster.cutPower(node);
    dark = { node, until: second + OUTAGES[Math.floor(counts.outages / 2) % OUTAGES.length]! };
    counts.outages++;
  } else if (second % 60 === 45) {
    await cluster.restartController();
    counts.controllers++;
  } else if (second % 45 === 0) {
    storm.child.kill('SIGKILL');
    await storm.ended;
    storm = sweep();
    counts.sweeps++;
  }
  if (second % 20 === 0) console.log(`${second} s: ${examineRun(dir).finished} of ${TRIALS} finished`);
}
const seconds = (performance.now() - start) / 1000;
const code = await storm.ended;
const findings = examineRun(dir);
for (const end of endings) end();
console.log(`${TRIALS} trials in ${Math.round(seconds)} s; killed with -9:`, counts);
console.log(`the sweep ended with code ${code}`);
console.log(findings);
rmSync(folder, { recursive: true, force: true });
const isRight =
  code === 0 && findings.finished === TRIALS && findings.folders === TRIALS && findings.brokenSteps.length === 0;
process.exit(isRight ? 0 : 1);
