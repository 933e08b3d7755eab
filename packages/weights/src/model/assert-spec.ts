import {
  NF_REGNET,
  NF_RESNET,
  NFNET,
  type NFNetSpec,
  planBlocks,
  planWeights,
  TIMM_NFNET,
  type WeightPlan,
} from '@nfnets/models';
import { checkOptions, nearest, rule, show } from '@nfnets/options';
import { inputChannels, numClasses, type WeightedModel } from './weighted-model.js';

export const PRESETS = { ...NFNET, ...NF_RESNET, ...NF_REGNET, ...TIMM_NFNET } as const satisfies Record<
  string,
  NFNetSpec
>;

/** The name of a normalizer-free preset, or a spec. */
export type PresetOrSpec = keyof typeof PRESETS | NFNetSpec;

/** Differences that a message lists. */
const MOST_LINES = 6;
const NAMES = Object.keys(NFNET.nfnet_f0);
const GIVEN = rule('given, as in the spec of every preset', () => true);
const RULES = Object.fromEntries(NAMES.map((name) => [name, GIVEN])) as never;

/**
 * The spec that is meant, once it is known to be the model's: every weight by its name and shape, in its order.
 *
 * @param who Name of the function that was called, for the error.
 * @throws RangeError that names the differences; TypeError when `spec` is no spec at all.
 */
export function modelsSpec(who: string, model: WeightedModel, spec: PresetOrSpec): NFNetSpec {
  const known = lookUp(who, spec);
  let planned: WeightPlan[];
  try {
    planned = planWeights(known, numClasses(model));
  } catch (error) {
    throw new RangeError(`${who}: \`spec\` is not sound: ${(error as Error).message}`);
  }
  const inSpec = new Map(planned.map(({ name, shape }) => [name, shape]));
  const inModel = new Map(model.weights.map(({ originalName, shape }) => [originalName, shape]));
  const lines = [
    ...[...inModel.keys()].filter((name) => !inSpec.has(name)).map((name) => `${name}: only in the model`),
    ...planned.filter(({ name }) => !inModel.has(name)).map(({ name }) => `${name}: only by \`spec\``),
    ...planned
      .filter(({ name, shape }) => inModel.has(name) && String(inModel.get(name)) !== String(shape))
      .map(({ name, shape }) => `${name}: [${inModel.get(name)}] in the model, [${shape}] by \`spec\``),
  ];
  if (lines.length === 0) lines.push(...differingBlocks(model, known));
  if (lines.length === 0) return known;
  const more = lines.length > MOST_LINES ? [`and ${lines.length - MOST_LINES} more`] : [];
  throw new RangeError(
    [
      `${who}: \`spec\` is not what the model was made from; ${lines.length} ${lines[0]!.startsWith('the block') ? 'blocks' : 'weights'} differ:`,
      ...[...lines.slice(0, MOST_LINES), ...more].map((line) => `  ${line}`),
      `Pass the spec that createModel was given${channelsHint(model, known)}, or leave it out for a model of a preset.`,
    ].join('\n'),
  );
}

/** The blocks of another stride or scale than by `spec`, in models whose weights are the same: which stages they are in differs. */
function differingBlocks({ layers = [] }: WeightedModel, spec: NFNetSpec): string[] {
  const configs = new Map(layers.map((layer) => [layer.name, layer]));
  const settingsOf = (name: string) =>
    (configs.get(name)?.getConfig() ?? {}) as { scale?: number; strides?: number | number[] };
  return planBlocks(spec).flatMap(({ index, stride, beta }) => {
    const given = [settingsOf(`nf_block_${index}/conv1`).strides ?? stride].flat()[0];
    const { scale = beta } = settingsOf(`nf_block_${index}/act`);
    const name = `the block nf_block_${index}`;
    if (given !== stride) return [`${name}: the stride ${given} in the model, ${stride} by \`spec\``];
    if (Math.abs(scale - beta) < 1e-9) return [];
    return [`${name}: the scale ${scale} in the model, ${beta} by \`spec\` (of its place in a stage, and of alpha)`];
  });
}

function lookUp(who: string, spec: unknown): NFNetSpec {
  if (typeof spec === 'string') {
    if (Object.hasOwn(PRESETS, spec)) return PRESETS[spec as keyof typeof PRESETS];
    const near = nearest(spec, Object.keys(PRESETS));
    throw new RangeError(
      `${who}: \`spec\` must be the name of a normalizer-free preset, got ${show(spec)}${near ? `; did you mean "${near}"?` : '.'}`,
    );
  }
  const { family } = (spec ?? {}) as Partial<NFNetSpec>;
  if (typeof family === 'string' && !['nfnet', 'nf_resnet', 'nf_regnet'].includes(family)) {
    throw new RangeError(`${who}: \`spec\` must be of a normalizer-free network, got the family ${show(family)}.`);
  }
  checkOptions<NFNetSpec>(`${who}: \`spec\``, spec, RULES, { required: NAMES });
  return spec;
}

/** What to change where the model has another number of image channels. */
function channelsHint(model: WeightedModel, spec: NFNetSpec): string {
  const channels = inputChannels(model);
  const [height, width, given] = spec.inputShape;
  return channels === undefined || channels === given ? '' : `, with its inputShape [${height}, ${width}, ${channels}]`;
}
