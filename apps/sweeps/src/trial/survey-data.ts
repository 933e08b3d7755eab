import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ImageSource, Sample } from '@nfnets/data';
import { readIdx } from '@nfnets/data/node';
import type { DatasetName, TrialConfig } from '../schema/index.js';
import { SweepError } from '../sweep-error.js';
import { ownImages } from './own-images.js';

/** What there is to train on. */
export interface DataSurvey {
  readonly name: DatasetName;
  /** Absolute path of its folder; undefined of what comes with the package. */
  readonly path?: string;
  /** Images of each part. */
  readonly train: number;
  readonly test: number;
  readonly classes: number;
  /** The shorter side of the images in pixels, that of the middle one where they differ; undefined where it cannot be told here. */
  readonly side?: number;
  /** Columns of Parquet files that are not called image and label. */
  readonly columns?: { readonly image?: string; readonly label?: string };
}

/** Images whose sizes are looked at. */
const LOOKED_AT = 16;

/** Looks at the images at `place`, a folder or one of its files; of none, at the digits that come with the package. */
export async function surveyData(place: string | undefined): Promise<DataSurvey> {
  if (place === undefined) return { name: 'mnist', train: 8000, test: 2000, classes: 10, side: 28 };
  if (!existsSync(place)) throw new SweepError(`init: ${place}: no such file or folder. ${KNOWN}`);
  const path = resolve(statSync(place).isDirectory() ? place : dirname(place));
  const names = readdirSync(path);
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name));
  if (has(/^data_batch_1\.bin$/)) return surveyCifar(path);
  if (has(/-images-idx3-ubyte(\.gz)?$/)) return surveyIdx(path, names);
  const inTrain = names.includes('train') ? readdirSync(join(path, 'train')) : [];
  const holds = (ending: string) => [...names, ...inTrain].some((name) => name.endsWith(ending));
  if (holds('.parquet')) return surveyParquet(path);
  if (holds('.tar')) return surveyOwn({ name: 'tar_shards', path });
  if (names.includes('train')) return surveyOwn({ name: 'image_folder', path });
  const folders = names.filter((name) => statSync(join(path, name)).isDirectory());
  if (folders.length > 1)
    throw new SweepError(
      `init: ${place}: has the folders ${folders.slice(0, 5).join(', ')}, and no train and val. Where these are classes, move them into train/, and some images of each into val/CLASS/.`,
    );
  throw new SweepError(
    `init: ${place}: holds no images that are known: ${names.slice(0, 10).join(', ') || 'nothing'}. ${KNOWN}`,
  );
}

const KNOWN =
  'Give a folder with train/CLASS/IMAGE.jpg and val/CLASS/IMAGE.jpg, train-*.parquet and validation-*.parquet, train-*.tar and val-*.tar, IDX files as those of MNIST, or data_batch_1.bin to test_batch.bin of CIFAR-10; or nothing, for digits.';

function surveyCifar(path: string): DataSurvey {
  const images = (name: string) =>
    Math.floor((statSync(join(path, name), { throwIfNoEntry: false })?.size ?? 0) / 3073);
  const train = [1, 2, 3, 4, 5].reduce((sum, part) => sum + images(`data_batch_${part}.bin`), 0);
  return { name: 'cifar10', path, train, test: images('test_batch.bin'), classes: 10, side: 32 };
}

function surveyIdx(path: string, names: readonly string[]): DataSurvey {
  const shapeOf = (part: string) => {
    const file = names.find((name) => name.startsWith(`${part}-images-idx3-ubyte`));
    if (file !== undefined) return readIdx(join(path, file)).shape as [number, number, number];
    throw new SweepError(
      `init: ${path}: has no ${part}-images-idx3-ubyte, with or without .gz. It must hold all four files.`,
    );
  };
  const [train, height, width] = shapeOf('train');
  const [test] = shapeOf('t10k');
  // Read in one way, whatever is on them.
  return { name: 'fashion_mnist', path, train, test, classes: 10, side: Math.min(height, width) };
}

/** What the hub's data sets call their columns, the usual words first. */
const IMAGE_COLUMNS = ['image', 'img'];
const LABEL_COLUMNS = ['label', 'labels', 'fine_label'];

async function surveyParquet(path: string): Promise<DataSurvey> {
  let first: unknown;
  for (const image of IMAGE_COLUMNS)
    for (const label of LABEL_COLUMNS) {
      const columns = {
        ...(image === IMAGE_COLUMNS[0] ? {} : { image }),
        ...(label === LABEL_COLUMNS[0] ? {} : { label }),
      };
      try {
        return await surveyOwn({ name: 'parquet', path, columns });
      } catch (error) {
        // That of the usual words says most.
        first ??= error;
      }
    }
  throw first instanceof SweepError ? first : new SweepError(`init: ${path}: ${(first as Error).message}`);
}

async function surveyOwn(found: Pick<DataSurvey, 'name' | 'path' | 'columns'>): Promise<DataSurvey> {
  const dataset = {
    ...{ name: found.name, path: found.path, train: 1, test: 1, splitSeed: 1, ...found.columns },
  } as TrialConfig['dataset'];
  const { train, test, classes } = await countedImages(dataset);
  const side = await middleSide(train);
  return { ...found, train: train.length, test: test.length, classes, ...(side === undefined ? {} : { side }) };
}

/** More classes than there are: where the files do not tell how many, the labels do. */
const MOST_CLASSES = 1_000_000;

async function countedImages(dataset: TrialConfig['dataset']) {
  const known = dataset.name === 'tar_shards' ? undefined : await ownImages(dataset).catch((error: Error) => error);
  if (known !== undefined && !(known instanceof Error)) return { ...known, classes: known.train.numClasses };
  // Parquet files tell it in their metadata, or not at all.
  if (known !== undefined && !/numClasses/.test(known.message)) throw known;
  const { train, test } = await ownImages({ ...dataset, classes: MOST_CLASSES });
  return { train, test, classes: 1 + Math.max(await largestLabel(train), await largestLabel(test)) };
}

async function largestLabel(source: ImageSource): Promise<number> {
  let largest = 0;
  for (let i = 0; i < source.length; i++) largest = Math.max(largest, (await source.read(i)).label);
  return largest;
}

/** The shorter side of the middle one of some images; undefined where nothing here can read them. */
async function middleSide(source: ImageSource): Promise<number | undefined> {
  const sharp = await import('sharp').then((module) => module.default).catch(() => undefined);
  if (sharp === undefined) return undefined;
  const step = Math.max(1, Math.floor(source.length / LOOKED_AT));
  const sides: number[] = [];
  for (let i = 0; i < source.length && sides.length < LOOKED_AT; i += step) {
    const { image } = await source.read(i);
    if ('height' in image) sides.push(Math.min(image.height, image.width));
    else {
      // One that cannot be read is the trial's to tell.
      const size = await sharp(bytesOf(image))
        .metadata()
        .catch(() => undefined);
      if (size) sides.push(Math.min(size.width, size.height));
    }
  }
  return sides.toSorted((a, b) => a - b)[sides.length >> 1];
}

function bytesOf(image: Exclude<Sample['image'], { height: number }>): Uint8Array {
  if (image instanceof Uint8Array) return image;
  const { path, start = 0, length } = image;
  if (length === undefined) return readFileSync(path);
  const bytes = new Uint8Array(length);
  const file = openSync(path, 'r');
  try {
    readSync(file, bytes, 0, length, start);
  } finally {
    closeSync(file);
  }
  return bytes;
}
