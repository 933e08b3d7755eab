import type { MapCellFacts } from '@nfnets/charts';
import type { CellProgress } from '../training/index.js';

/** What the cell called `name` shows of its training. Pure. */
export function cellFacts(progress: CellProgress | undefined, name: string): MapCellFacts {
  if (progress === undefined) {
    return { isDiverged: false, isRunning: false, progress: 0, note: '', title: `${name}: not run` };
  }
  const { state, step, steps, accuracy } = progress;
  const isDone = state === 'done';
  const mean = isDone && accuracy !== undefined ? 100 * accuracy : undefined;
  const told = {
    running: `step ${step} of ${steps}`,
    done: `${mean?.toFixed(1)} % after ${steps} steps`,
    diverged: `diverged at step ${step}`,
  }[state];
  return {
    mean,
    isDiverged: state === 'diverged',
    isRunning: state === 'running',
    progress: state === 'running' ? step / steps : 1,
    note: { running: 'running', done: '', diverged: `step ${step}` }[state],
    title: `${name}: ${told}`,
  };
}
