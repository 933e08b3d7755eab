import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { pack } from 'tar-stream';
import { describe, expect, it, vi } from 'vitest';
import { silentCommandLine } from '../__fixtures__/silent-command-line.js';
import { sourceCommand } from '../__fixtures__/source-command.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { photos, writePhotos } from '../__fixtures__/write-photos.js';

vi.mock('../own-command.js', () => ({ ownCommand: () => sourceCommand }));

const nfSweeps = silentCommandLine();

type Photo = Awaited<ReturnType<typeof photos>>[number];

async function writeTar(file: string, images: readonly Photo[]): Promise<void> {
  const archive = pack();
  for (const [i, { label, bytes, name }] of images.entries()) {
    const key = String(i).padStart(4, '0');
    archive.entry({ name: `${key}.${name.split('.')[1]}` }, bytes);
    archive.entry({ name: `${key}.cls` }, String(label));
  }
  archive.finalize();
  writeFileSync(file, await buffer(archive));
}

function writeParquet(file: string, images: readonly Photo[], column: string): void {
  const columnData = [
    { name: column, data: images.map(({ bytes }) => new Uint8Array(bytes)), type: 'BYTE_ARRAY' as const },
    { name: 'label', data: images.map(({ label }) => BigInt(label)), type: 'INT64' as const },
  ];
  writeFileSync(file, new Uint8Array(parquetWriteBuffer({ columnData: columnData as never })));
}

/** An IDX file of bytes: https://yann.lecun.com/exdb/mnist, "the IDX file format". */
function writeIdx(file: string, shape: readonly number[]): void {
  const length = shape.reduce((product, size) => product * size, 1);
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.set([0, 0, 8, shape.length]);
  for (const [i, size] of shape.entries()) head.writeUInt32BE(size, 4 + 4 * i);
  const isLabels = shape.length === 1;
  writeFileSync(
    file,
    Buffer.concat([head, Buffer.from(Array.from({ length }, (_, i) => (isLabels ? i % 10 : (i * 31) % 251)))]),
  );
}

const writeCifar = (file: string, images: number) =>
  writeFileSync(
    file,
    Buffer.from(Array.from({ length: images * 3073 }, (_, i) => (i % 3073 === 0 ? (i / 3073) % 10 : (i * 7) % 253))),
  );

/** Each kind of data, small, and what there is of it. */
const KINDS: Readonly<
  Record<string, { make: (folder: string) => Promise<void> | void; data: object; config: string }>
> = {
  'folders of images': {
    make: (folder) => writePhotos(folder, { train: 10, test: 3 }),
    data: { name: 'image_folder', train: 30, test: 9, classes: 3, side: 40 },
    config: 'imageSize: 32, train: 30, test: 9 }',
  },
  'tar archives': {
    make: async (folder) => {
      await writeTar(join(folder, 'train-0.tar'), await photos(8));
      await writeTar(join(folder, 'val-0.tar'), await photos(2, 8));
    },
    data: { name: 'tar_shards', train: 24, test: 6, classes: 3, side: 40 },
    config: 'classes: 3, imageSize: 32, train: 24, test: 6 }',
  },
  'Parquet files': {
    make: async (folder) => {
      writeParquet(join(folder, 'train-00000.parquet'), await photos(8), 'img');
      writeParquet(join(folder, 'validation-00000.parquet'), await photos(2, 8), 'img');
    },
    data: { name: 'parquet', train: 24, test: 6, classes: 3, side: 40, columns: { image: 'img' } },
    config: 'classes: 3, imageSize: 32, image: img, train: 24, test: 6 }',
  },
  'IDX files': {
    make(folder) {
      for (const [part, count] of [
        ['train', 40],
        ['t10k', 20],
      ] as const) {
        writeIdx(join(folder, `${part}-images-idx3-ubyte`), [count, 28, 28]);
        writeIdx(join(folder, `${part}-labels-idx1-ubyte`), [count]);
      }
    },
    data: { name: 'fashion_mnist', train: 40, test: 20, classes: 10, side: 28 },
    config: 'train: 40, test: 20 }',
  },
  'CIFAR-10': {
    make(folder) {
      for (const part of [1, 2, 3, 4, 5]) writeCifar(join(folder, `data_batch_${part}.bin`), 8);
      writeCifar(join(folder, 'test_batch.bin'), 10);
    },
    data: { name: 'cifar10', train: 40, test: 10, classes: 10, side: 32 },
    config: 'augment: crop_flip, train: 40, test: 10 }',
  },
  nothing: {
    make: () => {},
    data: { name: 'mnist', train: 8000, test: 2000, classes: 10, side: 28 },
    config: '{ name: mnist, train: 8000, test: 2000 }',
  },
};

