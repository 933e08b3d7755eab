import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { useBackend } from '@nfnets/backends';
import { mulberry32 } from '@nfnets/testing';
import { afterAll, afterEach, expect, it } from 'vitest';
import { checkpoints } from '../node.js';
import type { Kill, KilledRun } from './__fixtures__/killed-run.js';
import { clippedByHistory, type RunRecord, resumableRun, STEPS } from './__fixtures__/resumable-run.js';

const require = createRequire(import.meta.url);
const tsx = pathToFileURL(require.resolve('tsx/esm')).href;

const root = mkdtempSync(join(tmpdir(), 'nfnets-kill-'));
afterAll(() => rmSync(root, { recursive: true }));

const missing = await useBackend('native').then(
  () => undefined,
  () => 'needs TensorFlow: npx nfnets-native',
);
afterEach(async () => {
  await useBackend('cpu');
});

/** Each takes a second or two: `NFNETS_KILLS=20 npx vitest run src/checkpoints/kill.test.ts` for more. */
const KILLS = Number(process.env['NFNETS_KILLS'] ?? 6);
const KILLS_PER_RUN = 3;
/** Values that are read for one checkpoint. */
const READS = 22;

interface Line {
  readonly step?: number;
  readonly loss?: number;
  readonly end?: Pick<RunRecord, 'epochs' | 'weights' | 'averages'>;
}

/** Runs in a process of its own, until it ends or kills itself. */
async function runInChild(run: KilledRun): Promise<{ signal: string | null; lines: Line[] }> {
  const script = fileURLToPath(new URL('./__fixtures__/killed-run.ts', import.meta.url));
  const args = ['--conditions=@nfnets/source', '--import', tsx, script, JSON.stringify(run)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint += text;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect(code ?? 0, complaint).toBe(0);
  const text = readFileSync(run.log, 'utf8').trimEnd();
  return { signal, lines: text.split('\n').map((line) => JSON.parse(line) as Line) };
}

/** Kills one run after another, until they were `count`, and compares what each comes to with an undisturbed one. */
async function expectSameWhenKilled(how: Pick<KilledRun, 'engine' | 'clips'>, count: number): Promise<void> {
  await useBackend(how.engine);
  const whole = await resumableRun({ net: 'dense', ...(how.clips && { makeOptimizer: clippedByHistory }) });
  const random = mulberry32(Number(process.env['NFNETS_KILL_SEED'] ?? 1));
  const below = (end: number) => Math.floor(random() * end);
  const killOneRun = async (name: string, kills: readonly ((from: number) => Kill)[]) => {
    const path = join(root, `${how.engine}-${name}`);
    const [folder, log] = [path, `${path}.jsonl`];
    let from = 0;
    for (const killAfter of kills) {
      const kill = killAfter(from);
      const { signal, lines } = await runInChild({ folder, log, kill, ...how });
      expect(signal, JSON.stringify(kill)).toBe('SIGKILL');
      const last = lines.at(-1)!.step!;
      const found = await checkpoints(folder).find();
      await found?.close();
      expect(found?.refused ?? []).toEqual([]);
      // Saved after every step: all but the last one that was told of is safe.
      from = (found?.info as { position: { steps: number } } | undefined)?.position.steps ?? 0;
      expect(from, JSON.stringify(kill)).toBeGreaterThanOrEqual(last);
    }
    const { signal, lines } = await runInChild({ folder, log, ...how });
    expect(signal).toBe(null);
    const steps = lines.filter(({ step }) => step !== undefined);
    expect(new Set(steps.map(({ step }) => step)).size).toBe(STEPS);
    for (const { step, loss } of steps) expect(loss, `step ${step}`).toBe(whole.losses[step!]);
    const { epochs, weights, averages } = lines.at(-1)!.end!;
    expect(epochs).toEqual(whole.epochs.slice(-epochs.length));
    expect(weights).toEqual(whole.weights);
    expect(averages).toEqual(whole.averages);
  };
  const runs = Array.from({ length: Math.ceil(count / KILLS_PER_RUN) }, (_, run) => {
    const kills = Array.from({ length: Math.min(KILLS_PER_RUN, count - run * KILLS_PER_RUN) }, (_, i) => {
      const [steps, reads] = [below(9), 1 + below(6 * READS)];
      // At the event of a step, and in the middle of writing a checkpoint, in turn.
      return (run + i) % 2 === 0 ? (from: number) => ({ step: from + steps }) : () => ({ reads });
    });
    return { name: `run-${run}`, kills };
  });
  // Two at a time.
  for (let i = 0; i < runs.length; i += 2) {
    await Promise.all(runs.slice(i, i + 2).map(({ name, kills }) => killOneRun(name, kills)));
  }
}

const same = 'has the losses and weights of an undisturbed one';
it(`a run that is killed again and again ${same}`, { timeout: 300_000 }, async () => {
  await expectSameWhenKilled({ engine: 'cpu' }, KILLS);
});

const killed = 'behind all clipping that remembers, killed at a step and while it saves,';
it(`a run on wasm ${killed} ${same}`, { timeout: 300_000 }, async () => {
  await expectSameWhenKilled({ engine: 'wasm', clips: true }, 2);
});

const note = missing === undefined ? '' : ` (${missing})`;
it.skipIf(missing !== undefined)(`a run on native ${killed} ${same}${note}`, { timeout: 300_000 }, async () => {
  await expectSameWhenKilled({ engine: 'native', clips: true }, 2);
});
