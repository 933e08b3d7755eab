import type { ClipDiagnosis, DiagnoseClippingArgs } from './clip-diagnosis.js';
import type { LossCourse } from './loss-course.js';

type Seen = Omit<ClipDiagnosis, 'relaxBy' | 'nextThreshold' | 'advice'>;

/*
 * Shares of clipped units, after the warm-up. From the first on a looser threshold was better in the recorded sweep clip-rules-fashion,
 * where training held; up to the second a tighter one was, where it broke. Decision 20 has the counts.
 */
const TOO_TIGHT = 0.15;
const TIGHT_ENOUGH = 0.9;
/** The thresholds of that sweep are about this far apart. */
const STEP = 4;

/** How many layers a sentence names. */
const MOST_NAMES = 3;

/** What to do about what was seen. */
export function adviceOf(
  seen: Seen,
  { rose, broke }: LossCourse,
  { threshold, classifier, scaleInvariant = false, diverged = false }: DiagnoseClippingArgs,
): Pick<ClipDiagnosis, 'relaxBy' | 'advice'> {
  const { verdict, clippedShare, activeSteps, layers } = seen;
  if (layers.length === 0) return { relaxBy: 1, advice: ['Nothing was measured: no layer is clipped by this rule.'] };
  const isBroken = diverged || broke;
  const isTight = clippedShare >= (isBroken ? TIGHT_ENOUGH : TOO_TIGHT);
  // A looser one would be worse, or no better.
  const isKept = rose || isBroken || scaleInvariant;
  const relaxBy = isTight ? (isKept ? 1 : STEP) : isBroken ? 1 / STEP : 1;
  const next = threshold === undefined ? `${asFactor(relaxBy)} the threshold` : String(relaxed(threshold, relaxBy));
  const share = percent(clippedShare);
  const main = (): string => {
    const end = diverged ? 'It diverged' : 'The loss rose and did not come back';
    if (isBroken && isTight)
      return `${end} although ${share} of the units were clipped: take a lower learning rate or a longer warm-up.`;
    if (isBroken) return `${end}, and ${share} of the units were clipped: try ${next}.`;
    if (scaleInvariant && verdict !== 'never')
      return `It clipped ${share} of the units after the warm-up, which changes only the means of an optimizer that divides gradients by their own size: no threshold matters much. Compare with no clipping.`;
    if (isTight && rose)
      return `It clipped ${share} of the units after the warm-up, and the loss rose above its first even so: keep it, and take a lower learning rate or a longer warm-up.`;
    if (isTight)
      return `Too tight for this batch and rate: after the warm-up ${share} of the units were clipped. Try ${next}.`;
    switch (verdict) {
      case 'never':
        return 'It did nothing: without it the training is the same. Keep it for what may come, or leave it out.';
      case 'in warm-up':
        return 'It held the warm-up and nothing else. Keep it.';
      case 'in spikes':
        return `It caught spikes, in ${percent(activeSteps)} of the steps, and left the rest alone. Keep it.`;
      default:
        return `It clipped ${share} of the units after the warm-up. Keep it.`;
    }
  };
  const held = layers.filter(({ layer, verdict }) => verdict === 'nearly always' && layer !== classifier);
  const free = layers.find(({ layer, verdict }) => layer === classifier && verdict !== 'never');
  return {
    relaxBy,
    advice: [
      main(),
      ...(held.length > 0 && !isTight
        ? [
            `${named(held.map(({ layer }) => layer))} clipped in nearly every step: raise \`eps\` for what starts at zero, or \`exclude\` it.`,
          ]
        : []),
      ...(free ? [`The classifier ${free.layer} is clipped and should be free: \`exclude: ['${free.layer}']\`.`] : []),
    ],
  };
}

/** The threshold that lets through `by` times as much, without the digits that only arithmetic made. */
export function relaxed(threshold: number | ((relaxBy: number) => number), by: number): number {
  const next = typeof threshold === 'function' ? threshold(by) : threshold * by;
  return Number(next.toPrecision(12));
}

const asFactor = (factor: number) => (factor < 1 ? `1/${1 / factor} of` : `${factor} times`);

const percent = (share: number) => `${share < 0.1 ? (100 * share).toFixed(1) : Math.round(100 * share)} %`;

function named(names: readonly string[]): string {
  const rest = names.length - MOST_NAMES;
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return `${shown}${rest > 0 ? ` and ${rest} more` : ''} ${names.length === 1 ? 'is' : 'are'}`;
}
