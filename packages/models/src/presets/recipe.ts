import type { ActivationName } from '@nfnets/nf-blocks';
import { checkOptions, oneOf } from '@nfnets/options';
import { NF_RESNET } from './nf-resnet-specs.js';
import { NFNET, type NFNetName } from './nfnet-specs.js';
import { FINE_TUNING, IMAGENET_TRAINING, PLAIN_FINE_TUNING, RAND_AUGMENT } from './recipes.js';
import { unknownPreset } from './unknown-preset.js';

/** How a network was trained: every number that the authors publish, as the options of our packages are called. */
export interface Recipe {
  readonly data: { readonly name: string; readonly images: number; readonly numClasses: number };
  readonly batchSize: number;
  /** May be a fraction, where steps are what was published. */
  readonly epochs: number;
  readonly steps: number;
  /** Where `schedule.maxLearningRate` comes from: options of `scaleLearningRate`, beside `batchSize`. */
  readonly learningRate: { readonly base: number; readonly per: number; readonly rule: 'linear' | 'none' };
  /** Options of `warmupCosine`. */
  readonly schedule: {
    readonly maxLearningRate: number;
    readonly minLearningRate: number;
    readonly warmupSteps: number;
    readonly totalSteps: number;
  };
  /** Options of `sgd`, beside the learning rate. */
  readonly optimizer: { readonly momentum: number; readonly nesterov: boolean };
  /** Options of `adaptiveGradClip`. */
  readonly clip: { readonly clipFactor: number; readonly eps: number; readonly exclude: readonly string[] };
  /** Coupled, after clipping; of kernels alone, not of gains, biases and skip gains: `addDecayedWeights`. */
  readonly weightDecay: number;
  readonly labelSmoothing: number;
  /** Options of `ema`. */
  readonly ema: { readonly decay: number; readonly warmup: boolean };
  /** Options of `samStep`; null for plain steps. */
  readonly sam: { readonly rho: number; readonly ascentShare: number } | null;
  readonly stochasticDepthRate: number;
  /** Dropout before the classifier. */
  readonly dropRate: number;
  readonly activation: ActivationName;
  /** The authors' name of the augmentation; null where none is given. */
  readonly augmentation: string | null;
  /** Pixels, square. */
  readonly trainSize: number;
  readonly testSize: number;
  /** The authors' name of how test images are resized and cropped, and their batch. */
  readonly evaluation: { readonly preprocessing: string; readonly batchSize: number };
}

/** Networks with a published recipe: NFNets to train, they and NF-ResNets to fine-tune after large-scale pre-training. */
export type RecipeName = Exclude<NFNetName | keyof typeof NF_RESNET, 'nfnet_digits' | 'nf_resnet_digits'>;

/** Options of {@link recipe}. */
export interface RecipeOptions {
  /** Training on ImageNet from scratch, or fine-tuning on it. Default `'train'`. */
  readonly phase?: 'train' | 'fine-tune';
}

/**
 * The published configuration of a network as data.
 *
 * Of fine-tuning, the paper gives the numbers of `FINE_TUNING`; what it leaves open is as in training. NFNet-F6 was trained with
 * sharpness-aware minimization.
 *
 * Source: Brock et al. 2021, section 5, appendix A, and the authors' `experiment_nfnets.py`.
 *
 * @param name Name of the network.
 * @throws RangeError for a network or a phase without a published recipe.
 * @example
 * ```ts
 * import { adaptiveGradClip, withTransforms } from '@nfnets/agc';
 * import { recipe } from '@nfnets/models';
 * import { sgd } from '@nfnets/optimizers';
 * import { warmupCosine } from '@nfnets/trainer';
 *
 * const { schedule, clip, optimizer } = recipe('nfnet_f0');
 * const rate = warmupCosine(schedule);
 * const clipped = withTransforms(sgd({ learningRate: schedule.maxLearningRate, ...optimizer }), adaptiveGradClip(clip));
 * ```
 */
export function recipe(name: RecipeName, options: RecipeOptions = {}): Recipe {
  const names = Object.keys({ ...NFNET, ...NF_RESNET }).filter((each) => !each.endsWith('_digits'));
  if (!names.includes(name)) {
    throw unknownPreset('recipe: `name` must be an NFNet or NF-ResNet of the authors', name, names);
  }
  const isNFNet = Object.hasOwn(NFNET, name);
  checkOptions<RecipeOptions>('recipe', options, {
    phase: { ...oneOf(['train', 'fine-tune']), text: "'train' or 'fine-tune'" },
  });
  const { phase = 'train' } = options;
  if (!isNFNet && phase === 'train') {
    throw new RangeError(
      `recipe: \`phase\` must be 'fine-tune' for "${name}": the authors publish no other of an NF-ResNet.`,
    );
  }
  const spec = isNFNet ? NFNET[name as NFNetName] : NF_RESNET[name as keyof typeof NF_RESNET];
  const { dropRate, stochasticDepthRate, activation, trainSize, testSize } = spec;
  const size = name.match(/^nfnet_(f\d)/)?.[1] as keyof typeof RAND_AUGMENT | undefined;
  const augmentation = size === undefined ? null : `cutmix_mixup_randaugment_${RAND_AUGMENT[size]}`;
  const own = { dropRate, stochasticDepthRate, activation, trainSize, testSize, augmentation };
  if (phase === 'train') {
    return { ...IMAGENET_TRAINING, ...own, sam: size === 'f6' ? { rho: 0.05, ascentShare: 0.2 } : null };
  }
  return { ...own, ...(isNFNet ? FINE_TUNING : PLAIN_FINE_TUNING) };
}
