import { trainTrial } from '../trial/train-trial.js';
import type { TrialFunction } from '../schema/trial-function.js';





/** The real training, in a process that sends itself `NF_TEST_SIGNAL` after step `NF_TEST_STEP`, counted from 1. */
const signalledTrial: TrialFunction = async function* (trial, context) {
  const events = trainTrial(trial, context);
  try {
    for (;;) {
      const { value, done } = await events.next();
      if (done) return value;
      yield value;
      const isStep = value.type === 'step' && value.step === Number(process.env['NF_TEST_STEP']);
      if (isStep) process.kill(process.pid, process.env['NF_TEST_SIGNAL']);
    }
  } finally {
    await events.return({ status: 'done', metrics: {} });
  }
};
export default signalledTrial;
