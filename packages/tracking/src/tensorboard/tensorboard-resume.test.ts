import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasTensorBoard, NEEDS, startReader } from './__fixtures__/tensorboard.js';
import { type TensorBoardWriter, tensorBoardWriter } from './tensorboard-writer.js';

const { png: hex } = JSON.parse(
  readFileSync(new URL('./__fixtures__/tensorboard-events.json', import.meta.url), 'utf8'),
) as { png: string };
const png = new Uint8Array(Buffer.from(hex, 'hex'));

const PER_EPOCH = 5;
const range = (begin: number, end: number) => Array.from({ length: end - begin }, (_, i) => begin + i);

/** What a run says of its steps [begin, end) and the ends of their epochs; its losses tell the attempt. */
function runSteps(writer: TensorBoardWriter, attempt: number, begin: number, end: number): void {
  for (let step = begin; step < end; step++) {
    const epoch = Math.floor(step / PER_EPOCH);
    const clipStats = [{ layer: 'stem', units: 4, clippedUnits: 1, largestRatio: step }];
    writer.write({ type: 'step-end', step, epoch, loss: 100 * attempt + step, clipStats });
    if ((step + 1) % PER_EPOCH === 0) endEpoch(writer, attempt, step);
  }
}

function endEpoch(writer: TensorBoardWriter, attempt: number, step: number): void {
  const epoch = Math.floor(step / PER_EPOCH);
  writer.write({ type: 'epoch-end', step, epoch, meanLoss: 1, evaluation: { accuracy: attempt } });
}

const resumed = (steps: number, samples = steps % PER_EPOCH) => ({
  type: 'run-resumed',
  steps,
  epoch: Math.floor((steps - (samples > 0 ? 1 : 0)) / PER_EPOCH),
  samples,
});

