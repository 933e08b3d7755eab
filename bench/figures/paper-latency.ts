/** Brock et al. 2021, table 3: the time of a training step of NFNet-F1 as a share of EfficientNet-B7's, 32 images per device. */
export const PAPER_F1_OF_B7 = { 'paper, TPUv3': 158.5 / 1397, 'paper, V100': 133.9 / 1753.3 };
