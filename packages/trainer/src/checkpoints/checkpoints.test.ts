import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { sgd } from '@nfnets/optimizers';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { points, smallClassifier, weightValues } from '../__fixtures__/small-classifier.js';
import { CheckpointError, ema, evaluate, type TrainEvent, train } from '../index.js';
import { checkpoints, loadCheckpoint, saveCheckpoint } from '../node.js';
import { resumableRun, STEPS } from './__fixtures__/resumable-run.js';

vi.mock('node:fs/promises', { spy: true });

const root = mkdtempSync(join(tmpdir(), 'nfnets-checkpoints-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = () => join(root, `run-${folders++}`);
const stepsIn = (folder: string) => readdirSync(folder).sort();

describe('checkpoints', () => {
  it('keeps the newest, and tells where', async () => {
    const [model, optimizer, folder] = [smallClassifier(), sgd({ learningRate: 0.1 }), newFolder()];
    const task = { model, optimizer, data: points(40), epochs: 3, batchSize: 8, seed: 0 };
    const events: TrainEvent[] = [];
    const store = checkpoints(folder, { everySteps: 2 });
    for await (const event of train({ ...task, checkpoint: store })) events.push(event);
    // 5 steps an epoch: steps 2, 4, 6, 8, 10, 12, 14 and, at the ends of epochs, 5, 10, 15.
    const saved = events.filter((event) => event.type === 'checkpoint-saved');
    expect(saved.map(({ step }) => step + 1)).toEqual([2, 4, 5, 6, 8, 10, 10, 12, 14, 15]);
    expect(saved[0]).toEqual({ type: 'checkpoint-saved', step: 1, epoch: 0, place: join(folder, 'step-00000002') });
    expect(stepsIn(folder)).toEqual(['step-00000012', 'step-00000014', 'step-00000015']);
    expect(await store.list()).toEqual(stepsIn(folder).map((name) => join(folder, name)));
    optimizer.dispose();
    model.dispose();
  });

  it('keeps the best beside them', async () => {
    const folder = newFolder();
    const store = checkpoints(folder, { keep: 1, keepBest: 'loss', everyEpochs: Infinity });
    // A rate that ruins the network after the first epoch.
    const schedule = (step: number) => (step < 10 ? 0.05 : 3);
    const change = { schedule, divergence: { patience: 100, margin: 1e30 } };
    const { epochs } = await resumableRun({ net: 'dense', checkpoint: store, change });
    const losses = epochs.map(({ evaluation }) => evaluation!.loss);
    expect(Math.min(...losses)).toBe(losses[0]);
    expect(stepsIn(folder)).toEqual(['step-00000010', 'step-00000030']);
    const best = await store.best();
    expect(best).toBe(join(folder, 'step-00000010'));
  });

  it('saves after the present step when asked to, and after so many seconds', async () => {
    const folder = newFolder();
    const asked = checkpoints(folder, { everyEpochs: Infinity });
    const onStep = ({ step }: { step: number }) => {
      if (step === 6) asked.saveSoon();
    };
    await resumableRun({ net: 'dense', checkpoint: asked, onStep, stopAfter: 8 });
    expect(stepsIn(folder)).toEqual(['step-00000007']);
    const often = checkpoints(newFolder(), { everySeconds: 0 });
    await resumableRun({ net: 'dense', checkpoint: often, stopAfter: 2 });
    expect((await often.list()).map((path) => basename(path))).toEqual(['step-00000001', 'step-00000002']);
  });

  it.each([
    [{ keep: 0 }, '`keep` must be an integer >= 1, got 0'],
    [{ everySteps: 0.5 }, '`everySteps` must be an integer >= 1, got 0.5'],
    [{ everySeconds: -1 }, '`everySeconds` must be finite and >= 0, got -1'],
    [{ everyEpochs: 0 }, '`everyEpochs` must be an integer >= 1, got 0'],
    [
      { keepBest: 'speed' as never },
      "`keepBest` must be one of 'accuracy', 'loss', 'emaAccuracy', 'emaLoss', got \"speed\"",
    ],
    [{ resume: 'never' as never }, "`resume` must be one of 'auto', 'must', got \"never\""],
  ])('refuses the options %j', (options, message) => {
    expect(() => checkpoints('x', options)).toThrow(`checkpoints: ${message}.`);
  });

  it('is an error where a run must go on and there is nothing', async () => {
    const checkpoint = checkpoints(newFolder(), { resume: 'must' });
    await expect(resumableRun({ net: 'dense', checkpoint })).rejects.toThrow(
      /`resume` is 'must', and .* has no checkpoint\. Pass 'auto'/,
    );
  });
});

describe('a checkpoint that is', async () => {
  const original = newFolder();
  const whole = await resumableRun({ net: 'dense', checkpoint: checkpoints(original, { everySteps: 4, keep: 100 }) });
  const tensors = (folder: string) => join(folder, 'state.safetensors');
  const description = (folder: string) => join(folder, 'checkpoint.json');
  const flip = (path: string, at: number) => {
    const bytes = readFileSync(path);
    bytes[at]! ^= 1;
    writeFileSync(path, bytes);
  };

  it.each<[string, (newest: string) => void, RegExp]>([
    ['truncated', (at) => truncateSync(tensors(at), 1000), /state.safetensors has 1000 bytes and should have \d+\.$/],
    ['longer', (at) => appendFileSync(tensors(at), 'x'), /has \d+ bytes and should have \d+\.$/],
    ['changed in a weight', (at) => flip(tensors(at), 3000), /state.safetensors was changed after it was written\.$/],
    ['changed in its header', (at) => flip(tensors(at), 30), /state.safetensors was changed/],
    ['without tensors', (at) => rmSync(tensors(at)), /state.safetensors is missing/],
    ['without a description', (at) => rmSync(description(at)), /checkpoint.json is missing/],
    ['half described', (at) => truncateSync(description(at), 300), /checkpoint.json is no JSON/],
    [
      'of another format',
      (at) => writeFileSync(description(at), '{}'),
      /must be "nfnets checkpoint 2" or "nfnets checkpoint 1", got undefined/,
    ],
    [
      'changed in its position',
      (at) =>
        writeFileSync(description(at), readFileSync(description(at), 'utf8').replace('"steps": 28', '"steps": 27')),
      /`info` of checkpoint.json was changed/,
    ],
    [
      'no folder',
      (at) => {
        rmSync(at, { recursive: true });
        writeFileSync(at, '');
      },
      /checkpoint.json is missing/,
    ],
  ])('%s is passed over for the one before it', async (_, damage, reason) => {
    const folder = newFolder();
    cpSync(original, folder, { recursive: true });
    rmSync(join(folder, 'step-00000030'), { recursive: true });
    damage(join(folder, 'step-00000028'));
    const rest = await resumableRun({ net: 'dense', checkpoint: checkpoints(folder, { everySteps: 4 }), spoil: true });
    expect(rest.resumed).toMatchObject({ steps: 24, place: join(folder, 'step-00000024') });
    expect(rest.resumed!.refused).toEqual([expect.stringMatching(reason)]);
    expect(rest.resumed!.refused[0]).toMatch(/step-00000028: not a sound checkpoint: /);
    for (let step = 24; step < STEPS; step++) expect(rest.losses[step]).toBe(whole.losses[step]);
    expect(rest.weights).toEqual(whole.weights);
    // The broken one was made anew.
    expect(stepsIn(folder)).toEqual(['step-00000024', 'step-00000028', 'step-00000030']);
  });

  it('the only one, and broken, is an error and not a new beginning', async () => {
    const folder = newFolder();
    cpSync(join(original, 'step-00000004'), join(folder, 'step-00000004'), { recursive: true });
    truncateSync(tensors(join(folder, 'step-00000004')), 10);
    const run = resumableRun({ net: 'dense', checkpoint: checkpoints(folder) });
    await expect(run).rejects.toThrow(CheckpointError);
    await expect(run).rejects.toThrow(/has no checkpoint that is sound: .*has 10 bytes .* Delete it to begin anew/);
  });

  it('half written, by a process that was killed, is not seen, and goes', async () => {
    const folder = newFolder();
    cpSync(join(original, 'step-00000004'), join(folder, 'step-00000004'), { recursive: true });
    mkdirSync(join(folder, 'step-00000008.partial'));
    writeFileSync(join(folder, 'step-00000008.partial/state.safetensors'), 'half');
    const run = { net: 'dense', checkpoint: checkpoints(folder, { everySteps: 4 }), stopAfter: 8 } as const;
    const rest = await resumableRun(run);
    expect(rest.resumed).toMatchObject({ steps: 4, refused: [] });
    expect(stepsIn(folder)).toEqual(['step-00000004', 'step-00000008']);
  });

  it.each([
    [
      'ENOSPC',
      /step-00000008: the checkpoint cannot be written: no space left on the disk \(ENOSPC\)\. Free some, and run again: it goes on where the last checkpoint was made\.$/,
    ],
    ['EIO', /cannot be written: EIO: from the disk\. Mend that, and run again/],
  ])('not written, as the disk says %s, leaves those that are there', async (code, message) => {
    const folder = newFolder();
    const checkpoint = checkpoints(folder, { everySteps: 4, keep: 1 });
    await resumableRun({ net: 'dense', checkpoint, stopAfter: 4 });
    // The disk takes the header and some tensors, and no more.
    const { open } = await vi.importActual<typeof fs>('node:fs/promises');
    vi.mocked(fs.open).mockImplementation(async (...args) => {
      const file = await open(...args);
      const write = file.writeFile.bind(file);
      let writes = 0;
      file.writeFile = async (data) => {
        if (++writes > 5) throw Object.assign(new Error(`${code}: from the disk`), { code });
        return write(data);
      };
      return file;
    });
    try {
      await expect(resumableRun({ net: 'dense', checkpoint })).rejects.toThrow(message);
    } finally {
      vi.mocked(fs.open).mockImplementation(open);
    }
    expect(stepsIn(folder)).toEqual(['step-00000004']);
    const rest = await resumableRun({ net: 'dense', checkpoint, spoil: true });
    expect(rest.resumed).toMatchObject({ steps: 4, refused: [] });
    expect(rest.weights).toEqual(whole.weights);
  });
});

describe('saveCheckpoint and loadCheckpoint', () => {
  it('keep a state by hand, and give it back to objects of another process', async () => {
    const path = join(newFolder(), 'mine');
    const [model, other] = [smallClassifier(), smallClassifier()];
    const average = ema(model, { decay: 0.9 });
    const optimizer = sgd({ learningRate: 0.1 });
    const task = { data: points(40), epochs: 2, batchSize: 8, seed: 0 };
    for await (const _ of train({ ...task, model, optimizer, ema: average }));
    await saveCheckpoint(path, { model, optimizer, ema: average }, { note: 'two epochs' });
    await saveCheckpoint(path, { model, optimizer, ema: average }, { note: 'again' });

    const [otherAverage, otherOptimizer] = [ema(other, { decay: 0.9 }), sgd({ learningRate: 0.1 })];
    const info = await loadCheckpoint(path, { model: other, optimizer: otherOptimizer, ema: otherAverage });
    expect(info).toEqual({ note: 'again' });
    expect(weightValues(other)).toEqual(weightValues(model));
    expect(otherAverage.updates).toBe(10);
    expect(otherOptimizer.iterations).toBe(10);
    const losses: number[][] = [];
    for (const each of [
      { model, optimizer, ema: average },
      { model: other, optimizer: otherOptimizer, ema: otherAverage },
    ]) {
      const made: number[] = [];
      for await (const event of train({ ...task, ...each, seed: 1 }))
        if (event.type === 'step-end') made.push(event.loss);
      losses.push(made);
    }
    expect(losses[1]).toEqual(losses[0]);
    for (const thing of [model, other, average, otherAverage, optimizer, otherOptimizer]) thing.dispose();
  });

  it('load the weights alone of the best checkpoint of a run', async () => {
    const folder = newFolder();
    const [model, optimizer, data] = [smallClassifier(), sgd({ learningRate: 0.3 }), points(40)];
    const store = checkpoints(folder, { keepBest: 'accuracy' });
    const task = { model, optimizer, data, epochs: 3, batchSize: 8, seed: 0, evaluate: { data }, checkpoint: store };
    const accuracies: number[] = [];
    for await (const event of train(task)) if (event.type === 'epoch-end') accuracies.push(event.evaluation!.accuracy);
    const other = smallClassifier();
    await loadCheckpoint((await store.best())!, { model: other });
    expect((await evaluate(other, data)).accuracy).toBe(Math.max(...accuracies));
    for (const thing of [model, other, optimizer]) thing.dispose();
  });

  it('find what was there when a writer was killed between two renames', async () => {
    const path = join(newFolder(), 'mine');
    const model = smallClassifier();
    await saveCheckpoint(path, { model }, 1);
    renameSync(path, `${path}.old`);
    expect(await loadCheckpoint(path, { model })).toBe(1);
    await saveCheckpoint(path, { model }, 2);
    expect(await loadCheckpoint(path, { model })).toBe(2);
    model.dispose();
  });

  it('change nothing where they do not fit, and say what does not', async () => {
    const path = join(newFolder(), 'mine');
    const [model, wider] = [smallClassifier(), smallClassifier({ hidden: 9 })];
    const [average, optimizer] = [ema(model, { decay: 0.9 }), sgd({ learningRate: 0.1 })];
    await saveCheckpoint(path, { model });
    const before = weightValues(wider);
    await expect(loadCheckpoint(path, { model: wider })).rejects.toThrow(/does not fit: model\/.*is missing from it/);
    expect(weightValues(wider)).toEqual(before);
    await expect(loadCheckpoint(path, { model, optimizer, ema: average })).rejects.toThrow(
      'it has no optimizer; it has no averages',
    );
    await expect(loadCheckpoint(`${path}-missing`, { model })).rejects.toThrow('checkpoint.json is missing');
    for (const thing of [model, wider, average, optimizer]) thing.dispose();
  });
});
