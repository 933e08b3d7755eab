import { DATASETS, type DatasetName, datasetFacts, type TrialConfig } from '../schema/index.js';
import type { TrialProblem } from './trial-problem.js';

/** Keys that only image files of the user's own have a use for. */
const OWN_KEYS = ['imageSize', 'testSize', 'crop', 'classes', 'corrupt'] as const;

const NAMES = Object.keys(DATASETS) as DatasetName[];

/** What does not fit together in the data of a trial. Pure: the files may be on another machine. */
export function* checkDataset(dataset: TrialConfig['dataset']): Generator<TrialProblem> {
  const { name, path, augment } = dataset;
  const facts = datasetFacts(name);
  if (facts.needs !== undefined && path === undefined) {
    yield { key: 'dataset.path', message: `missing; must be the folder with ${facts.needs}, the files of ${name}` };
  }
  if (augment !== undefined && facts.augment === undefined) {
    yield { key: 'dataset.augment', message: `must be left out for ${name}; it is for ${namesWith('augment')}` };
  }
  for (const key of ['image', 'label'] as const) {
    if (dataset[key] === undefined || facts.columns?.includes(key)) continue;
    const sets = NAMES.filter((each) => datasetFacts(each).columns?.includes(key)).join(', ');
    yield { key: `dataset.${key}`, message: `must be left out for ${name}; it is for ${sets}` };
  }
  if (facts.isOwn) yield* checkOwnFiles(dataset);
  else yield* checkKnownImages(dataset);
}

function* checkOwnFiles({ name, imageSize, classes }: TrialConfig['dataset']): Generator<TrialProblem> {
  if (imageSize === undefined) {
    const message = 'missing; must be the side in pixels of the training images, such as 224';
    yield { key: 'dataset.imageSize', message };
  }
  if (datasetFacts(name).asksClasses && classes === undefined) {
    const message = `missing; must be the number of classes, which ${name} do not tell`;
    yield { key: 'dataset.classes', message };
  }
}

function* checkKnownImages(dataset: TrialConfig['dataset']): Generator<TrialProblem> {
  const { images, parts } = datasetFacts(dataset.name);
  for (const key of OWN_KEYS) {
    if (dataset[key] === undefined) continue;
    yield { key: `dataset.${key}`, message: `must be left out for ${dataset.name}; it is for ${namesWith('isOwn')}` };
  }
  if (parts === undefined) {
    if (dataset.train + dataset.test <= images!) return;
    const message = `train (${dataset.train}) and test (${dataset.test}) together must be at most ${images}, the images of ${dataset.name}`;
    yield { key: 'dataset.train', message };
    return;
  }
  for (const part of ['train', 'test'] as const) {
    if (dataset[part] <= parts[part]) continue;
    yield {
      key: `dataset.${part}`,
      message: `must be at most ${parts[part]}, the ${part} images of ${dataset.name}, got ${dataset[part]}`,
    };
  }
}

/** The data sets of which something is known. */
const namesWith = (fact: 'augment' | 'isOwn'): string =>
  NAMES.filter((name) => datasetFacts(name)[fact] !== undefined).join(', ');
