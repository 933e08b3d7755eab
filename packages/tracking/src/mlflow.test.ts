import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mlflowBatches, mlflowKey, mlflowMetric } from './mlflow-batches.js';
import { mlflowRun } from './mlflow-run.js';

interface Asked {
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a client may send.
  readonly body: any;
  readonly authorization: string | undefined;
}

/** What MLflow's REST API documents of the calls that a run makes, with its limits and its errors. */
class FakeMLflow {
  readonly asked: Asked[] = [];
  readonly experiments = new Map<string, string>();
  readonly runs: Record<string, { metrics: unknown[]; params: unknown[]; tags: unknown[]; status: string }> = {};
  /** Status of the next answers, before the server works again. */
  failures: number[] = [];
  private server!: Server;

  async start(): Promise<string> {
    this.server = createServer(async (request, response) => {
      let text = '';
      for await (const part of request) text += part;
      const url = new URL(request.url!, 'http://server');
      const path = `${request.method} ${url.pathname}`;
      const body = request.method === 'GET' ? Object.fromEntries(url.searchParams) : JSON.parse(text);
      this.asked.push({ path, body, authorization: request.headers.authorization });
      const failure = this.failures.shift();
      const [status, answer] = failure ? [failure, { message: 'busy' }] : this.answer(path, body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(path: string, body: Asked['body']): [number, object] {
    switch (path.replace('/api/2.0/mlflow/', '')) {
      case 'GET experiments/get-by-name': {
        const id = this.experiments.get(body.experiment_name);
        if (id !== undefined) return [200, { experiment: { experiment_id: id } }];
        return [404, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: `No experiment ${body.experiment_name}` }];
      }
      case 'POST experiments/create':
        if (this.experiments.has(body.name))
          return [400, { error_code: 'RESOURCE_ALREADY_EXISTS', message: 'There is' }];
        this.experiments.set(body.name, String(this.experiments.size + 1));
        return [200, { experiment_id: this.experiments.get(body.name)! }];
      case 'POST runs/create': {
        const id = `run${Object.keys(this.runs).length}`;
        this.runs[id] = { metrics: [], params: [], tags: [], status: 'RUNNING' };
        return [200, { run: { info: { run_id: id, experiment_id: body.experiment_id } } }];
      }
      case 'POST runs/log-batch': {
        const { run_id: id, metrics = [], params = [], tags = [] } = body;
        const isTooMuch = metrics.length > 1000 || params.length > 100 || tags.length > 100;
        if (isTooMuch) return [400, { error_code: 'INVALID_PARAMETER_VALUE', message: 'A batch request is too large' }];
        const run = this.runs[id]!;
        for (const [kind, added] of Object.entries({ metrics, params, tags })) {
          run[kind as 'metrics'].push(...(added as unknown[]));
        }
        return [200, {}];
      }
      case 'POST runs/update':
        this.runs[body.run_id]!.status = body.status;
        return [200, { run_info: {} }];
    }
    return [404, { error_code: 'ENDPOINT_NOT_FOUND', message: path }];
  }
}

describe('mlflowRun', () => {
  let fake: FakeMLflow;
  let uri: string;

  beforeEach(async () => {
    fake = new FakeMLflow();
    uri = await fake.start();
  });
  afterEach(() => fake.stop());

  it('makes the experiment and the run, logs, and says how it ended', async () => {
    const run = await mlflowRun({
      uri: `${uri}/`,
      experiment: 'nfnets é/1',
      runName: 'first',
      params: { batchSize: 64, clip: 'off', sam: false },
      tags: { engine: 'wasm' },
      headers: { authorization: 'Bearer t0k3n' },
    });
    await run.write({ type: 'step-end', step: 7, loss: Number.NaN, learningRate: 0.1 });
    run.log({ 'clip/stem(1)': 2, big: -Infinity }, 8);
    await run.close();

    const { metrics, params, tags, status } = fake.runs['run0']!;
    expect(params).toEqual([
      { key: 'batchSize', value: '64' },
      { key: 'clip', value: 'off' },
      { key: 'sam', value: 'false' },
    ]);
    expect(tags).toEqual([{ key: 'engine', value: 'wasm' }]);
    const timestamp = expect.any(Number);
    expect(metrics).toEqual([
      { key: 'train/loss', value: 'NaN', step: 7, timestamp },
      { key: 'train/learningRate', value: 0.1, step: 7, timestamp },
      { key: 'clip/stem_1_', value: 2, step: 8, timestamp },
      { key: 'big', value: '-Infinity', step: 8, timestamp },
    ]);
    expect(status).toBe('FINISHED');
    expect([...fake.experiments]).toEqual([['nfnets é/1', '1']]);
    expect(new Set(fake.asked.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer t0k3n']));
    const created = fake.asked.find(({ path }) => path.endsWith('runs/create'))!.body;
    expect(created).toEqual({ experiment_id: '1', start_time: expect.any(Number), run_name: 'first' });
    const ended = fake.asked.at(-1)!.body;
    expect(ended).toEqual({ run_id: 'run0', status: 'FINISHED', end_time: expect.any(Number) });
  });

  it('uses an experiment that is there', async () => {
    fake.experiments.set('shared', '42');
    const run = await mlflowRun({ uri, experiment: 'shared' });
    expect([run.experimentId, run.id]).toEqual(['42', 'run0']);
  });

  it.each([
    ['diverged', 'FAILED'],
    ['failed', 'FAILED'],
    ['stopped', 'KILLED'],
  ] as const)('ends a run that %s as %s', async (outcome, status) => {
    const run = await mlflowRun({ uri, experiment: 'e' });
    await run.write({ type: 'run-diverged', step: 3, reason: 'the loss is NaN' });
    await run.close(outcome);
    expect(fake.runs['run0']).toEqual({
      metrics: [],
      params: [],
      tags: [{ key: 'diverged', value: 'the loss is NaN' }],
      status,
    });
  });

  it('sends thousands of values in order and within the limits', async () => {
    const params = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`p${i}`, i]));
    const run = await mlflowRun({ uri, experiment: 'e', params });
    for (let step = 0; step < 2600; step++) run.log({ loss: step / 8 }, step);
    await run.close();
    const { metrics, params: logged } = fake.runs['run0']!;
    expect((metrics as { step: number; value: number }[]).map(({ step, value }) => [step, value])).toEqual(
      Array.from({ length: 2600 }, (_, step) => [step, step / 8]),
    );
    expect(logged).toHaveLength(250);
  });

  it('tries again where the server cannot answer now', async () => {
    fake.failures = [503, 429];
    const run = await mlflowRun({ uri, experiment: 'e', retryAfter: 1 });
    run.log({ loss: 1 }, 0);
    fake.failures = [500, 500, 500];
    await run.close();
    expect(fake.runs['run0']).toMatchObject({ metrics: [{ key: 'loss' }], status: 'FINISHED' });
  });

  it('keeps what it could not send for the next close', async () => {
    const run = await mlflowRun({ uri, experiment: 'e', retryAfter: 1 });
    run.log({ loss: 1, accuracy: 0.5 }, 0);
    fake.failures = [500, 500, 500, 500];
    await expect(run.close()).rejects.toThrow(
      `mlflowRun: 2 values of run run0 could not be sent to ${uri}. close() tries again.`,
    );
    expect(fake.runs['run0']).toMatchObject({ metrics: [], status: 'RUNNING' });
    await run.close();
    expect(fake.runs['run0']!.metrics).toHaveLength(2);
    expect(fake.runs['run0']!.status).toBe('FINISHED');
  });

  it('says what the server refuses, and where none is', async () => {
    fake.failures = [403];
    await expect(mlflowRun({ uri, experiment: 'e' })).rejects.toThrow(
      'mlflowRun: the server refused experiments/get-by-name with HTTP 403: busy',
    );
    await fake.stop();
    await expect(mlflowRun({ uri, experiment: 'e', retryAfter: 1 })).rejects.toThrow(
      'mlflowRun: `uri` must be that of an MLflow server; experiments/get-by-name got no answer in 4 tries',
    );
    await fake.start();
    await expect(mlflowRun({ uri, experiment: '' })).rejects.toThrow(
      'mlflowRun: `experiment` must be a string that is not empty, got "".',
    );
  });
});

describe('mlflowBatches', () => {
  it('keeps everything, in order, within the limits', () => {
    const pairs = fc.nat(350).map((n) => Array.from({ length: n }, (_, i) => ({ key: `k${i}`, value: String(i) })));
    const metrics = fc.nat(3500).map((n) => Array.from({ length: n }, (_, i) => mlflowMetric('m', i, i, 0)));
    fc.assert(
      fc.property(pairs, pairs, metrics, (params, tags, metrics) => {
        const batches = mlflowBatches({ params, tags, metrics });
        expect(batches.flatMap((batch) => batch.params ?? [])).toEqual(params);
        expect(batches.flatMap((batch) => batch.tags ?? [])).toEqual(tags);
        expect(batches.flatMap((batch) => batch.metrics ?? [])).toEqual(metrics);
        for (const batch of batches) {
          expect(Object.keys(batch)).toHaveLength(1);
          expect(batch.params?.length ?? 0).toBeLessThanOrEqual(100);
          expect(batch.tags?.length ?? 0).toBeLessThanOrEqual(100);
          expect(batch.metrics?.length ?? 0).toBeLessThanOrEqual(1000);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('makes names that MLflow takes', () => {
    expect(mlflowKey('clip/stage1 block_0.conv-1:a(b)~é')).toBe('clip/stage1 block_0.conv-1:a_b___');
    expect(mlflowKey('x'.repeat(300))).toHaveLength(250);
  });
});
