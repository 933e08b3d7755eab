import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../__fixtures__/temp-folder.js';
import { arrayDataset } from '../index.js';
import { cifar10, cifar100 } from '../node.js';

/** A record: its labels, 1024 bytes of red, of green, of blue. Pixel p of channel c is (first + 100 c + p) mod 256. */
function record(labels: readonly number[], first: number): Buffer {
  const planes = Array.from({ length: 3072 }, (_, i) => first + 100 * Math.floor(i / 1024) + (i % 1024));
  return Buffer.from([...labels, ...planes]);
}

it('reads CIFAR-10: five files in order, pixels with their channels together', () => {
  const folder = tempFolder();
  for (const batch of [1, 2, 3, 4, 5]) {
    const records = Buffer.concat([record([batch], batch), record([9], 50)]);
    writeFileSync(join(folder, `data_batch_${batch}.bin`), records);
  }
  writeFileSync(join(folder, 'test_batch.bin'), record([0], 7));
  const names = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
  writeFileSync(join(folder, 'batches.meta.txt'), `${names.join('\n')}\n\n`);
  const train = arrayDataset(cifar10({ part: 'train', folder }));
  expect([train.length, train.imageShape, train.numClasses]).toEqual([10, [32, 32, 3], 10]);
  expect(train.classNames).toEqual(names);
  expect(Array.from({ length: 10 }, (_, i) => train.label(i))).toEqual([1, 9, 2, 9, 3, 9, 4, 9, 5, 9]);
  // The third batch's first image: pixel 0 is (3, 103, 203), pixel 1 is (4, 104, 204), pixel 1023 is (1026, 1126, 1226) mod 256.
  expect([...train.image(4).subarray(0, 6)]).toEqual([3, 103, 203, 4, 104, 204]);
  expect([...train.image(4).subarray(3069)]).toEqual([2, 102, 202]);
  const test = arrayDataset(cifar10({ part: 'test', folder }));
  expect([test.length, test.label(0), test.image(0)[0]]).toEqual([1, 0, 7]);
});

it('reads CIFAR-100 with its 100 classes or their 20 groups', () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'train.bin'), Buffer.concat([record([19, 99], 1), record([3, 42], 2)]));
  const fine = arrayDataset(cifar100({ part: 'train', folder }));
  const coarse = arrayDataset(cifar100({ part: 'train', folder, labels: 'coarse' }));
  expect([fine.numClasses, fine.label(0), fine.label(1), fine.image(1)[0]]).toEqual([100, 99, 42, 2]);
  expect([coarse.numClasses, coarse.label(0), coarse.label(1), coarse.image(1)[0]]).toEqual([20, 19, 3, 2]);
});

it('refuses what is cut off, of another version, or labelled out of range', () => {
  const folder = tempFolder();
  const path = join(folder, 'test_batch.bin');
  const read = () => cifar10({ part: 'test', folder });
  expect(read).toThrow('ENOENT');
  writeFileSync(path, record([1], 0).subarray(0, 3000));
  expect(read).toThrow(
    `cifar10: ${path} must hold records of 3073 bytes, got 3000 bytes. Is it the binary version, and whole?`,
  );
  writeFileSync(path, '');
  expect(read).toThrow('got 0 bytes');
  writeFileSync(path, Buffer.concat([record([1], 0), record([10], 0)]));
  expect(read).toThrow(`cifar10: ${path} must hold labels in [0, 10), got 10 in record 1.`);
  expect(() => cifar100({ part: 'train', folder, labels: 'all' as 'fine' })).toThrow(
    "must be one of 'fine', 'coarse', got \"all\".",
  );
  expect(() => cifar10({ part: 'valid' as 'test', folder })).toThrow("must be one of 'train', 'test', got \"valid\".");
});
