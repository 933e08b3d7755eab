import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TrackioOptions, trackioRun } from './trackio-run.js';

const ownPython = fileURLToPath(new URL('../../../../bench/.venv/bin/python', import.meta.url));
const python = process.env['NFNETS_PYTHON'] ?? ownPython;
const script = fileURLToPath(new URL('../../python/read_trackio.py', import.meta.url));
const NEEDS = 'needs trackio 0.36: python3 -m venv bench/.venv && bench/.venv/bin/pip install trackio';
const hasTrackio = spawnSync(python, ['-c', 'from trackio import fragments']).status === 0;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'trackio-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(dir, { recursive: true, force: true });
});

const begin = (options: Partial<TrackioOptions> = {}) =>
  trackioRun({ dir, project: 'digits', run: 'first', runId: 'r1', ...options });

/** All records in the inbox, writer by writer. */
const records = () => {
  const inbox = join(dir, 'inbox');
  return readdirSync(inbox).flatMap((writer) =>
    readdirSync(join(inbox, writer))
      .toSorted()
      .flatMap((name) =>
        readFileSync(join(inbox, writer, name), 'utf8')
          .trimEnd()
          .split('\n'),
      )
      .map((line) => JSON.parse(line)),
  );
};

describe('a run in the folder of Trackio', () => {
  it('is fragments of JSON lines, whole files, as metric_record of its fragments.py has them', () => {
    vi.useFakeTimers({ now: Date.parse('2026-06-10T00:00:00.250Z') });
    const run = begin({ config: { batchSize: 64, step: { name: 'plain' } } });
    run.write({ type: 'step-end', step: 0, loss: 2.5, learningRate: 0.1 });
    run.write({ type: 'step-end', step: 1, loss: Number.NaN });
    run.log({ 'clip/clippedShare/stem': 0.5 }, 1);
    run.close();
    const timestamp = '2026-06-10T00:00:00.250+00:00';
    const ofRun = { v: 1, kind: 'metric', project: 'digits', run: 'first', run_id: 'r1', timestamp };
    const log_id = expect.stringMatching(/^[0-9a-f]{32}$/);
    expect(records()).toEqual([
      {
        ...ofRun,
        metrics: { 'train/loss': 2.5, 'train/learningRate': 0.1 },
        step: 0,
        config: { batchSize: 64, 'step.name': 'plain', _Username: null, _Created: timestamp, _Group: null },
        log_id,
      },
      { ...ofRun, metrics: { 'train/loss': 'NaN' }, step: 1, config: null, log_id },
      { ...ofRun, metrics: { 'clip/clippedShare/stem': 0.5 }, step: 1, config: null, log_id },
    ]);
    expect(new Set(records().map((record) => record.log_id)).size).toBe(3);
    expect(readdirSync(join(dir, 'inbox', readdirSync(join(dir, 'inbox'))[0]!))).toEqual(['00000000.jsonl']);
  });

  it('gives a record the same id in another process, and other runs another', () => {
    const step = { type: 'step-end', step: 3, loss: 1 } as const;
    for (const options of [{}, {}, { runId: 'r2' }, { project: 'others' }]) {
      const run = begin(options);
      // Also where the second time lacks what was measured.
      run.write(options.runId ? step : { ...step, samples: 2, seconds: Math.random() });
      run.close();
    }
    expect(readdirSync(join(dir, 'inbox')).length).toBe(4);
    const idsOf = (project: string, id: string) =>
      new Set(
        records().flatMap(({ project: of, run_id, log_id }) => (of === project && run_id === id ? [log_id] : [])),
      );
    expect([idsOf('digits', 'r1'), idsOf('digits', 'r2'), idsOf('others', 'r1')].map(({ size }) => size)).toEqual([
      1, 1, 1,
    ]);
    expect(new Set(records().map((record) => record.log_id)).size).toBe(3);
  });

  it('writes a file every 500 records, every 10 seconds and at each checkpoint', () => {
    vi.useFakeTimers({ now: 0 });
    const run = begin();
    for (let step = 0; step < 501; step++) run.write({ type: 'step-end', step, loss: 1 });
    expect(records().length).toBe(500);
    run.write({ type: 'checkpoint-saved', step: 501 });
    expect(records().length).toBe(501);
    run.write({ type: 'step-end', step: 501, loss: 1 });
    vi.setSystemTime(10_001);
    run.write({ type: 'step-end', step: 502, loss: 1 });
    expect(records().length).toBe(503);
    run.close();
    run.close();
    expect(records().length).toBe(503);
  });

  it('keeps what could not be written, and tries again', () => {
    writeFileSync(join(dir, 'inbox'), 'in the way');
    const run = begin();
    run.write({ type: 'step-end', step: 0, loss: 1 });
    expect(() => run.write({ type: 'checkpoint-saved', step: 1 })).toThrow(/ENOTDIR|EEXIST/);
    rmSync(join(dir, 'inbox'));
    run.close();
    expect(records().map(({ step }) => step)).toEqual([0]);
  });

  it('makes an alert of a divergence and of a failure', () => {
    const run = begin();
    run.write({ type: 'step-end', step: 7, loss: 1 });
    run.write({ type: 'run-diverged', step: 8, reason: 'the loss is NaN' });
    run.close('failed');
    expect(records().slice(1)).toMatchObject([
      { kind: 'alert', title: 'diverged', text: 'the loss is NaN', level: 'ERROR', step: 7, run_id: 'r1' },
      { kind: 'alert', title: 'failed', text: null, level: 'ERROR' },
    ]);
  });

  it('refuses options that it cannot use', () => {
    expect(() => trackioRun({ dir, project: 'p' } as never)).toThrow(
      'trackioRun: `run` must be a string that is not empty',
    );
    expect(() => begin({ name: 'a' } as never)).toThrow('It is `run`.');
    expect(() => begin({ config: [] as never })).toThrow('`config` must be an object of names and values');
    const run = begin();
    expect(() => run.log({ loss: 'a' as never }, 1)).toThrow('`metrics.loss` must be a number');
    expect(() => run.log({ loss: 1 }, 0.5)).toThrow('`step` must be a whole number');
  });
});

