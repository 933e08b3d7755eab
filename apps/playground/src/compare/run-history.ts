import type { ClipColumn } from '@nfnets/charts';
import type { RunMessage, UnitRatios } from '../training/index.js';

/** All that the page knows of a run. */
export interface RunHistory {
  readonly state: 'ready' | 'running' | 'done' | 'diverged';
  /** Steps made. */
  readonly step: number;
  /** Loss by step; null where it is no finite number. */
  readonly losses: readonly (readonly [step: number, loss: number | null])[];
  /** Test accuracy in percent by step. */
  readonly accuracies: readonly (readonly [step: number, accuracy: number])[];
  readonly clips: readonly ClipColumn[];
  /** Ratios of single units at the last step that told them. */
  readonly units?: UnitRatios;
  /** The step at which the run was lost, and why. */
  readonly lostAt?: number;
  readonly reason?: string;
  /** Seconds of the last steps, at most twenty. */
  readonly seconds: readonly number[];
}

export const NO_HISTORY: RunHistory = {
  state: 'ready',
  step: 0,
  losses: [],
  accuracies: [],
  clips: [],
  seconds: [],
};

/** `history` and what `messages`, all of the same run, tell beyond it. Pure. */
export function withMessages(history: RunHistory, messages: readonly RunMessage[]): RunHistory {
  if (messages.length === 0) return history;
  const losses = [...history.losses];
  const accuracies = [...history.accuracies];
  const clips = [...history.clips];
  const seconds = [...history.seconds];
  let rest: Pick<RunHistory, 'state' | 'step' | 'units' | 'lostAt' | 'reason'> = history;
  for (const message of messages) {
    const { step } = message;
    switch (message.type) {
      case 'step':
        losses.push([step, Number.isFinite(message.loss) ? message.loss : null]);
        // Of a gradient that is no number nothing counts as clipped, which would look like calm.
        if (Number.isFinite(message.loss)) clips.push({ step, layers: message.clip });
        seconds.push(message.seconds);
        rest = { ...rest, state: 'running', step, ...(message.units && { units: message.units }) };
        break;
      case 'epoch':
        accuracies.push([step, 100 * message.accuracy]);
        break;
      case 'end':
        rest = { ...rest, state: 'done' };
        break;
      case 'diverged':
        rest = { ...rest, state: 'diverged', lostAt: step, reason: message.reason };
        break;
    }
  }
  return { ...history, ...rest, losses, accuracies, clips, seconds: seconds.slice(-20) };
}

/** Steps a second of the last steps; undefined before the first. */
export function stepsPerSecond(histories: readonly RunHistory[]): number | undefined {
  const seconds = histories.flatMap((history) => history.seconds);
  const sum = seconds.reduce((total, value) => total + value, 0);
  return sum > 0 ? seconds.length / sum : undefined;
}

/** How a run is, in a sentence. */
export function describeRun({ state, step, losses, accuracies, lostAt }: RunHistory): string {
  const accuracy = accuracies.at(-1);
  const told = accuracy ? `, test accuracy ${accuracy[1].toFixed(1)} %` : '';
  const loss = losses.findLast(([, value]) => value !== null)?.[1];
  switch (state) {
    case 'ready':
      return 'not started';
    case 'diverged':
      return `diverged at step ${lostAt}`;
    case 'done':
      return `done after ${step} steps${told}`;
    case 'running':
      return `step ${step}, ${loss == null ? 'no finite loss' : `loss ${Number(loss.toPrecision(3))}`}${told}`;
  }
}
