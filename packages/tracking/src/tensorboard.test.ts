import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tensorBoardWriter } from './tensorboard-writer.js';

const ownPython = fileURLToPath(new URL('../../../bench/.venv/bin/python', import.meta.url));
const python = process.env['NFNETS_PYTHON'] ?? ownPython;
const isMissing = spawnSync(python, ['-c', 'import tensorboard']).status !== 0;
const NEEDS = 'needs tensorboard: python3 -m venv bench/.venv && bench/.venv/bin/pip install tensorboard';

// A PNG of 2 x 1 grey pixels.
const { png: hex } = JSON.parse(
  readFileSync(new URL('./__fixtures__/tensorboard-events.json', import.meta.url), 'utf8'),
) as { png: string };
const png = new Uint8Array(Buffer.from(hex, 'hex'));

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nfnets-tensorboard-'));
  const writer = tensorBoardWriter(join(folder, 'first'));
  writer.hparams({ batchSize: 64, clip: 'off', sam: true });
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
  second.hparams({ batchSize: 128, clip: '0.01', sam: false });
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

describe.skipIf(isMissing)(`TensorBoard's reader (${NEEDS})`, () => {
  const read = (run: string) => {
    const script = fileURLToPath(new URL('../python/read_events.py', import.meta.url));
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

describe.skipIf(isMissing)(`TensorBoard's server (${NEEDS})`, () => {
  let stop: () => Promise<void>;
  let url: string;

  beforeAll(async () => {
    const server = spawn(
      python,
      ['-m', 'tensorboard.main', '--logdir', folder, '--host', '127.0.0.1', '--port', '0', '--reload_interval', '1'],
      { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder },
    );
    const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
    stop = async () => {
      server.kill();
      await ended;
    };
    url = await new Promise((resolve, reject) => {
      let text = '';
      for (const stream of [server.stdout, server.stderr]) {
        stream.on('data', (part) => {
          text += part;
          const address = text.match(/http:\/\/\S+:\d+\//);
          if (address) resolve(address[0]);
        });
      }
      ended.then(() => reject(new Error(text)));
    });
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
