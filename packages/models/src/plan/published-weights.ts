import { assertInteger, show } from '@nfnets/options';
import { assertNFNetSpec } from '../presets/assert-spec.js';
import type { NFNetSpec } from '../presets/nfnet-spec.js';
import { planBlocks } from './plan-blocks.js';
import { planWeights } from './plan-weights.js';

/** A weight under its published name. */
export interface PublishedWeight {
  /** Such as `stem.conv1.weight` (timm) or `NFNet/~/stem_conv0/w` (the authors' files). */
  readonly name: string;
  /** In the published layout. */
  readonly shape: readonly number[];
  /**
   * How the values become ours:
   * - `'same'`: as they are;
   * - `'OIHW'`: transpose `[out, in, height, width]` to `[height, width, in, out]`, then reshape to our shape (which drops
   *   the two ones of a 1 x 1 convolution that is a linear map of ours: squeeze-excite);
   * - `'OI'`: transpose `[out, in]` to `[in, out]`;
   * - `'reshaped'`: the same values in the same order under another shape.
   */
  readonly layout: 'same' | 'OIHW' | 'OI' | 'reshaped';
  /** Theirs is ours times this, where it is not 1. */
  readonly factor?: number;
}

/**
 * Where the weights of a model are in published files: by our name `<layer>/<weight>`, in the order of `planWeights`.
 *
 * @param naming `'timm'`: the keys of its state dict, in torch's layouts; `'haiku'`: module and parameter of the authors' own
 * files (`NFNet/~/nf_block_1/~/conv1/w`), which have our layouts.
 * @param spec A spec, such as a preset of {@link NFNET}.
 * @param numClasses Outputs of the classifier.
 * @throws RangeError when the authors have no such network: with efficient channel attention; TypeError or RangeError for what is no sound
 * spec, naming or number of classes.
 * @example
 * ```ts
 * import { NFNET, publishedWeights } from '@nfnets/models';
 *
 * const inTimm = publishedWeights(NFNET.nfnet_f0, 'timm', 1000);
 * console.log(inTimm.get('stem_conv0/kernel')); // { name: 'stem.conv1.weight', shape: [16, 3, 3, 3], layout: 'OIHW' }
 * ```
 */
export function publishedWeights(
  spec: NFNetSpec,
  naming: 'timm' | 'haiku',
  numClasses: number,
): ReadonlyMap<string, PublishedWeight> {
  assertNFNetSpec('publishedWeights', spec);
  if (naming !== 'timm' && naming !== 'haiku') {
    throw new RangeError(`publishedWeights: \`naming\` must be 'timm' or 'haiku', got ${show(naming)}.`);
  }
  assertInteger('publishedWeights', 'numClasses', numClasses, 1);
  const publish = naming === 'timm' ? timmWeight(spec) : haikuWeight(spec);
  return new Map(
    planWeights(spec, numClasses).map(({ name, shape }) => {
      const separator = name.lastIndexOf('/');
      return [name, publish(name.slice(0, separator), name.slice(separator + 1), shape)];
    }),
  );
}

type Publish = (layer: string, weight: string, shape: readonly number[]) => PublishedWeight;

/** Our layer of a block to timm's. */
const TIMM_BLOCK_LAYERS: Record<string, string> = {
  conv0: 'conv1',
  conv1: 'conv2',
  conv1b: 'conv2b',
  conv2: 'conv3',
  conv_shortcut: 'downsample.conv',
};

