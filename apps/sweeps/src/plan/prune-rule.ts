/** When a trial that is not worth its time is stopped. */
export interface PruneRule {
  readonly rule: 'median' | 'asha';
  /** What trials are compared by after each epoch: test loss, or test accuracy. */
  readonly metric: 'loss' | 'accuracy';
  /** Epochs that every trial makes. */
  readonly warmup: number;
  /** Other trials that the median is taken of, at least. */
  readonly minTrials: number;
  /** One of how many trials goes on at each rung of `asha`. */
  readonly reduction: number;
}

/**
 * Why a trial should stop, from its metric after each epoch so far and those of the trials it is compared with; undefined
 * where it should go on. Pure: the lengths of `others` tell how far each has come.
 *
 * `median`: its best is worse than the median of the others' means up to the same epoch (Golovin et al. 2017). `asha`: at
 * epochs `warmup`, `warmup * reduction`, ... it is not among the best of `1 / reduction` of those that came so far (Li et
 * al. 2020, stopping).
 *
 * A value that is missing or not finite is worse than every number; others that have one up to this epoch are left out.
 */
export function pruneReason(
  history: readonly (number | null | undefined)[],
  others: readonly (readonly (number | null | undefined)[])[],
  rule: PruneRule,
): string | undefined {
  // As losses: less is better.
  const sign = rule.metric === 'loss' ? 1 : -1;
  const costs = (values: typeof history) =>
    // `Array.from` visits holes, which `map` would leave.
    Array.from(values, (value) => (Number.isFinite(value) ? sign * value! : Number.POSITIVE_INFINITY));
  const own = costs(history);
  const epoch = own.length;
  const peers = others
    .map((other) => costs(other).slice(0, epoch))
    .filter((peer) => peer.length === epoch && peer.every(Number.isFinite));
  const show = (cost: number) => (Number.isFinite(cost) ? (sign * cost).toPrecision(4) : 'no number');
  if (rule.rule === 'median') {
    if (epoch < rule.warmup || peers.length < rule.minTrials) return undefined;
    const middle = median(peers.map(mean));
    const best = Math.min(...own);
    if (best <= middle) return undefined;
    return `its best ${rule.metric} after epoch ${epoch}, ${show(best)}, is worse than the median of ${peers.length} others, ${show(middle)}`;
  }
  if (!isRung(epoch, rule)) return undefined;
  const value = own.at(-1)!;
  const better = peers.filter((peer) => peer.at(-1)! < value).length;
  const kept = Math.max(1, Math.floor((peers.length + 1) / rule.reduction));
  if (better < kept) return undefined;
  return `its ${rule.metric} after epoch ${epoch}, ${show(value)}, is behind ${better} of ${peers.length} others; ${kept} go on`;
}

/** Whether `asha` decides after `epoch`: at `warmup` times a power of `reduction`. */
function isRung(epoch: number, { warmup, reduction }: PruneRule): boolean {
  let rung = warmup;
  while (rung < epoch) rung *= reduction;
  return rung === epoch;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
