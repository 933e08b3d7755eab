/**
 * What `plan`, `ls`, `report`, `export` and `verdict` take on run folders of many trials that have ended, without an index and with one:
 * `npm run soak -- scale [TRIALS]`, 10,000 by default. Ends with 1 where one took 5 seconds or more.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SweepShape, writeLargeSweep } from '../src/__fixtures__/large-sweep.ts';
import { COMMAND } from './processes.ts';

const TRIALS = Number(process.argv[2] ?? 10_000);
const LIMIT = 5;

/** Seconds that `nf-sweeps` took, on the clock and of processors; the shell adds up the latter. */
function measure(...args: readonly string[]): { wall: number; processor: number } {
  const start = performance.now();
  const script = '"$@" > "$0"; code=$?; times; exit $code';
  const words = ['-c', script, '/dev/null', process.execPath, COMMAND, ...args];
  const { status, stdout } = spawnSync('sh', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  // A verdict ends with 0, 10 or 20.
  if (![0, 10, 20].includes(status!)) throw new Error(`nf-sweeps ${args.join(' ')} ended with ${status}.`);
  // The second line is for children: user, system, as 0m1.23s.
  const parts = [
    ...stdout
      .trim()
      .split('\n')
      .at(-1)!
      .matchAll(/(\d+)m([\d.]+)s/g),
  ];
  const processor = parts.reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0);
  return { wall: (performance.now() - start) / 1000, processor };
}

const folder = mkdtempSync(join(tmpdir(), 'nf-sweeps-soak-'));
let worst = 0;
try {
  for (const shape of ['grid', 'random'] as SweepShape[]) {
    const { file, dir, trials } = await writeLargeSweep(folder, shape, TRIALS);
    console.log(
      `${shape}: ${trials.length} trials, on ${availableParallelism()} cores; seconds on the clock (processor)`,
    );
    const commands = {
      plan: ['plan', file, '--out', dir],
      ls: ['ls', join(folder, 'runs')],
      report: ['report', dir],
      export: ['export', dir, '--out', join(folder, 'trials.csv')],
      // Of drawn values no two trials differ in one of them alone.
      ...(shape === 'grid' ? { verdict: ['verdict', dir, '--between', 'clipFactor=0.0025', 'clipFactor=0.64'] } : {}),
    };
    for (const state of ['without an index', 'with one']) {
      const lines = Object.entries(commands).map(([name, args]) => {
        const { wall, processor } = measure(...args);
        worst = Math.max(worst, wall);
        return `${name} ${wall.toFixed(1)} (${processor.toFixed(1)})`;
      });
      console.log(`  ${state.padEnd(16)}  ${lines.join('   ')}`);
      if (state !== 'with one') {
        const { wall, processor } = measure('reindex', dir);
        console.log(`  reindex ${wall.toFixed(1)} (${processor.toFixed(1)})`);
      }
    }
    rmSync(join(folder, 'runs'), { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(worst < LIMIT ? 0 : 1);
