import type { Run } from './make-run.js';
import type { RunMessage, Side } from './run-message.js';

/** Makes the next step of `run`, and says what happened on the way; false where there is none any more. */
export async function stepRun(run: Run, side: Side, tell: (message: RunMessage) => void): Promise<boolean> {
  for (;;) {
    const { value: event, done } = await run.events.next();
    if (done) return false;
    switch (event.type) {
      case 'step-end': {
        const clip = Object.fromEntries(
          (event.clipStats ?? []).map(({ layer, units, clippedUnits }) => [layer, clippedUnits / units]),
        );
        const { loss, seconds } = event;
        tell({ type: 'step', side, step: event.step + 1, loss, seconds, clip, units: run.unitRatios() });
        return true;
      }
      case 'epoch-end':
        tell({ type: 'epoch', side, step: event.step + 1, accuracy: event.evaluation!.accuracy });
        break;
      case 'run-end':
        tell({ type: 'end', side, step: event.steps });
        break;
      case 'run-diverged':
        tell({ type: 'diverged', side, step: event.lostAt + 1, reason: event.reason });
        break;
    }
  }
}
