import { setTimeout as sleep } from 'node:timers/promises';
import { createModel, NFNET, type NFNetSpec } from '@nfnets/models';
import type * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { loadWeights, saveWeights } from '../index.js';
import { inTurn } from './in-turn.js';

const TINY: NFNetSpec = {
  ...NFNET.nfnet_f0,
  stem: [{ channels: 4, stride: 2 }],
  widths: [8],
  depths: [1],
  strides: [1],
  groupWidth: 4,
  finalChannels: 8,
};

/** Bytes that take their time. */
class SlowBlob extends Blob {
  override slice(start?: number, end?: number): Blob {
    const part = super.slice(start, end);
    const read = part.arrayBuffer.bind(part);
    part.arrayBuffer = async () => {
      await sleep(1);
      return read();
    };
    return part;
  }
}

async function saved(model: tf.LayersModel): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  await saveWeights(model, new WritableStream({ write: (chunk) => void chunks.push(chunk) }));
  return Uint8Array.from(Buffer.concat(chunks));
}

it('two loads into one model are not mixed, and a model that is being loaded is saved as it is then', async () => {
  const [first, second, model] = [1, 2, 3].map((seed) => createModel(TINY, { numClasses: 10, seed })) as [
    tf.LayersModel,
    tf.LayersModel,
    tf.LayersModel,
  ];
  const [a, b] = [await saved(first), await saved(second)];
  expect(a).not.toEqual(b);
  const others: Promise<unknown>[] = [];
  const between: Uint8Array[] = [];
  await loadWeights(model, new SlowBlob([a]), {
    onProgress: (loaded) => {
      if (loaded !== 1) return;
      others.push(saved(model).then((bytes) => between.push(bytes)));
      others.push(loadWeights(model, b));
    },
  });
  await Promise.all(others);
  expect(between).toEqual([a]);
  expect(await saved(model)).toEqual(b);
  for (const made of [first, second, model]) made.dispose();
}, 60_000);

it('goes on after what failed, and does not wait for other things', async () => {
  const [one, two] = [{}, {}];
  const order: string[] = [];
  const failed = inTurn(one, async () => {
    await sleep(10);
    order.push('failed');
    throw new Error('mine');
  });
  const next = inTurn(one, async () => order.push('next'));
  const other = inTurn(two, async () => order.push('other'));
  await expect(failed).rejects.toThrow('mine');
  await Promise.all([next, other]);
  expect(order).toEqual(['other', 'failed', 'next']);
});