describe.skipIf(!hasTrackio)(`Trackio (${NEEDS})`, () => {
  const read = () => {
    const { stdout, stderr, status } = spawnSync(python, [script, 'digits'], {
      encoding: 'utf8',
      env: { ...process.env, TRACKIO_DIR: dir },
    });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as {
      imported: number;
      runs: Record<string, { config: object; logs: Record<string, unknown>[] }>;
      alerts: object[];
    };
  };

  it('takes the records in, each step once, also of a run that was killed and went on', () => {
    const first = begin({ config: { batchSize: 64 } });
    for (let step = 0; step < 5; step++)
      first.write({ type: 'step-end', step, loss: 1 / (step + 1), learningRate: 0.1 });
    first.write({ type: 'checkpoint-saved', step: 4 });
    const before = read();
    expect(before.imported).toBe(5);
    const second = begin({ config: { batchSize: 64 } });
    second.write({ type: 'run-resumed', steps: 3, epoch: 0 });
    for (let step = 3; step < 8; step++)
      second.write({ type: 'step-end', step, loss: 1 / (step + 1), learningRate: 0.1 });
    second.write({
      type: 'epoch-end',
      step: 7,
      epoch: 0,
      meanLoss: 0.4,
      evaluation: { loss: Number.NaN, accuracy: 0.5 },
    });
    second.write({ type: 'run-diverged', step: 8, reason: 'the loss is NaN' });
    second.close('diverged');
    const { runs, alerts } = read();
    expect(Object.keys(runs)).toEqual(['first']);
    const { config, logs } = runs['first']!;
    expect(config).toMatchObject({ batchSize: 64 });
    const losses = logs.flatMap((log) => ('train/loss' in log ? [[log['step'], log['train/loss']]] : []));
    expect(losses).toEqual(Array.from({ length: 8 }, (_, step) => [step, 1 / (step + 1)]));
    expect(logs.at(-1)).toMatchObject({ step: 7, 'evaluation/accuracy': 0.5, 'evaluation/loss': 'nan' });
    expect(alerts).toMatchObject([{ title: 'diverged', text: 'the loss is NaN', level: 'ERROR', step: 7 }]);
    expect(readdirSync(dir)).toContain('digits.db');
  });
});
