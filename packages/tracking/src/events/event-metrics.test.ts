import { expect, it } from 'vitest';
import { eventMetrics } from './event-metrics.js';

it('names the figures of a step', () => {
  const clipStats = [
    { layer: 'stem/conv', units: 8, clippedUnits: 2, largestRatio: 0.5 },
    { layer: 'linear', units: 2, clippedUnits: 0, largestRatio: 0.01 },
  ];
  expect(
    eventMetrics({ type: 'step-end', step: 3, loss: 2.5, learningRate: 0.1, samples: 64, seconds: 0.25, clipStats }),
  ).toEqual({
    'train/loss': 2.5,
    'train/learningRate': 0.1,
    // 64 / 0.25
    'train/imagesPerSecond': 256,
    // 2 / 10
    'clip/clippedShare': 0.2,
    'clip/largestRatio/stem/conv': 0.5,
    'clip/largestRatio/linear': 0.01,
  });
});

it('leaves out what an event does not have', () => {
  expect(eventMetrics({ type: 'step-end', loss: Number.NaN, samples: 64, seconds: 0 })).toEqual({
    'train/loss': Number.NaN,
  });
  expect(eventMetrics({ type: 'run-end', step: 4, seconds: 3 })).toEqual({});
});

it('takes every number of an evaluation', () => {
  const evaluation = { loss: 0.3, accuracy: 0.9, samples: 500, confusion: [[1]], per: undefined };
  expect(eventMetrics({ type: 'epoch-end', meanLoss: 0.4, evaluation, emaEvaluation: { accuracy: 0.95 } })).toEqual({
    'epoch/meanLoss': 0.4,
    'evaluation/loss': 0.3,
    'evaluation/accuracy': 0.9,
    'evaluation/samples': 500,
    'emaEvaluation/accuracy': 0.95,
  });
});

it('takes null for a number that JSON lost, and names what is no event', () => {
  expect(eventMetrics({ type: 'step-end', loss: null, clipStats: null, evaluation: null } as never)).toEqual({
    'train/loss': Number.NaN,
  });
  for (const bad of [undefined, 3, {}, []]) {
    expect(() => eventMetrics(bad as never)).toThrow('eventMetrics: an event must be an object like');
  }
});