describe.skipIf(!hasTensorBoard())(`a resumed run in TensorBoard (${NEEDS})`, { timeout: 60_000 }, () => {
  let folder: string;
  let reader: ReturnType<typeof startReader>;
  let runs = 0;
  const newRun = () => join(folder, `run${runs++}`);
  const steps = (points: readonly (number | [number, number])[] = []) => points.map((point) => [point].flat()[0]);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nfnets-tensorboard-'));
    reader = startReader();
  });
  afterAll(() => {
    reader.stop();
    rmSync(folder, { recursive: true });
  });

  /** What both readers find, anew; they must agree. */
  async function read(run: string) {
    const fresh = startReader();
    const { library, server } = await fresh.read(run);
    fresh.stop();
    expect(server).toEqual(library);
    return library;
  }

  it('has every kind of value once at each step', async () => {
    const run = newRun();
    const first = tensorBoardWriter(run);
    first.hparams({ clip: null });
    first.text('config', 'small');
    runSteps(first, 0, 0, 11);
    for (const step of [2, 8]) {
      first.image('digits', png, step);
      first.text('note', 'x', step);
      first.histogram('weights', [1, 2, step], step);
    }
    const live = await reader.read(run);
    expect(steps(live.server['train/loss'])).toEqual(range(0, 11));

    // The process was killed in the midst of a record.
    appendFileSync(first.path, new Uint8Array([40, 0, 0, 0, 0, 0, 0, 0, 1, 2]));
    const second = tensorBoardWriter(run);
    second.write(resumed(6));
    runSteps(second, 1, 6, 13);
    second.image('digits', png, 8);
    second.text('note', 'x', 8);
    second.histogram('weights', [1, 2, 8], 8);
    await second.close();

    const found = await read(run);
    const loss = range(0, 13).map((step) => [step, step < 6 ? step : 100 + step]);
    expect(found['train/loss']).toEqual(loss);
    expect(steps(found['clip/largestRatio'])).toEqual(range(0, 13));
    expect(found['evaluation/accuracy']).toEqual([
      [4, 0],
      [9, 1],
    ]);
    for (const tag of ['digits', 'note', 'weights']) expect(steps(found[tag]), tag).toEqual([2, 8]);
    expect(found['config']).toEqual([0]);
    // A TensorBoard that showed the first attempt forgets what was behind the checkpoint.
    const after = await reader.read(run);
    expect(after.server['train/loss']).toEqual(loss);
    expect(after.library['train/loss']).toEqual(loss);
  });

  it('has the end of an epoch once, whose checkpoint was made before its evaluation', async () => {
    const run = newRun();
    runSteps(tensorBoardWriter(run), 0, 0, 12);
    const second = tensorBoardWriter(run);
    // All 5 samples of the epoch were seen, and it had not ended.
    second.write(resumed(10, 5));
    endEpoch(second, 1, 9);
    runSteps(second, 1, 10, 12);
    const found = await read(run);
    expect(found['evaluation/accuracy']).toEqual([
      [4, 0],
      [9, 1],
    ]);
    expect(steps(found['train/loss'])).toEqual(range(0, 12));
    // Between two epochs the last end is not behind.
    const third = tensorBoardWriter(run);
    third.write(resumed(10, 0));
    runSteps(third, 2, 10, 12);
    expect((await read(run))['evaluation/accuracy']).toEqual([
      [4, 0],
      [9, 1],
    ]);
  });

  it.each([
    ['twice by new processes', (run: string) => tensorBoardWriter(run)],
    ['twice by one', (_: string, before: TensorBoardWriter) => before],
  ])('goes on %s', async (_, next) => {
    const run = newRun();
    const first = tensorBoardWriter(run);
    first.hparams({ a: 1 });
    runSteps(first, 0, 0, 9);
    const second = next(run, first);
    second.write(resumed(6));
    runSteps(second, 1, 6, 10);
    await reader.read(run);
    const third = next(run, second);
    third.write(resumed(4));
    runSteps(third, 2, 4, 9);
    const losses = [0, 1, 2, 3, 204, 205, 206, 207, 208].map((loss, step) => [step, loss]);
    expect((await read(run))['train/loss']).toEqual(losses);
    expect((await reader.read(run)).server['train/loss']).toEqual(losses);
  });

  it('goes on from step 0, also where no checkpoint was left', async () => {
    for (const event of [[resumed(0)], [{ type: 'run-start' }], []]) {
      const run = newRun();
      const first = tensorBoardWriter(run);
      first.text('config', 'small');
      runSteps(first, 0, 0, 6);
      const second = tensorBoardWriter(run);
      for (const each of event) second.write(each);
      runSteps(second, 1, 0, 4);
      const fresh = startReader();
      const { library, server } = await fresh.read(run);
      fresh.stop();
      const points = range(0, 4).map((step) => [step, 100 + step]);
      expect([library['train/loss'], server['train/loss']]).toEqual([points, points]);
      // Nothing is taken away that no checkpoint says to be behind.
      expect(readFileSync(first.path).includes('small')).toBe(event[0]?.type !== 'run-resumed');
    }
  });

  it('keeps what several writers of a folder wrote', async () => {
    const run = newRun();
    const attempt = (number: number, begin: number, end: number) => {
      const [one, two] = [tensorBoardWriter(run), tensorBoardWriter(run)];
      two.text('config', 'small');
      if (number > 0) for (const writer of [one, two]) writer.write(resumed(begin));
      for (let step = begin; step < end; step++) {
        one.write({ type: 'step-end', step, loss: 100 * number + step });
        two.scalar('other', 100 * number + step, step);
      }
    };
    attempt(0, 0, 9);
    attempt(1, 6, 11);
    const found = await read(run);
    const points = range(0, 11).map((step) => [step, step < 6 ? step : 100 + step]);
    expect(found['train/loss']).toEqual(points);
    expect(found['other']).toEqual(points);
  });

  it('is read in the order of its attempts, however quickly they follow', () => {
    const run = newRun();
    const writers = range(0, 12).map(() => tensorBoardWriter(run));
    expect(readdirSync(run).toSorted()).toEqual(writers.map(({ path }) => path.slice(run.length + 1)));
  });

  it('tells at its end how it ended, with the settings of the last attempt', async () => {
    const run = newRun();
    const first = tensorBoardWriter(run);
    first.hparams({ a: 'before' });
    runSteps(first, 0, 0, 6);
    await first.close('stopped');
    const second = tensorBoardWriter(run);
    second.write(resumed(5, 0));
    await second.close('diverged');
    const fresh = startReader();
    const { hparams } = await fresh.read(run);
    fresh.stop();
    // SessionEndInfo (4): status (1) is STATUS_FAILURE (2).
    expect(hparams['_hparams_/session_end_info']).toMatch(/^22..0802/);
    const third = tensorBoardWriter(run);
    third.hparams({ a: 'after' });
    await third.close('done');
    const again = startReader();
    const found = (await again.read(run)).hparams;
    again.stop();
    const text = Buffer.from(found['_hparams_/session_start_info']!, 'hex').toString('latin1');
    expect([text.includes('before'), text.includes('after')]).toEqual([false, true]);
    expect(found['_hparams_/session_end_info']).toMatch(/^22..0801/);
  });
});
