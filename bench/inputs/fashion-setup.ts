/** One training run on Fashion-MNIST; every participant gets the same, and starts from the same weights in `folder`. */
export interface FashionSetup {
  /**
   * Holds `weights.safetensors` under timm's names, and `order.bin`: for each epoch the order of the training images, as
   * little-endian int32.
   */
  readonly folder: string;
  /** Where the four IDX files of the data are. */
  readonly data: string;
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Peak of the schedule: linear warm-up from 0, then a cosine to 0. */
  readonly learningRate: number;
  readonly warmupEpochs: number;
  readonly momentum: number;
  /** Of kernels, added to the clipped gradient. */
  readonly weightDecay: number;
  readonly labelSmoothing: number;
  readonly clipFactor: number;
  /** What pixels `x` become: `(x - mean) / std`. */
  readonly mean: number;
  readonly std: number;
}

/** How a run ended. */
export interface FashionReply {
  /** Share of the 10,000 test images classified correctly after the last epoch. */
  readonly accuracy: number;
  /** Mean loss of each epoch's steps. */
  readonly losses: readonly number[];
  /** Wall time of all steps, the making of their batches included; not of the evaluation. */
  readonly seconds: number;
}
