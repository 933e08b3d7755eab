import type { CoverageTable } from './coverage-table.js';

const PER_EXAMPLE = 'gradients of single samples are not computed: TensorFlow.js has no vectorized map';
const OTHER_OPTIMIZER = 'its optimizer is not here';

/** All of optax that clips gradients or updates. */
export const OPTAX_CLIPPING: readonly CoverageTable[] = [
  {
    title: '`optax.transforms`: clipping',
    names: 'clipping',
    rows: [
      [['clip', 'clip(max_delta)'], 'clipByValue', '`maxValue`'],
      [['clip_by_block_rms', 'clip_by_block_rms(threshold)'], 'clipByBlockRms', '`threshold`, 1 where it is not given'],
      [['clip_by_global_norm', 'clip_by_global_norm(max_norm)'], 'clipByGlobalNorm', '`maxNorm`'],
      [
        [
          'per_example_global_norm_clip',
          'per_example_global_norm_clip(grads)',
          'per_example_global_norm_clip(l2_norm_clip)',
        ],
        'no',
        PER_EXAMPLE,
      ],
      [
        [
          'per_example_layer_norm_clip',
          'per_example_layer_norm_clip(grads)',
          'per_example_layer_norm_clip(global_l2_norm_clip)',
          'per_example_layer_norm_clip(uniform)',
        ],
        'no',
        PER_EXAMPLE,
      ],
      [
        ['unitwise_norm', 'unitwise_norm(x)'],
        'unitwiseNorm',
        'rank 3 and 5 by the axes that it is given; `adaptiveGradClip` knows kernels of conv1d and conv3d by their name; optax reduces rank 3 over its first axis',
      ],
      ['unitwise_norm(axis)', 'unitwiseNorm', '`axes`'],
      [
        [
          'unitwise_clip',
          'unitwise_clip(g_norm)',
          'unitwise_clip(max_norm)',
          'unitwise_clip(grad)',
          'unitwise_clip(div_eps)',
        ],
        'clipUnitwise',
        'not exported by the package',
      ],
      [
        ['adaptive_grad_clip', 'adaptive_grad_clip(clipping)'],
        'adaptiveGradClip',
        '`clipFactor`, 0.16 where it is not given; optax has no default',
      ],
      ['adaptive_grad_clip(eps)', 'adaptiveGradClip', '`eps`'],
      ['adaptive_grad_clip(axis)', 'adaptiveGradClip', '`axes`, by layer or weight, not one for all'],
    ],
  },
  {
    title: 'Elsewhere in optax',
    names: 'elsewhere',
    about: 'Public functions with `clip` in their name or in the name of an argument.',
    rows: [
      ['tree_clip', 'clipByValue', 'of gradients'],
      ['adafactor(clipping_threshold)', 'no', OTHER_OPTIMIZER],
      [
        [
          'adopt(clip_value_fn)',
          'adopt(use_clipping)',
          'scale_by_adopt(clip_value_fn)',
          'scale_by_adopt(use_clipping)',
        ],
        'no',
        OTHER_OPTIMIZER,
      ],
      [['scale_by_sophia(clip_threshold)', 'sophia(clip_threshold)'], 'no', OTHER_OPTIMIZER],
      [['differentially_private_aggregate(l2_norm_clip)', 'dpsgd(l2_norm_clip)'], 'no', PER_EXAMPLE],
    ],
  },
];
