import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { follow } from '../events/follow.js';
import { FakeMLflow } from './__fixtures__/mlflow-server.js';
import { mlflowBatches, mlflowKey, mlflowMetric } from './mlflow-batches.js';
import { type MLflowOptions, mlflowRun } from './mlflow-run.js';
import { resumableMLflowRun } from './resumable-mlflow-run.js';

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

describe('what MLflow refuses', () => {
  let fake: FakeMLflow;
  let uri: string;
  let notices: string[];
  const begin = (options: Partial<MLflowOptions> = {}) =>
    mlflowRun({ uri, experiment: 'e', retryAfter: 1, onNotice: (notice) => notices.push(notice), ...options });

  beforeEach(async () => {
    fake = new FakeMLflow();
    uri = await fake.start();
    notices = [];
  });
  afterEach(() => fake.stop());

  it('is one value among many: the rest is stored, and it is named once', async () => {
    fake.refuses = ({ key }) => key === 'bad';
    const run = await begin();
    for (let step = 0; step < 1300; step++) run.log({ loss: step, ...(step % 100 === 50 && { bad: step }) }, step);
    run.log({ last: 1 }, 1300);
    await run.close();
    const { metrics, status } = fake.runs['run0']!;
    expect(metrics.filter(({ key }) => key === 'loss').map(({ step }) => step)).toEqual(
      Array.from({ length: 1300 }, (_, step) => step),
    );
    expect(metrics.at(-1)).toMatchObject({ key: 'last' });
    expect(status).toBe('FINISHED');
    expect(notices).toEqual([
      "mlflowRun: the server refused runs/log-batch with INVALID_PARAMETER_VALUE: Invalid value for 'bad'. The metric `bad` of 50 at step 50 is left out; the rest is logged.",
    ]);
    // Three of the 13 are looked for by halves; then the name is known.
    expect(fake.asked.length).toBeLessThan(3 * 2 * 10 + 10);
  });

  it('is a single point of a metric: its other points are stored', async () => {
    fake.refuses = ({ key, value }) => key === 'loss' && value === 7;
    const run = await begin();
    for (let step = 0; step < 20; step++) run.log({ loss: step }, step);
    await run.close();
    expect(fake.runs['run0']!.metrics.map(({ step }) => step)).toEqual(
      Array.from({ length: 20 }, (_, step) => step).filter((step) => step !== 7),
    );
  });

  it('is a parameter or a tag', async () => {
    fake.refuses = ({ value }) => value === 'bad';
    const run = await begin({ params: { a: 1, b: 'bad', c: 3 }, tags: { t: 'bad', u: 'x' } });
    await run.close();
    expect(fake.runs['run0']).toMatchObject({
      params: [{ key: 'a' }, { key: 'c' }],
      tags: [{ key: 'u', value: 'x' }],
      status: 'FINISHED',
    });
    expect(notices.map((notice) => /The .* is left out/.exec(notice)![0])).toEqual([
      'The parameter `b` of "bad" is left out',
      'The tag `t` of "bad" is left out',
    ]);
  });

  it('is a long value: it is cut, and told', async () => {
    const params = {
      long: 'x'.repeat(7000),
      many: Object.fromEntries(Array.from({ length: 150 }, (_, i) => [i, 'é'.repeat(6000)])),
    };
    const run = await begin({ params, tags: { long: 'y'.repeat(5001) } });
    await run.close();
    expect(fake.runs['run0']!.params.map(({ value }) => (value as string).length)).toEqual(Array(151).fill(6000));
    expect(fake.runs['run0']!.tags.map(({ value }) => (value as string).length)).toEqual([5000]);
    expect(notices).toEqual([
      'mlflowRun: `params.long` has 7000 characters, MLflow takes 6000: the rest of it is cut off.',
      'mlflowRun: `tags.long` has 5001 characters, MLflow takes 5000: the rest of it is cut off.',
    ]);
  });

  it('is settings of no plain type: they are texts, those of sections with their names', async () => {
    const run = await begin({
      params: { clip: null, sizes: [1, 2], absent: undefined, seed: 3n, step: { name: 'sam' } },
    });
    await run.close();
    expect(Object.fromEntries(fake.runs['run0']!.params.map(({ key, value }) => [key, value]))).toEqual({
      ...{ clip: 'null', sizes: '[1,2]', seed: '3', 'step.name': 'sam' },
    });
  });

  it('is two names that would be one: each has its own', async () => {
    const long = 'x'.repeat(260);
    const run = await begin({ params: { 'a@b': 1, 'a%b': 3 } });
    run.log({ 'l@1': 1, 'l#1': 2, [`${long}a`]: 3, [`${long}b`]: 4, 'a//b/../c/': 5, '': 6 }, 0);
    run.log({ 'l#1': 7 }, 1);
    await run.close();
    const { params, metrics } = fake.runs['run0']!;
    expect(params.map(({ value }) => value)).toEqual(['1', '3']);
    expect(new Set(params.map(({ key }) => key)).size).toBe(2);
    const keys = metrics.map(({ key }) => key);
    expect(new Set(keys).size).toBe(6);
    expect(keys[6]).toBe(keys[1]);
    expect([keys[0], keys[4], keys[5]]).toEqual(['l_1', 'a/b/__/c', '_']);
    expect(notices[0]).toMatch(/names of `a@b` and `a%b` would be the same; `a%b` is called `a_b_[0-9a-f]{8}`/);
  });

  it('is the whole run: values stay, and a run that did not begin is ended', async () => {
    const run = await begin();
    fake.failures = [401];
    run.log({ loss: 1 }, 0);
    await expect(run.close()).rejects.toThrow('1 values of run run0 could not be sent');
    await run.close();
    expect(fake.runs['run0']!.metrics).toHaveLength(1);
    // The experiment and the run are there; then four tries of its parameters.
    fake.failures = [0, 0, 503, 503, 503, 503];
    await expect(begin({ params: { a: 1 } })).rejects.toThrow('refused runs/log-batch with HTTP 503: busy');
    expect(fake.runs['run1']!.status).toBe('FAILED');
  });

  it.each([
    ['no options', undefined, 'mlflowRun: options must be an object like { uri, experiment }, got undefined.'],
    ['a number', 5000, 'mlflowRun: options must be an object like { uri, experiment }, got 5000.'],
    [
      'an option of the Python client',
      { uri: 'http://a', experiment_name: 'e' },
      'no option `experiment_name`. It is `experiment`.',
    ],
    [
      'a misspelt option',
      { uri: 'http://a', experiment: 'e', runname: 'x' },
      'no option `runname`; did you mean `runName`?',
    ],
    [
      'another protocol',
      { uri: 'databricks', experiment: 'e' },
      '`uri` must be the address of an MLflow server, such as',
    ],
    [
      'params that are a list',
      { uri: 'http://a', experiment: 'e', params: [1] },
      '`params` must be an object of names',
    ],
  ])('is %s', async (_, options, message) => {
    await expect(mlflowRun(options as never)).rejects.toThrow(message);
  });

  it('is a value that is no number', async () => {
    const run = await begin();
    expect(() => run.log({ loss: '1' } as never, 0)).toThrow('log: `metrics.loss` must be a number, got "1".');
    expect(() => run.log({ loss: 1 }, 0.5)).toThrow('log: `step` must be a whole number, got 0.5.');
    expect(() => run.log(undefined as never, 0)).toThrow('log: `metrics` must be an object like { loss: 0.5 }');
    await expect(run.write(3 as never)).rejects.toThrow('mlflowRun: an event must be an object like');
    await run.close();
    expect(fake.runs['run0']!.status).toBe('FINISHED');
  });
});

