import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasTensorBoard, NEEDS, python, startTensorBoard } from './__fixtures__/tensorboard.js';
import { tensorBoardWriter } from './tensorboard-writer.js';

const isMissing = !hasTensorBoard();

// A PNG of 2 x 1 grey pixels.
const { png: hex } = JSON.parse(
  readFileSync(new URL('./__fixtures__/tensorboard-events.json', import.meta.url), 'utf8'),
) as { png: string };
const png = new Uint8Array(Buffer.from(hex, 'hex'));

const RESULTS = ['evaluation/accuracy', 'evaluation/loss'];

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nfnets-tensorboard-'));
  const writer = tensorBoardWriter(join(folder, 'first'));
  writer.hparams({ batchSize: 64, clip: 'off', sam: true }, RESULTS);
  for (let step = 0; step < 3; step++) {
    const layer = (layer: string, clippedUnits: number, largestRatio: number) => ({
      layer,
      units: 4,
      clippedUnits,
      largestRatio,
    });
    const clipStats = [layer('stem', 1, 0.25), layer('linear', 2, 0.5 + step)];
    writer.write({ type: 'step-end', step, loss: 2 - step / 4, samples: 32, seconds: 0.5, clipStats });
  }
  writer.image('digits', png, 2);
  writer.text('config', '**bold**', 0);
  writer.write({ type: 'epoch-end', epoch: 0, step: 2, meanLoss: 1.75, evaluation: { accuracy: 0.875, loss: 0.5 } });
  await writer.close('done');
  const second = tensorBoardWriter(join(folder, 'second'));
  second.hparams({ batchSize: 128, clip: '0.01', sam: false }, RESULTS);
  second.write({ type: 'run-diverged', step: 5, reason: 'the loss is NaN' });
  await second.close('diverged');
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('tensorBoardWriter', () => {
  it('gives every file a name of its own that TensorBoard looks for', async () => {
    const other = tensorBoardWriter(join(folder, 'names'));
    const next = tensorBoardWriter(join(folder, 'names'));
    const names = readdirSync(join(folder, 'names'));
    expect(names).toHaveLength(2);
    for (const name of names) expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\..+\.\d+\.\d+$/);
    await other.close();
    await next.close();
    await next.close();
    expect(() => next.scalar('loss', 1, 0)).toThrow(`tensorBoardWriter: \`${next.path}\` was closed`);
  });

  it('refuses a step that is not whole', async () => {
    const writer = tensorBoardWriter(join(folder, 'steps'));
    expect(() => writer.scalar('loss', 1, 0.5)).toThrow('tensorBoardWriter: `step` must be a whole number, got 0.5.');
    await writer.close();
  });
});

describe('a tensorBoardWriter after an error', () => {
  it('names what it cannot write, and goes on', async () => {
    const writer = tensorBoardWriter(join(folder, 'errors'));
    const refuse = (call: () => void, message: string) => expect(call).toThrow(message);
    refuse(() => writer.hparams(undefined as never), 'hparams: `settings` must be an object like');
    refuse(
      () => writer.hparams({ a: 1 }, { acc: 0.9 } as never),
      'hparams: `metrics` must be an array of tags of scalars',
    );
    refuse(() => writer.scalar('loss', '0.5' as never, 0), 'scalar: `loss` must be a number, got "0.5".');
    refuse(() => writer.scalar('loss', 3n as never, 0), 'scalar: `loss` must be a number, got 3n.');
    refuse(() => writer.scalar('' as never, 1, 0), 'scalar: `tag` must be a text that is not empty');
    refuse(() => writer.scalar('loss', 1, undefined as never), '`step` must be a whole number, got undefined.');
    refuse(() => writer.scalars({ a: null } as never, 0), 'scalars: `values.a` must be a number, got null.');
    refuse(() => writer.scalars(3 as never, 0), 'scalars: `values` must be an object like { loss: 0.5 }, got 3.');
    refuse(() => writer.histogram('h', 5 as never, 0), 'histogramValue: `values` must be an array of numbers, got 5.');
    refuse(() => writer.histogram('h', [1n] as never, 0), 'histogramValue: `values` must be an array of numbers');
    refuse(
      () => writer.image('i', 'x.png' as never, 0),
      '`png` must be the bytes of a PNG file as a Uint8Array, got "x.png".',
    );
    refuse(() => writer.text('t', { a: 1 } as never, 0), 'textValue: `markdown` must be a text, got {"a":1}.');
    refuse(() => writer.write(undefined as never), 'tensorBoardWriter: an event must be an object like');
    writer.scalar('loss', 1, 0);
    await writer.close();
    for (const bad of [undefined, 3]) {
      refuse(() => tensorBoardWriter(bad as never), 'tensorBoardWriter: `folder` must be a text that is not empty');
    }
  });
});

