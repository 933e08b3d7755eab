import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageSource } from '@nfnets/data';
import { imageFolder, parquetImages, tarShards } from '@nfnets/data/node';
import { type DatasetName, datasetFacts, type TrialConfig } from '../schema/index.js';
import { SweepError } from '../sweep-error.js';

type OwnName = 'image_folder' | 'tar_shards' | 'parquet';

/** What the parts are called; of several that are there the first is taken, for ImageNet's `test` has no labels. */
const PART_WORDS = { train: ['train'], test: ['val', 'validation', 'valid', 'test'] } as const;

type Part = keyof typeof PART_WORDS;

/** The endings of files that hold many images. */
const ENDINGS: Readonly<Partial<Record<DatasetName, string>>> = { tar_shards: '.tar', parquet: '.parquet' };

const READERS: Readonly<
  Record<OwnName, (place: readonly string[], dataset: TrialConfig['dataset']) => ImageSource | Promise<ImageSource>>
> = {
  image_folder: ([folder]) => imageFolder(folder!),
  tar_shards: (files, { classes, label }) =>
    tarShards(files, { numClasses: classes!, ...(label !== undefined && { jsonLabel: label }) }),
  parquet: (files, { classes, image, label }) =>
    parquetImages(files, {
      ...(classes !== undefined && { numClasses: classes }),
      ...(image !== undefined && { imageColumn: image }),
      ...(label !== undefined && { labelColumn: label }),
    }),
};

/**
 * The user's own images to train and to test on, by number; of image files nothing but names is read.
 *
 * @throws SweepError for files that are missing, too few images, and parts of different classes
 */
export async function ownImages(dataset: TrialConfig['dataset']): Promise<Record<Part, ImageSource>> {
  const train = await readPart(dataset, 'train');
  const test = await readPart(dataset, 'test');
  checkClasses(dataset, train, test);
  return { train, test };
}

async function readPart(dataset: TrialConfig['dataset'], part: Part): Promise<ImageSource> {
  const { name, path } = dataset;
  const source = await READERS[name as OwnName](findPart(name, path!, part), dataset);
  if (dataset[part] <= source.length) return source;
  throw new SweepError(
    `trial.dataset.${part}: must be at most ${source.length}, the ${part} images in ${path}, got ${dataset[part]}.`,
  );
}

/** Where a part of a data set is: its folder, or its files in their order. */
function findPart(name: DatasetName, path: string, part: Part): readonly string[] {
  const entries = list(path);
  const ending = ENDINGS[name];
  for (const word of PART_WORDS[part]) {
    const folder = entries.find((entry) => entry.name === word && !entry.isFile());
    const inFolder = folder && (ending === undefined || list(join(path, word)).some((each) => isPart(each, ending)));
    if (inFolder) return ending === undefined ? [join(path, word)] : filesIn(join(path, word), ending);
    const files = ending === undefined ? [] : filesIn(path, ending, word);
    if (files.length > 0) return files;
  }
  const found = entries.map((entry) => entry.name).slice(0, 10);
  throw new SweepError(
    `trial.dataset.path: must hold ${datasetFacts(name).needs}; the ${part} images, called ${PART_WORDS[part].join(', ')}, are not among what ${path} holds: ${found.join(', ') || 'nothing'}.`,
  );
}

const isPart = (entry: Dirent, ending: string): boolean => entry.name.endsWith(ending) && !entry.isDirectory();

/** The files in `folder` with an ending, and with `word` in their names where it is given. */
function filesIn(folder: string, ending: string, word = ''): string[] {
  const hasWord = new RegExp(`(^|[^a-z])${word}([^a-z]|$)`);
  return list(folder)
    .filter((entry) => word === '' || hasWord.test(entry.name))
    .filter((entry) => {
      refuseCompressed(folder, entry.name, ending);
      return isPart(entry, ending);
    })
    .map((entry) => join(folder, entry.name))
    .sort();
}

/** An archive that is compressed would be left out without a word, and its samples with it. */
function refuseCompressed(folder: string, name: string, ending: string): void {
  if (ending !== '.tar' || !/\.(tgz|tar\.[a-z0-9]+)$/i.test(name)) return;
  throw new SweepError(
    `trial.dataset.path: must hold tar archives that are not compressed, got ${join(folder, name)}: images are read at random. Unpack it.`,
  );
}

function list(folder: string): Dirent[] {
  try {
    // Names that begin with a dot are those of other programs' notes, such as `._train-0.tar`.
    return readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'));
  } catch (error) {
    throw new SweepError(
      `trial.dataset.path: must be a folder that this machine can read, got ${folder} (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
}

function checkClasses({ path, classes }: TrialConfig['dataset'], train: ImageSource, test: ImageSource): void {
  if (classes !== undefined && classes !== train.numClasses) {
    throw new SweepError(
      `trial.dataset.classes: must be ${train.numClasses}, the classes of the training images in ${path}, got ${classes}. Leave it out, or mend the path.`,
    );
  }
  const [own, others] = [new Set(train.classNames ?? []), new Set(test.classNames ?? [])];
  const differing = [...[...own].filter((each) => !others.has(each)), ...[...others].filter((each) => !own.has(each))];
  if (train.numClasses === test.numClasses && differing.length === 0) return;
  throw new SweepError(
    `trial.dataset.path: must have the same classes to train and to test on, got ${train.numClasses} and ${test.numClasses} in ${path}; only in one: ${differing.slice(0, 10).join(', ')}. A label would mean another class.`,
  );
}
