import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { resumingTrial, sourceCommand } from '../__fixtures__/source-command.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { localExecutor } from '../execute/local-executor.js';
import { runSweep } from '../execute/run-sweep.js';
import { planTrials } from '../plan/plan-trials.js';
import { layOutRun } from '../store/lay-out-run.js';
import { runFiles } from '../store/run-folder.js';
import { trialTrackers } from './trial-trackers.js';

interface Point {
  readonly key: string;
  readonly value: number;
  readonly step: number;
}

/** A server that keeps what it is told; with `isAway` it answers nothing but errors. */
async function startServer(isAway = false) {
  const points: Point[] = [];
  const asked: string[] = [];
  const statuses: string[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    const [path] = request.url!.split('?');
    asked.push(`${path!.split('/mlflow/')[1]} ${request.headers.authorization ?? ''}`);
    const body = text === '' ? {} : JSON.parse(text);
    points.push(...(body.metrics ?? []));
    if (body.status) statuses.push(body.status);
    const last = new Map(points.map((point) => [point.key, point]));
    const answer = {
      experiment: { experiment_id: '1' },
      run: { info: { run_id: 'r1', experiment_id: '1' }, data: { metrics: [...last.values()] } },
    };
    response.writeHead(isAway ? 503 : 200).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, points, asked, statuses };
}

const tensorBoardFiles = (dir: string) => {
  const folder = join(dir, 'tensorboard');
  return readdirSync(folder)
    .toSorted()
    .map((name) => readFileSync(join(folder, name), 'latin1'));
};

interface TrackioRecord {
  readonly log_id: string;
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
}

