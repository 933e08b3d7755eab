import { CLIP_RULES, type Settings } from '../settings/index.js';
import type { MapTask } from '../training/index.js';

/** What the cells of a map are, and how long they train. */
export interface MapPlan {
  /** Thresholds, from none; down. */
  readonly thresholds: readonly (number | 'off')[];
  /** Across. */
  readonly batchSizes: readonly number[];
  /** What all cells have in common; its threshold and batch do not count. */
  readonly settings: Settings;
}

const EPOCHS = 4;
const MOST_IMAGES = 2048;
const BATCHES = [64, 256, 512] as const;
/** The middle one is what is set above. */
const FACTORS = [0.25, 1, 4] as const;

/**
 * Twelve cells round what is set: no clipping and three thresholds, a quarter of, as, and four times the threshold that is set, within what
 * the rule takes; by three batch sizes. Pure.
 */
export function planMap(settings: Settings): MapPlan {
  const { low, high } = CLIP_RULES[settings.rule];
  const { threshold } = settings;
  const images = Math.min(MOST_IMAGES, settings.images);
  const isShare = high <= 1 || settings.rule === 'autoclip';
  const near = FACTORS.map((factor) =>
    Number((isShare ? Math.min(high, threshold * factor) : Math.max(low, threshold * factor)).toPrecision(3)),
  );
  const thresholds = [...new Set(near)];
  const batchSizes = BATCHES.filter((size) => size <= images);
  return { thresholds: ['off', ...thresholds], batchSizes, settings: { ...settings, images, epochs: EPOCHS } };
}

/** The runs of the cells, in the order in which they are trained: batch by batch, from no clipping on. Pure. */
export function mapTasks({ thresholds, batchSizes, settings }: MapPlan): MapTask[] {
  return batchSizes.flatMap((batchSize) =>
    thresholds.map((threshold) => ({
      isClipped: threshold !== 'off',
      settings: { ...settings, batchSize, ...(threshold === 'off' ? {} : { threshold }) },
    })),
  );
}