describe('an MLflow server that is away', () => {
  let fake: FakeMLflow;
  let uri: string;
  beforeEach(async () => {
    fake = new FakeMLflow();
    uri = await fake.start();
  });
  afterEach(() => fake.stop());

  it('costs nothing: the event of a divergence is passed on, and its tag comes later', async () => {
    const run = await mlflowRun({ uri, experiment: 'e', retryAfter: 1 });
    fake.failures = Array(8).fill(503);
    async function* events() {
      yield { type: 'step-end', step: 0, loss: 1 };
      yield { type: 'run-diverged', step: 0, reason: 'the loss is NaN' };
    }
    const seen: string[] = [];
    for await (const { type } of follow(events(), [{ write: (event) => run.write(event), close: () => {} }]))
      seen.push(type);
    expect(seen).toEqual(['step-end', 'run-diverged']);
    await expect(run.close('diverged')).rejects.toThrow('2 values of run run0 could not be sent');
    fake.failures = [];
    await run.close('diverged');
    expect(fake.runs['run0']).toMatchObject({
      tags: [{ key: 'diverged', value: 'the loss is NaN' }],
      metrics: [{ key: 'train/loss' }],
      status: 'FAILED',
    });
    const { length } = fake.asked;
    await run.close();
    expect(fake.asked).toHaveLength(length);
  });

  it('is asked again when it wants to be', async () => {
    const times = () => {
      const [first, ...rest] = fake.asked.filter(({ path }) => path.endsWith('get-by-name')).map(({ at }) => at);
      return rest.map((at) => at - first!);
    };
    fake.experiments.set('e', '1');
    fake.failures = [429, 503];
    fake.retryAfter = '1';
    await mlflowRun({ uri, experiment: 'e', retryAfter: 1 });
    const [second, third] = times();
    expect(second).toBeGreaterThanOrEqual(990);
    expect(third! - second!).toBeGreaterThanOrEqual(990);
    fake.asked.length = 0;
    // Of a date in the past nothing is to be waited for.
    fake.failures = [503];
    fake.retryAfter = new Date(0).toUTCString();
    await mlflowRun({ uri, experiment: 'e', retryAfter: 1 });
    expect(times()[0]).toBeLessThan(900);
  });

  it('is not waited for longer than a minute', async () => {
    fake.experiments.set('e', '1');
    fake.failures = [503, 503];
    fake.retryAfter = '86400';
    const delays: number[] = [];
    const { setTimeout: real } = globalThis;
    const wait = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, delay = 0, ...rest: []) => {
      delays.push(delay);
      // Those of fetch stay as they are.
      return real(work, delay >= 60_000 ? 0 : delay, ...rest);
    }) as never);
    await mlflowRun({ uri, experiment: 'e', retryAfter: 1 });
    wait.mockRestore();
    expect(delays.filter((delay) => delay >= 60_000)).toEqual([60_000, 60_000]);
  });

  it('is named without the password that it wants', async () => {
    const secret = uri.replace('//', '//us%40er:pa%3Ass@');
    const run = await mlflowRun({ uri: secret, experiment: 'e', retryAfter: 1 });
    await run.close();
    expect(inspect(run, { depth: 9 })).not.toContain('Basic');
    const expected = `Basic ${Buffer.from('us@er:pa:ss').toString('base64')}`;
    expect(new Set(fake.asked.map(({ authorization }) => authorization))).toEqual(new Set([expected]));
    await fake.stop();
    const messages: string[] = [];
    for (const options of [
      { uri: secret, experiment: 'e', retryAfter: 1 },
      { uri: 'ftp://user:pa%3Ass@host', experiment: 'e' },
      { uri: 'user:pa%3Ass@host', experiment: 'e' },
      { uri, experiment: 'e', headers: { authorization: 'Bearer pa:ss\n!' } },
    ]) {
      const error = await mlflowRun(options).catch((error: Error) => error);
      messages.push(`${(error as Error).message} ${((error as Error).cause as Error | undefined)?.message}`);
    }
    expect(messages.join()).not.toMatch(/pa(:|%3A)ss/);
    expect(messages[0]).toMatch(/got no answer in 4 tries from http:\/\/127\.0\.0\.1:\d+\/api.*ECONNREFUSED/);
    await fake.start();
  });
});