function timmWeight(spec: NFNetSpec): Publish {
  const modules = new Map<string, string>([
    ['final_conv', 'final_conv'],
    ['linear', 'head.fc'],
  ]);
  for (const i of spec.stem.keys()) {
    modules.set(`stem_conv${i}`, spec.stem.length === 1 ? 'stem.conv' : `stem.conv${i + 1}`);
  }
  const attention = spec.attentionAt === 'end' ? 'attn_last' : 'attn';
  let inStage = 0;
  let stageBefore = 0;
  for (const { index, stage } of planBlocks(spec)) {
    inStage = stage === stageBefore ? inStage : 0;
    modules.set(`nf_block_${index}`, `stages.${stage}.${inStage}`);
    stageBefore = stage;
    inStage++;
  }
  return (layer, weight, shape) => {
    const [top, part] = layer.split('/') as [string, string | undefined];
    const module = modules.get(top)!;
    if (part === undefined && top === 'linear') return linear(module, weight, shape, 'OI');
    if (part === 'squeeze_excite') {
      const [role, kind] = weight.split('_') as ['reduce' | 'expand', string];
      return linear(`${module}.${attention}.${role === 'reduce' ? 'fc1' : 'fc2'}`, kind, shape, 'OIHW');
    }
    if (part === 'channel_attention') {
      return { name: `${module}.${attention}.conv.weight`, shape: [1, 1, ...shape], layout: 'reshaped' };
    }
    if (part === 'skip_gain') return { name: `${module}.skipinit_gain`, shape, layout: 'same' };
    return conv(part === undefined ? module : `${module}.${TIMM_BLOCK_LAYERS[part]}`, weight, shape);
  };
}

function conv(module: string, weight: string, shape: readonly number[]): PublishedWeight {
  if (weight === 'bias') return { name: `${module}.bias`, shape, layout: 'same' };
  if (weight === 'gain') return { name: `${module}.gain`, shape: [...shape, 1, 1, 1], layout: 'reshaped' };
  const [height, width, inChannels, outChannels] = shape as [number, number, number, number];
  return { name: `${module}.weight`, shape: [outChannels, inChannels, height, width], layout: 'OIHW' };
}

function linear(module: string, weight: string, shape: readonly number[], layout: 'OI' | 'OIHW'): PublishedWeight {
  if (weight === 'bias') return { name: `${module}.bias`, shape, layout: 'same' };
  const [inputs, outputs] = shape as [number, number];
  const ones = layout === 'OIHW' ? [1, 1] : [];
  return { name: `${module}.weight`, shape: [outputs, inputs, ...ones], layout };
}

/** The authors' module of a whole network, and of one block. */
const HAIKU_MODULES = {
  nfnet: ['NFNet', 'nf_block'],
  nf_resnet: ['NF_ResNet', 'nf_res_block'],
  nf_regnet: ['NF_RegNet', 'nf_block'],
} as const;

function haikuWeight({ family, stem }: NFNetSpec): Publish {
  const [network, block] = HAIKU_MODULES[family];
  return (layer, weight, shape) => {
    const [top, part] = layer.split('/') as [string, string | undefined];
    if (part === 'channel_attention') {
      throw new RangeError('publishedWeights: `naming` must be \'timm\' for efficient channel attention, got "haiku".');
    }
    const named = stem.length === 1 && family !== 'nfnet' && top === 'stem_conv0' ? 'initial_conv' : top;
    // Haiku numbers modules of one name from the second on.
    const module = `${network}/~/${named.replace(/^nf_block_/, `${block}_`).replace(/_0$/, '')}`;
    return { name: `${module}${haikuPath(top, part, weight)}`, shape, layout: 'same' };
  };
}

/** What follows the module of a block, or of a layer outside of them. */
function haikuPath(top: string, part: string | undefined, weight: string): string {
  const parameter = weight === 'kernel' ? 'w' : weight;
  if (part === undefined) return `/${top === 'linear' && weight === 'bias' ? 'b' : parameter}`;
  if (part === 'skip_gain') return '/skip_gain';
  if (part !== 'squeeze_excite') return `/~/${part}/${parameter}`;
  const [role, kind] = weight.split('_');
  return `/~/squeeze_excite/~/${role === 'reduce' ? 'linear' : 'linear_1'}/${kind === 'kernel' ? 'w' : 'b'}`;
}