describe.skipIf(isMissing)(`TensorBoard's reader (${NEEDS})`, () => {
  const read = (run: string) => {
    const script = fileURLToPath(new URL('../../python/read_events.py', import.meta.url));
    return JSON.parse(execFileSync(python, [script, join(folder, run)], { encoding: 'utf8' }));
  };

  it('finds in the files what was written', { timeout: 60_000 }, () => {
    const { tags, scalars, histograms, images, texts, plugins } = read('first');
    expect(tags.scalars.sort()).toEqual([
      'clip/clippedShare',
      'clip/largestRatio/linear',
      'clip/largestRatio/stem',
      'epoch/meanLoss',
      'evaluation/accuracy',
      'evaluation/loss',
      'train/imagesPerSecond',
      'train/loss',
    ]);
    expect(scalars['train/loss']).toEqual([
      [0, 2],
      [1, 1.75],
      [2, 1.5],
    ]);
    expect(scalars['train/imagesPerSecond'][0]).toEqual([0, 64]);
    // (1 + 2) / (4 + 4)
    expect(scalars['clip/clippedShare'][0]).toEqual([0, 0.375]);
    expect(scalars['evaluation/accuracy']).toEqual([[2, 0.875]]);
    expect(
      histograms['clip/largestRatio'].map(({ step, min, max, num }: Record<string, number>) => [step, min, max, num]),
    ).toEqual([
      [0, 0.25, 0.5, 2],
      [1, 0.25, 1.5, 2],
      [2, 0.25, 2.5, 2],
    ]);
    expect(images).toEqual({ digits: [[2, 2, 1, png.length]] });
    expect(texts).toEqual({ config: ['**bold**'] });
    expect(plugins.hparams).toEqual([
      '_hparams_/experiment',
      '_hparams_/session_end_info',
      '_hparams_/session_start_info',
    ]);
    expect(read('second').texts).toEqual({ diverged: ['the loss is NaN'] });
  });
});

