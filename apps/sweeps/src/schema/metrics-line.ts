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

/** How much clipping did at a step. */
export interface ClipLine {
  readonly type: 'clip';
  readonly step: number;
  readonly seconds: number;
  /** Share of clipped units, 0 to 1, by layer. */
  readonly layers: Readonly<Record<string, number>>;
  /** Largest size of a unit in the rule's own measure, by layer; lines of older versions are without. */
  readonly largest?: Readonly<Record<string, number>>;
}