describe('a run on an MLflow server that goes on', () => {
  let fake: FakeMLflow;
  let uri: string;
  let folder: string;
  beforeEach(async () => {
    fake = new FakeMLflow();
    uri = await fake.start();
    folder = mkdtempSync(join(tmpdir(), 'nfnets-mlflow-'));
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await fake.stop();
  });
  const step = (step: number, attempt: number) => ({ type: 'step-end', step, loss: 100 * attempt + step });
  const points = () => fake.runs['run0']!.metrics.map(({ step, value }) => [step, value]);

  it('has each step once', async () => {
    const options = { uri, experiment: 'e', params: { batchSize: 64 } };
    const first = await resumableMLflowRun(join(folder, 'deep/mlflow.json'), options);
    for (let i = 0; i < 8; i++) await first.write(step(i, 0));
    await first.write({ type: 'checkpoint-saved', step: 7 });
    await first.setTags({});
    // Lost with the process.
    await first.write(step(8, 0));

    const second = await resumableMLflowRun(join(folder, 'deep/mlflow.json'), options);
    expect([second.id, second.experimentId, fake.runs['run0']!.status]).toEqual(['run0', '1', 'RUNNING']);
    await second.write({ type: 'run-resumed', steps: 6 });
    for (let i = 6; i < 11; i++) await second.write(step(i, 1));
    // The same process goes on from an earlier checkpoint.
    await second.write({ type: 'run-resumed', steps: 9 });
    for (let i = 9; i < 12; i++) await second.write(step(i, 2));
    await second.close();
    expect(points()).toEqual([
      ...Array.from({ length: 8 }, (_, i) => [i, i]),
      ...[8, 9, 10].map((i) => [i, 100 + i]),
      [11, 211],
    ]);
    expect(Object.keys(fake.runs)).toEqual(['run0']);
    expect(fake.runs['run0']!.status).toBe('FINISHED');
  });

  it('tells of a setting that is another now, and goes on', async () => {
    const notices: string[] = [];
    const onNotice = (notice: string) => notices.push(notice);
    const first = await mlflowRun({ uri, experiment: 'e', params: { batchSize: 64, rate: 1 }, onNotice });
    const second = await mlflowRun({
      uri,
      experiment: 'e',
      params: { batchSize: 32, rate: 1 },
      runId: first.id,
      onNotice,
    });
    await second.close();
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain(
      'Changing param values is not allowed: batchSize. The parameter `batchSize` of "32" is left out',
    );
  });

  it('begins another where the server has it no more', async () => {
    const path = join(folder, 'mlflow.json');
    const notices: string[] = [];
    const options = { uri, experiment: 'e', onNotice: (notice: string) => notices.push(notice) };
    expect((await resumableMLflowRun(path, options)).id).toBe('run0');
    fake.deleted.add('run0');
    expect((await resumableMLflowRun(path, options)).id).toBe('run1');
    expect(notices).toEqual([`resumableMLflowRun: the server has no run run0 (${path}); another is begun.`]);
    expect((await resumableMLflowRun(path, options)).id).toBe('run1');
    writeFileSync(path, '{"runId"');
    expect((await resumableMLflowRun(path, options)).id).toBe('run2');
    await expect(mlflowRun({ ...options, runId: 'run9' })).rejects.toThrow('Run run9 not found');
    await expect(mlflowRun({ ...options, runId: 'run0' })).rejects.toThrow('the run run0 was deleted');
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
