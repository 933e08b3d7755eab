import { Option } from 'commander';
import { ENGINES } from '../../engines/index.js';
import { gpuList, idList, wholeNumber } from './option-values.js';

// Options that several commands have. Each call makes one of its own: commander keeps values in them.

export const engine = () =>
  new Option('--engine <name>', "what runs the tensors, instead of the config's").choices(ENGINES);

export const quick = () =>
  new Option('--quick', "the short version in the config's `quick` section, in a run folder of its own");

export const out = () =>
  new Option('--out <dir>', 'run folder (default: runs/<name of the sweep>; of a run folder, itself)');

export const order = () =>
  new Option(
    '--order <name>',
    "which trials are started first, instead of the config's: longest, random or coarse-to-fine",
  );

const collect = (text: string, earlier: readonly string[] | undefined): string[] => [...(earlier ?? []), text];

export const only = () =>
  new Option('--only <ids>', 'these trials alone, by their ids with commas between').argParser(idList);

export const where = () =>
  new Option(
    '--where <condition>',
    'trials with these values alone, as batchSize=256 or "clipFactor<=0.04,model!=resnet50"; may be repeated',
  ).argParser(collect);

export const retry = () => new Option('--retry <state>', 'trials alone that failed').choices(['failed']);

export const parallel = () =>
  new Option('--parallel <number>', "trials at a time, instead of the config's").argParser(wholeNumber);

export const workers = () =>
  new Option('--workers <number>', "processes that train a trial together, instead of the config's").argParser(
    wholeNumber,
  );

export const trustNetwork = () =>
  new Option(
    '--trust-network',
    'let workers be on several machines: whoever reaches their ports controls them, so nobody else may',
  );

export const trialModule = () =>
  new Option(
    '--trial-module <file>',
    'module whose default export is the TrialFunction to run instead of the training',
  );

export const gpus = () =>
  new Option('--gpus <list>', 'indices of graphics cards, as 0,1: dealt to the trials in turn').argParser(gpuList);

export const redis = () =>
  new Option('--redis <url>', 'Redis or Valkey of the redis executor')
    .env('REDIS_URL')
    .default('redis://127.0.0.1:6379');