describe.skipIf(isMissing)(`The HPARAMS tab without a choice of results (${NEEDS})`, () => {
  it('has the settings of all runs, of any type', { timeout: 120_000 }, async () => {
    const runs = mkdtempSync(join(tmpdir(), 'nfnets-hparams-'));
    const settings = [
      { lr: 0.1, clip: null, sizes: [1, 2], absent: undefined },
      { lr: 0.2, clip: Infinity, rho: 0.05, step: { name: 'sam' } },
    ];
    for (const [i, each] of settings.entries()) {
      const writer = tensorBoardWriter(join(runs, `run${i}`));
      writer.hparams(each);
      writer.scalar('evaluation/accuracy', i / 2, 3);
      await writer.close();
    }
    const { url, stop } = await startTensorBoard(runs);
    try {
      let found: { hparams: object }[] = [];
      while (found.length < 2) {
        const body = {
          experimentName: '',
          allowedStatuses: ['STATUS_SUCCESS'],
          colParams: [],
          startIndex: 0,
          sliceSize: 10,
        };
        const answer = await fetch(`${url}data/plugin/hparams/session_groups`, {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        });
        found = ((await answer.json()) as { sessionGroups?: { hparams: object }[] }).sessionGroups ?? [];
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      expect(found.map(({ hparams }) => hparams)).toEqual([
        { lr: 0.1, clip: 'null', sizes: '[1,2]' },
        { lr: 0.2, clip: 'Infinity', rho: 0.05, 'step.name': 'sam' },
      ]);
      const columns = await fetch(`${url}data/plugin/hparams/experiment`, {
        method: 'POST',
        body: JSON.stringify({ experimentName: '' }),
        headers: { 'content-type': 'application/json' },
      });
      const { hparamInfos, metricInfos } = (await columns.json()) as {
        hparamInfos: { name: string }[];
        metricInfos: { name: { tag: string } }[];
      };
      expect(hparamInfos.map(({ name }) => name).sort()).toEqual(['clip', 'lr', 'rho', 'sizes', 'step.name']);
      expect(metricInfos.map(({ name }) => name.tag)).toEqual(['evaluation/accuracy']);
    } finally {
      await stop();
      rmSync(runs, { recursive: true });
    }
  });
});

describe.skipIf(isMissing)(`TensorBoard's server (${NEEDS})`, () => {
  let stop: () => Promise<void>;
  let url: string;

  beforeAll(async () => {
    ({ url, stop } = await startTensorBoard(folder));
    // The server reads the files after it has begun to answer; how a run ended is the last that it finds.
    while ((await rows()).filter(({ status }) => status !== 'STATUS_RUNNING').length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }, 120_000);

  afterAll(() => stop?.());

  async function get(path: string, body?: object): Promise<unknown> {
    const request = body && {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    };
    const response = await fetch(`${url}data/plugin/${path}`, request);
    expect(response.status, path).toBe(200);
    return response.json();
  }

  interface SessionGroup {
    readonly name: string;
    readonly hparams: object;
    readonly metricValues: readonly { readonly value: number }[];
    readonly sessions: readonly { readonly status: string }[];
  }

  /** Rows of the HPARAMS tab, by name. */
  async function rows() {
    const { sessionGroups = [] } = (await get('hparams/session_groups', {
      experimentName: '',
      allowedStatuses: ['STATUS_UNKNOWN', 'STATUS_SUCCESS', 'STATUS_FAILURE', 'STATUS_RUNNING'],
      colParams: [],
      startIndex: 0,
      sliceSize: 10,
    })) as { sessionGroups?: SessionGroup[] };
    return sessionGroups
      .map(({ name, hparams, metricValues, sessions }) => ({
        name,
        hparams,
        values: metricValues.map(({ value }) => value).sort(),
        status: sessions[0]!.status,
      }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  it('serves scalars', async () => {
    const points = (await get('scalars/scalars?run=first&tag=train%2Floss')) as [number, number, number][];
    expect(points.map(([, step, value]) => [step, value])).toEqual([
      [0, 2],
      [1, 1.75],
      [2, 1.5],
    ]);
  });

  it('serves histograms', async () => {
    const steps = (await get('histograms/histograms?run=first&tag=clip%2FlargestRatio')) as [
      number,
      number,
      [number, number, number][],
    ][];
    expect(steps.map(([, step]) => step)).toEqual([0, 1, 2]);
    const buckets = steps[1]![2];
    expect([buckets[0]![0], buckets.at(-1)![1]]).toEqual([0.25, 1.5]);
    expect(buckets.reduce((sum, [, , count]) => sum + count, 0)).toBe(2);
  });

  it('serves images', async () => {
    const [image] = (await get('images/images?run=first&tag=digits&sample=0')) as { step: number; query: string }[];
    expect(image!.step).toBe(2);
    const response = await fetch(`${url}data/plugin/images/individualImage?${image!.query}`);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(png);
  });

  it('serves text', async () => {
    const [text] = (await get('text/text?run=first&tag=config')) as { text: string }[];
    expect(text!.text).toContain('<strong>bold</strong>');
  });

  it('shows settings, results and outcomes in the HPARAMS tab', async () => {
    const experiment = (await get('hparams/experiment', { experimentName: '' })) as {
      hparamInfos: { name: string; type: string }[];
      metricInfos: { name: { tag: string } }[];
    };
    expect(experiment.hparamInfos.map(({ name, type }) => [name, type]).sort()).toEqual([
      ['batchSize', 'DATA_TYPE_FLOAT64'],
      ['clip', 'DATA_TYPE_STRING'],
      ['sam', 'DATA_TYPE_BOOL'],
    ]);
    expect(experiment.metricInfos.map(({ name }) => name.tag).sort()).toEqual([
      'evaluation/accuracy',
      'evaluation/loss',
    ]);

    expect(await rows()).toEqual([
      {
        name: 'first',
        hparams: { batchSize: 64, clip: 'off', sam: true },
        values: [0.5, 0.875],
        status: 'STATUS_SUCCESS',
      },
      { name: 'second', hparams: { batchSize: 128, clip: '0.01', sam: false }, values: [], status: 'STATUS_FAILURE' },
    ]);
  });
});