const trackioRecords = (folder: string): TrackioRecord[] =>
  readdirSync(join(folder, 'inbox')).flatMap((writer) =>
    readdirSync(join(folder, 'inbox', writer)).flatMap((name) =>
      readFileSync(join(folder, 'inbox', writer, name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ),
  );

describe('a sweep that tracks its trials', () => {
  it('records each in TensorBoard, MLflow and Trackio, each step once, also of one whose process was killed', async () => {
    const { uri, points, statuses, asked } = await startServer();
    vi.stubEnv('MLFLOW_TRACKING_USERNAME', 'me');
    vi.stubEnv('MLFLOW_TRACKING_PASSWORD', 'secret');
    onTestFinished(() => void vi.unstubAllEnvs());
    const dir = temporaryFolder();
    // Seed 7 kills its own process at step 6, once, behind a checkpoint at step 4.
    const config = tinyConfig(
      'trial.seed=7',
      'axes.batchSize=256',
      'axes.clipFactor=off',
      `track={ tensorboard: true, mlflow: "${uri}", trackio: "${join(dir, 'trackio')}" }`,
    );
    const executor = localExecutor({
      ...{ engine: 'cpu', parallel: 1, restarts: 1, trialModule: resumingTrial, command: sourceCommand },
    });
    const { trials } = await runSweep(config, { dir, executor });
    expect(trials.map(({ status, steps }) => [status, steps])).toEqual([['done', 8]]);
    const trial = runFiles(dir).trial(trials[0]!.id);
    // The loss of step s is 1 / (s + 1).
    const losses = points.filter(({ key }) => key === 'train/loss');
    expect(losses.map(({ step, value }) => [step, value])).toEqual(
      Array.from({ length: 8 }, (_, step) => [step, 1 / (step + 1)]),
    );
    expect(points.filter(({ key }) => key === 'evaluation/loss').map(({ step }) => step)).toEqual([3, 7]);
    expect(statuses).toEqual(['RUNNING', 'FINISHED']);
    expect(new Set(asked.map((line) => line.split(' ').slice(1).join(' ')))).toEqual(
      new Set([`Basic ${Buffer.from('me:secret').toString('base64')}`]),
    );
    const [first, second, ...others] = tensorBoardFiles(trial);
    expect(others).toEqual([]);
    const count = (text: string) => text.split('train/loss').length - 1;
    expect([count(first!), count(second!)]).toEqual([4, 4]);
    expect(second).toContain('learningRate.base');
    expect(readFileSync(join(dir, 'track.json'), 'utf8')).not.toContain('secret');
    // Trackio takes a record of one id once, the first that it finds.
    const records = trackioRecords(join(dir, 'trackio'));
    expect(records[0]).toMatchObject({ project: config.name, run: trials[0]!.id, config: { batchSize: 256, seed: 7 } });
    const steps = new Map(records.map(({ log_id, step, metrics }) => [log_id, [step, metrics['train/loss']] as const]));
    expect([...steps.values()].filter(([, loss]) => loss !== undefined).toSorted(([a], [b]) => a - b)).toEqual(
      Array.from({ length: 8 }, (_, step) => [step, 1 / (step + 1)]),
    );
  });

  it('goes on without a server that is away, and says so', async () => {
    const { uri } = await startServer(true);
    const dir = temporaryFolder();
    const config = tinyConfig('axes.batchSize=512', 'axes.clipFactor=off', `track.mlflow=${uri}`);
    const [trial] = planTrials(config);
    layOutRun(dir, config, [trial!]);
    const lines: string[] = [];
    const trackers = await trialTrackers(runFiles(dir).trial(trial!.id), trial!, (line) => lines.push(line));
    await trackers.write({ type: 'step', step: 1, epoch: 1, samples: 512, loss: 1, learningRate: 0.1 });
    await trackers.close({ status: 'diverged', step: 1, reason: 'lost', metrics: {} });
    expect(lines).toEqual([expect.stringMatching(/^track\.mlflow: .*HTTP 503.* The trial goes on\.$/s)]);
  });

  it('has the same trials as one that does not', () => {
    const plain = tinyConfig();
    const tracked = tinyConfig('track={ tensorboard: true }');
    expect(planTrials(tracked)).toEqual(planTrials(plain));
    const dir = temporaryFolder();
    layOutRun(dir, plain, []);
    layOutRun(dir, tracked, []);
    expect(existsSync(runFiles(dir).track)).toBe(true);
    layOutRun(dir, plain, []);
    expect(existsSync(runFiles(dir).track)).toBe(false);
  });

  it.each(['ftp://a', 'server', 'http://me:secret@host'])('refuses %s as a server', (uri) => {
    expect(() => tinyConfig(`track.mlflow=${uri}`)).toThrow('the password belongs into MLFLOW_TRACKING_USERNAME');
    expect(() => tinyConfig('track.tensorbord=true')).toThrow('did you mean tensorboard?');
  });

  it.each(['https://huggingface.co/spaces/me/board', ' '])('refuses %j as a folder of Trackio', (trackio) => {
    expect(() => tinyConfig(`track={ trackio: "${trackio}" }`)).toThrow('track.trackio: must be a folder, as trackio');
  });

  it('keeps a folder of Trackio as the one that is meant where the sweep was begun', () => {
    const dir = temporaryFolder();
    layOutRun(dir, tinyConfig('track.trackio=board'), []);
    expect(JSON.parse(readFileSync(runFiles(dir).track, 'utf8'))).toMatchObject({ trackio: resolve('board') });
  });

  it('ends a trial that diverged, was pruned or stopped as such', async () => {
    const { uri, statuses } = await startServer();
    const config = tinyConfig('axes.batchSize=512', 'axes.clipFactor=off', `track.mlflow=${uri}`);
    const [trial] = planTrials(config);
    const outcomes = [
      { status: 'diverged', step: 3, reason: 'lost', metrics: {} } as const,
      { status: 'pruned', reason: 'worse', metrics: {} } as const,
      undefined,
      'failed' as const,
    ];
    for (const outcome of outcomes) {
      const dir = temporaryFolder();
      layOutRun(dir, config, [trial!]);
      const trackers = await trialTrackers(runFiles(dir).trial(trial!.id), trial!, () => {});
      await trackers.write({ type: 'clip', step: 1, layers: { stem: 0.5 } });
      await trackers.close(outcome);
    }
    expect(statuses).toEqual(['FAILED', 'KILLED', 'KILLED', 'FAILED']);
  });
});