describe('init', () => {
  it.each(Object.entries(KINDS))(
    'of %s writes a config that plans and runs',
    { timeout: 300_000 },
    async (kind, { make, data, config }) => {
      const folder = temporaryFolder();
      await make(folder);
      const out = join(temporaryFolder(), 'first.yaml');
      const words = ['init', ...(kind === 'nothing' ? [] : [folder]), '--out', out];
      const made = await nfSweeps(...words, '--json');
      expect(made.code, made.stdout).toBe(0);
      expect(JSON.parse(made.stdout).data).toMatchObject(data);
      const text = readFileSync(out, 'utf8');
      expect(text).toContain(config);
      expect(text.match(/^ *#/gm)!.length).toBeGreaterThan(8);
      // Two batch sizes and four clip factors, twice.
      const plan = await nfSweeps('plan', out, '--json');
      expect(JSON.parse(plan.stdout).trials, plan.stdout).toHaveLength(16);
      const dir = join(folder, 'run');
      const short = [
        'axes.clipFactor=0.16',
        'trial.steps=1',
        'trial.epochs=null',
        'trial.warmupEpochs=0',
        ...(kind === 'nothing' ? ['axes.batchSize=64', 'trial.dataset.test=50'] : []),
      ];
      const run = await nfSweeps('run', out, '--quick', ...short, '--engine', 'wasm', '--out', dir);
      expect(run.code, run.stdout + run.stderr).toBe(0);
      expect(await nfSweeps(...words)).toMatchObject({
        code: 2,
        stderr: `--out: ${out} is there already. Give another file, or --force to overwrite it.\n`,
      });
      expect((await nfSweeps(...words, '--force')).code).toBe(0);
    },
  );

  it('takes a part of what is much, and larger networks for larger images', async () => {
    const { firstConfig } = await import('./first-config.js');
    const text = firstConfig('large', {
      name: 'image_folder',
      path: '/data',
      train: 1_281_167,
      test: 50_000,
      classes: 1000,
      side: 375,
    });
    expect(text).toContain('dataset: { name: image_folder, path: "/data", imageSize: 128, train: 10000, test: 2000 }');
    expect(text).toContain('model: nf_resnet26');
    expect(text).toContain('batchSize: [64, 256]');
    expect(text).toContain(
      '1281167 images to train on and 50000 to test on, of 1000 classes: of more than a first sweep needs',
    );
  });

  it.each([
    [
      'what is not there',
      () => {},
      'init: FOLDER/none: no such file or folder. Give a folder with train/CLASS',
      'none',
    ],
    ['an empty folder', () => {}, 'init: FOLDER: holds no images that are known: nothing. Give a folder', ''],
    [
      'classes without parts',
      (folder: string) => {
        for (const name of ['cat', 'dog']) mkdirSync(join(folder, name));
      },
      'init: FOLDER: has the folders cat, dog, and no train and val. Where these are classes, move them into train/, and some images of each into val/CLASS/.',
      '',
    ],
    [
      'half of the IDX files',
      (folder: string) => writeIdx(join(folder, 'train-images-idx3-ubyte'), [4, 28, 28]),
      'init: FOLDER: has no t10k-images-idx3-ubyte, with or without .gz. It must hold all four files.',
      '',
    ],
    [
      'training images alone',
      async (folder: string) => {
        await writePhotos(folder, { train: 1, test: 1 });
        rmSync(join(folder, 'val'), { recursive: true });
      },
      'trial.dataset.path: must hold train/CLASS/IMAGE.jpg and val/CLASS/IMAGE.jpg; the test images, called val, validation, valid, test, are not among what FOLDER holds: train.',
      '',
    ],
  ] as const)('refuses %s with the way out', async (_, make, says, place) => {
    const folder = temporaryFolder();
    await make(folder);
    const out = join(temporaryFolder(), 'first.yaml');
    const { code, stderr } = await nfSweeps('init', join(folder, place), '--out', out);
    expect(stderr.replaceAll(folder, 'FOLDER')).toContain(says);
    expect(code).toBe(2);
  });

  it('refuses a file that can hold no comments', async () => {
    expect((await nfSweeps('init', '--out', 'a.json')).stderr).toBe(
      '--out: must be a file that ends in .yaml, for the config has comments, got a.json.\n',
    );
  });
});
