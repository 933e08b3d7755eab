import type { CoverageTable } from './coverage-table.js';

const NO_IMAGENET = 'accuracies on ImageNet need its images and days of accelerators';
const NO_PRETRAINING = 'it needs 300 million images that are not public';

/** Of Brock et al. 2021: what can be made again here. */
export const PAPER: readonly CoverageTable[] = [
  {
    title: 'Tables',
    rows: [
      ['Table 1, depths, drop rates and sizes', 'NFNET'],
      [
        'Table 2, effect of architecture and augmentation',
        'no',
        `${NO_IMAGENET}; each line can be given: \`widths\`, \`spatialConvs\`, \`parseAugmentName\``,
      ],
      [
        'Table 3, parameters and FLOPs of NFNets, ResNet-50 and EfficientNets',
        ['describeModel', 'EFFICIENTNET', "the package's README"],
      ],
      ['Table 3, top-1 accuracies', 'TOP1', `as published, not measured: ${NO_IMAGENET}`],
      ['Table 3, top-5 accuracies', 'no', NO_IMAGENET],
      [
        'Table 3, training latency',
        ['latency.ts', 'paper.ts'],
        'of F0, F1, ResNet-50 and EfficientNet-B0 to B7 on a processor, and F1 against B7 in float32 and bfloat16; no TPU, no V100',
      ],
      ['Table 3, F5 and F6 with SAM', ['samStep', 'recipe'], `the method; ${NO_IMAGENET}`],
      ['Table 3, SENet, LambdaNet, BoTNet, DeiT', 'no', 'not among our models'],
      [
        'Table 4, transfer of ResNets after pre-training',
        'no',
        `${NO_PRETRAINING}; the fine-tuning is \`recipe(name, { phase: 'fine-tune' })\``,
      ],
      ['Table 5, transfer of F4 and F4+', 'no', NO_PRETRAINING],
      ['Table 6, ablation with latencies', 'no', NO_IMAGENET],
      ['Table 6, NFNets with batch normalization', 'no', 'no NFNet with batch normalization is here'],
    ],
  },
  {
    title: 'Figures',
    rows: [
      [
        'Figure 1, accuracy by training latency',
        ['pareto.ts', 'latency.ts'],
        `the kind of figure, of a sweep's own trials; ${NO_IMAGENET}`,
      ],
      [
        'Figure 2a, accuracy by batch size: batch normalization, none, clipping',
        ['fig2-fashion.yaml', 'accuracy-by-batch.ts', 'RESULTS.md'],
        'on Fashion-MNIST, run and recorded',
      ],
      [
        'Figure 2a, ResNet-50 and ResNet-200 on ImageNet',
        ['fig2a-imagenet.yaml', 'fig2a-imagenet-200.yaml'],
        'ready, not run; the batch-normalized networks are post-activation',
      ],
      [
        'Figure 2b, accuracy by clip factor, a line for each batch size',
        ['fig2-fashion.yaml', 'fig2b-fashion.yaml', 'accuracy-by-threshold.ts', 'RESULTS.md'],
        'on Fashion-MNIST, run and recorded',
      ],
      ['Figure 2b, ResNet-50 on ImageNet', 'fig2b-imagenet.yaml', 'ready, not run'],
      ['Figures 3, 5 and 6, the blocks', ['nfBlock', 'planBlocks']],
      ['Figure 4, accuracy by GFLOPs', 'describeModel', 'both axes as numbers, the accuracies as published; not drawn'],
      [
        'Figure 7, clip factors on ResNet-200',
        'fig2b-imagenet.yaml',
        'with `trial.model=nf_resnet200`; ready, not run',
      ],
      ['Figure 8, straddled squeeze-excite', 'no', 'one of the negative results'],
    ],
  },
  {
    title: 'Methods',
    rows: [
      ['Equation 3, adaptive gradient clipping', 'adaptiveGradClip'],
      ['Section 4, standard clipping (equation 2)', 'clipByGlobalNorm'],
      [
        'Section 4.1, which layers are clipped',
        ['ablation-agc-layers.yaml', 'RESULTS.md'],
        'on Fashion-MNIST, run and recorded',
      ],
      ['Section 5.1 and A.1, the recipe', 'recipe'],
      [
        'A.1, bfloat16 activations',
        ['train', 'precision-fashion.yaml'],
        "`precision: 'bfloat16'`, on native TensorFlow; the default is float32",
      ],
      ['A.2, measuring latency', 'latency.ts', 'the median of a few steps on data in memory'],
      ['A.3, augmentation', ['parseAugmentName', 'imageLoader']],
      [
        'A.4, SAM on a fifth of the batch',
        ['samStep', 'sam.ts', 'sam-vs-plain.yaml'],
        '`ascentShare: 0.2`; by parts: `microBatches`',
      ],
      ['A.5, pre-training on 300 million images', 'no', NO_PRETRAINING],
      ['A.5, fine-tuning', 'recipe', "`phase: 'fine-tune'`"],
      ['Appendix C, the model', 'createModel'],
      ['Appendix E, negative results (DCT stems, grouped 1 x 1 convolutions)', 'no'],
    ],
  },
];
