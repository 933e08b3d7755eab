import type { DataSurvey } from '../trial/index.js';

/** Sides in pixels that networks are trained at. */
const SIDES = [8, 16, 24, 28, 32, 48, 64, 96, 128];

/** Images of a first sweep: enough to tell settings apart, few enough to wait for. */
const MOST = { train: 10_000, test: 2000 } as const;

/** Above this side a network for digits sees too little at a time. */
const SMALL_SIDE = 64;

/** A first config for the data that `survey` tells of, as YAML with comments. Pure. */
export function firstConfig(name: string, survey: DataSurvey): string {
  const { train, test, classes, side = 32 } = survey;
  const imageSize = SIDES.findLast((each) => each <= side) ?? SIDES[0]!;
  const isSmall = imageSize <= SMALL_SIDE;
  const taken = { train: Math.min(train, MOST.train), test: Math.min(test, MOST.test) };
  // At least four steps in an epoch, of batches that differ enough to see something.
  const large = 2 ** Math.max(0, Math.min(8, Math.floor(Math.log2(taken.train / 4))));
  const small = Math.max(1, large / 4);
  const epochs = taken.train >= 4000 ? 4 : 8;
  const short = { train: Math.min(taken.train, Math.max(large, 1024)), test: Math.min(taken.test, 500) };
  const { dataset, words } = datasetOf(survey, imageSize);
  return `# A first sweep: which clip factors and batch sizes train on ${words}.
#   nf-sweeps plan FILE            what would run
#   nf-sweeps run FILE --quick     the short version, to see that it works
#   nf-sweeps run FILE             all of it; run it again to continue after a stop
name: ${name}

# What runs the tensors: \`nf-sweeps doctor\` tells what there is here, and how fast.
engine: auto
# Trials at a time; they share the processors.
parallel: 1

# What every trial starts from.
trial:
  # ${isSmall ? 'A small NFNet, for images of up to 64 pixels.' : 'The smallest of the larger networks; an engine other than wasm is worth having.'}
  model: ${isSmall ? 'nfnet_digits' : 'nf_resnet26'}
  # ${train} images to train on and ${test} to test on, of ${classes} classes${taken.train < train ? ': of more than a first sweep needs, a part at random' : ''}.
  dataset: { ${[...dataset, `train: ${taken.train}`, `test: ${taken.test}`].join(', ')} }
  epochs: ${epochs}
  warmupEpochs: 1
  # Grows with the batch size: this is the rate at 256 images.
  learningRate: { base: 0.2 }

# One trial for each combination; any key of trial may be an axis.
axes:
  clipFactor: [off, 0.01, 0.04, 0.16]
  batchSize: [${[...new Set([small, large])].join(', ')}]

# Each combination with as many initial weights and orders of images: what differs by less than these do is chance.
seeds: 2

# What --quick changes.
quick:
  trial: { dataset: { train: ${short.train}, test: ${short.test} }, epochs: 1, warmupEpochs: 0 }
  seeds: 1
`;
}

function datasetOf({ name, path, classes, columns }: DataSurvey, imageSize: number) {
  const place = path === undefined ? [] : [`path: ${JSON.stringify(path)}`];
  const own = [`imageSize: ${imageSize}`, ...Object.entries(columns ?? {}).map(([key, column]) => `${key}: ${column}`)];
  switch (name) {
    case 'mnist':
      return { dataset: ['name: mnist'], words: 'the digits that come with nf-sweeps' };
    case 'fashion_mnist':
      return { dataset: ['name: fashion_mnist', ...place], words: 'images in IDX files' };
    case 'cifar10':
      return { dataset: ['name: cifar10', ...place, 'augment: crop_flip'], words: 'CIFAR-10' };
    case 'tar_shards':
      return {
        dataset: ['name: tar_shards', ...place, `classes: ${classes}`, ...own],
        words: 'images in tar archives',
      };
    case 'parquet':
      return { dataset: ['name: parquet', ...place, `classes: ${classes}`, ...own], words: 'images in Parquet files' };
    case 'image_folder':
      return { dataset: ['name: image_folder', ...place, ...own], words: 'your own images' };
  }
}
