import { type ClipHistoryStep, meanOf } from './clip-history.js';

/** How the training loss went. */
export interface LossCourse {
  /** It rose above where it began. */
  readonly rose: boolean;
  /** It rose, and did not come far below where it began again; or is not finite. */
  readonly broke: boolean;
}

/*
 * In parts of the first loss. In clip-rules-fashion a loss that rose above 1.1 told of rates at which a looser threshold was worse, whatever
 * was clipped; after 0.75 nothing had been learnt that was worth keeping.
 */
const ROSE = 1.1;
const NOT_LEARNT = 0.75;
/** The last of the steps, whose mean is where it ended. */
const LAST = 0.1;

/** Of the losses of `history`, in the order of steps; nothing where there are less than two. */
export function lossCourse(history: readonly ClipHistoryStep[]): LossCourse {
  const losses = history.toSorted((a, b) => a.step - b.step).flatMap(({ loss }) => (loss === undefined ? [] : loss));
  const [first] = losses;
  if (first === undefined || losses.length < 2) return { rose: false, broke: false };
  if (!losses.every(Number.isFinite)) return { rose: true, broke: true };
  const rose = losses.some((loss) => loss > ROSE * first);
  return { rose, broke: rose && meanOf(losses.slice(-Math.ceil(LAST * losses.length))) > NOT_LEARNT * first };
}
