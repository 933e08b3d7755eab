import { listModels, type ModelName } from '@nfnets/models';
import { z } from 'zod';
import { clipSchema } from './clip-schema.js';
import { datasetSchema } from './dataset-schema.js';
import {
  count,
  fraction,
  later,
  notNegative,
  oneOf,
  positive,
  section,
  seed,
  share,
  text,
  wordOr,
} from './schema-rules.js';

/** How the learning rate follows the batch size: in proportion, with its square root, or not at all. */
const LEARNING_RATE_RULES = ['linear', 'sqrt', 'none'] as const;

/** What an update is made of, by name. */
const OPTIMIZERS = ['sgd', 'adamw', 'stableadamw', 'lars', 'lamb', 'muon', 'rmsprop'] as const;

/** What makes an update of a batch. */
const STEPS = ['plain', 'sam'] as const;

/** In what a trial's steps are computed. */
const PRECISIONS = ['float32', 'bfloat16', 'auto'] as const;

/** The schema of what one trial computes. */
export const trialSchema = z.strictObject(
  {
    model: z
      .enum(listModels() as [ModelName, ...ModelName[]])
      .meta({ rule: 'a preset of @nfnets/models, such as nfnet_digits or nf_resnet50' })
      .describe('preset of @nfnets/models that is trained'),
    dataset: datasetSchema.describe('the data and how it is split'),
    epochs: count.optional().describe('passes over the training images; or give steps, or samples'),
    steps: later(count).describe('updates, instead of epochs'),
    samples: later(count).describe('images trained on, instead of epochs; whole steps of them are made'),
    seed: seed.default(1).describe('initial weights, order and masks; the same for every trial'),
    learningRate: z
      .strictObject(
        {
          base: positive.describe('peak learning rate at a batch of `per` images'),
          per: count.default(256).describe('batch size that `base` is meant for'),
          rule: oneOf(LEARNING_RATE_RULES).default('linear').describe('how the rate follows the batch size'),
        },
        section(),
      )
      .describe('peak learning rate, recomputed for each batch size'),
    warmupEpochs: notNegative.default(0).describe('epochs of linear warm-up; cosine decay to 0 follows'),
    momentum: fraction.default(0.9).describe('Nesterov momentum'),
    weightDecay: notNegative.default(2e-5).describe('times the kernel, added to its gradient after clipping'),
    labelSmoothing: fraction.default(0.1).describe('share of the target spread over all classes'),
    clipFactor: wordOr('off', 'no clipping', positive)
      .default(0.01)
      .describe('largest ratio of gradient to weight norm, per unit; or off; short for clip: { rule: agc, factor }'),
    clip: later(wordOr('off', 'no clipping', clipSchema)).describe(
      'how gradients are clipped: a rule of @nfnets/agc with its settings, { rule: adagc, factor: 1.05 }; or off',
    ),
    batchSize: count.default(256).describe('images per step'),
    optimizer: later(oneOf(OPTIMIZERS), 'sgd').describe(
      "sgd (Nesterov), adamw, stableadamw, lars, lamb, muon (kernels, with steps as large as adamw's; the rest and the last layer by adamw) or rmsprop; momentum is the first beta of adamw, stableadamw and lamb",
    ),
    cautious: later(z.boolean().meta({ rule: 'true or false' }), false).describe(
      'whether only those elements of an update are made that go against their gradient',
    ),
    clipEps: later(positive, 1e-3).describe('floor on the weight norm when clipping'),
    clipExclude: later(z.array(text).meta({ rule: 'a list of layers or weights, "*" for any letters' }), [
      'linear/kernel',
    ]).describe('layers (stem_*) or weights (linear/kernel) that are not clipped; * stands for any letters'),
    step: later(
      z.strictObject(
        {
          name: oneOf(STEPS).describe('plain, or sam for sharpness-aware minimization'),
          rho: positive.default(0.05).describe("radius of SAM's neighbourhood"),
          ascentShare: share.default(1).describe("share of the batch that SAM's first gradient is of"),
        },
        section(),
      ),
    ).describe('what makes an update of a batch'),
    ema: later(wordOr('off', 'no averages', fraction), 'off').describe(
      'decay of averages of the weights, which are evaluated too',
    ),
    microBatch: later(
      z
        .union([z.enum(['off', 'auto']), count])
        .meta({ rule: '"off" (whole batches), "auto" (what fits the memory) or a whole number of at least 1' }),
      'off',
    ).describe(
      'images per forward pass: a batch is made of such parts, whose gradients are averaged; SAM climbs in each',
    ),
    precision: later(oneOf(PRECISIONS), 'float32').describe(
      'in what steps convolve: float32, bfloat16 (engine native or native-gpu), or auto: bfloat16 where the processor has instructions for it',
    ),
    stochasticDepthRate: later(fraction).describe("of the last residual block; the preset's by default"),
    dropRate: later(fraction).describe("dropout before the classifier; the preset's by default"),
  },
  section(),
);

/** Everything that decides what one trial computes; its hash is the trial's id. */
export type TrialConfig = z.infer<typeof trialSchema> & {
  /** Which of several runs of the same config this is, from 2; the first has none. */
  readonly repeat?: number;
  /** Of a trial that runs a function of one's own: the name of its file. Its other keys are the function's parameters, and `seed`. */
  readonly module?: string;
};
