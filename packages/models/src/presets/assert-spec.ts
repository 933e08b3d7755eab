import { checkOptions, nearest, show } from '@nfnets/options';
import type { NFNetSpec } from './nfnet-spec.js';
import type { Family, ModelSpec } from './presets.js';
import { RESNET_STEM_RULES, SPEC_RULES, STEM_CONV_RULES } from './spec-rules.js';

const FAMILIES = Object.keys(SPEC_RULES) as Family[];

/**
 * Fails unless `spec` has every field of its family, none besides, and each of the right type and range: JavaScript would build
 * another network without a word.
 */
export function assertSpec(who: string, spec: unknown): asserts spec is ModelSpec {
  const family = familyOf(who, spec);
  const rules = SPEC_RULES[family];
  const label = `${who}: \`spec\``;
  checkOptions(label, spec, rules, { required: Object.keys(rules) });
  const { stem, widths, depths, strides } = spec as unknown as NFNetSpec;
  if (family === 'efficientnet') return;
  if (family === 'resnet') {
    checkOptions(`${label}.stem`, stem, RESNET_STEM_RULES, { required: Object.keys(RESNET_STEM_RULES) });
  } else {
    for (const [i, conv] of stem.entries()) {
      checkOptions(`${label}.stem[${i}]`, conv, STEM_CONV_RULES, { required: ['channels', 'stride'] });
    }
    if (stem.length === 0) throw new RangeError(`${who}: \`stem\` must have at least one convolution, got none.`);
  }
  // A ResNet may end after fewer stages than it has widths for.
  const isShorter = family === 'resnet' && depths.length < widths.length && widths.length === strides.length;
  if (!isShorter && (widths.length !== depths.length || widths.length !== strides.length)) {
    throw new RangeError(
      `${who}: \`widths\`, \`depths\` and \`strides\` must have one entry per stage, got ${widths.length}, ` +
        `${depths.length} and ${strides.length}.`,
    );
  }
  if (depths.length === 0) throw new RangeError(`${who}: \`depths\` must have at least one stage, got none.`);
}

/** Fails unless `spec` is sound and of a normalizer-free network. */
export function assertNFNetSpec(who: string, spec: unknown): asserts spec is NFNetSpec {
  assertSpec(who, spec);
  if (spec.family !== 'resnet' && spec.family !== 'efficientnet') return;
  throw new RangeError(
    `${who}: \`spec\` must be of a normalizer-free network, got one of the family "${spec.family}".`,
  );
}

function familyOf(who: string, spec: unknown): Family {
  if (typeof spec !== 'object' || spec === null) {
    throw new TypeError(`${who}: \`spec\` must be one such as NFNET.nfnet_f0, or a spread of it, got ${show(spec)}.`);
  }
  const { family } = spec as { family?: unknown };
  if (FAMILIES.includes(family as Family)) return family as Family;
  const near = typeof family === 'string' ? nearest(family, FAMILIES) : undefined;
  throw new RangeError(
    `${who}: \`spec.family\` must be one of ${FAMILIES.join(', ')}, got ${show(family)}${near === undefined ? '.' : `; did you mean '${near}'?`}`,
  );
}
