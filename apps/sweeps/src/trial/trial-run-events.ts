import type { RunEvent } from '@nfnets/tracking';
import { isOwnTrial, type Trial, type TrialEvent } from '../schema/index.js';

/** An event of a trial as trackers take it; steps and epochs count from 0 there. `seconds` is the wall time since the last one. Pure. */
export function trialRunEvent(
  event: Exclude<TrialEvent, { type: 'engine' | 'clip' }>,
  { derived, config }: Pick<Trial, 'derived' | 'config'>,
  seconds?: number,
): RunEvent {
  switch (event.type) {
    case 'resume': {
      const { step, epoch = Math.floor(step / derived.stepsPerEpoch) } = event;
      // Those of the epoch so far: whether it was begun is what counts.
      const samples = isOwnTrial(config) ? 0 : (step - epoch * derived.stepsPerEpoch) * config.batchSize;
      return { type: 'run-resumed', steps: step, epoch, samples };
    }
    case 'step': {
      const { step, epoch, loss, learningRate } = event;
      const time = seconds === undefined || isOwnTrial(config) ? {} : { samples: config.batchSize, seconds };
      return { type: 'step-end', step: step - 1, epoch: epoch - 1, loss, learningRate, ...time };
    }
    case 'epoch': {
      const { step, epoch, trainLoss, loss, accuracy, emaLoss, emaAccuracy } = event;
      const ema = emaLoss === undefined ? {} : { emaEvaluation: { loss: emaLoss, accuracy: emaAccuracy } };
      return {
        type: 'epoch-end',
        step: step - 1,
        epoch: epoch - 1,
        meanLoss: trainLoss,
        evaluation: { loss, accuracy },
        ...ema,
      };
    }
  }
}
