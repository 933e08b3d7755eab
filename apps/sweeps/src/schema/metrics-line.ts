/** One line of `metrics.jsonl`. */
export type MetricsLine = ProgressLine | ClipLine;

/** A step or the end of an epoch, with the seconds since the trial's first step. A loss may be NaN or infinite. */
export interface ProgressLine {
  readonly type: 'step' | 'epoch';
  readonly step: number;
  readonly epoch: number;
  readonly samples: number;
  readonly loss: number;
  readonly seconds: number;
  readonly learningRate?: number;
  readonly trainLoss?: number;
  readonly accuracy?: number;
  readonly emaLoss?: number;
  readonly emaAccuracy?: number;
}

/** How much adaptive clipping did at a step: the share of clipped units, 0 to 1, by layer. */
export interface ClipLine {
  readonly type: 'clip';
  readonly step: number;
  readonly seconds: number;
  readonly layers: Readonly<Record<string, number>>;
}
