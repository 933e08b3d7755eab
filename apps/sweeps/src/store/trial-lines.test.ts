import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readTrialLine, trialLine } from './trial-lines.js';

const LINE = { type: 'step', step: 3, epoch: 1, samples: 9, loss: 2, learningRate: 0.1, seconds: 1 } as const;

it('keeps what JSON has no number for', () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity)), (loss) => {
      const line = { ...LINE, loss: loss || 0 };
      expect(readTrialLine(trialLine(line))).toEqual(line);
    }),
  );
});

it('takes null, as older versions wrote it, and what is no number for NaN', () => {
  for (const loss of ['null', '"x"', '{}'])
    expect(readTrialLine(`{"type":"epoch","step":1,"epoch":1,"loss":${loss},"accuracy":null}`)).toMatchObject({
      loss: Number.NaN,
      accuracy: Number.NaN,
    });
  expect(readTrialLine('{"type":"epoch","step":1,"epoch":1}')).toMatchObject({ loss: Number.NaN });
});

it('keeps the largest ratios of a layer, whatever they are, and does without', () => {
  const clip = { type: 'clip', step: 3, seconds: 1, layers: { stem: 0.5, head: 1 } } as const;
  const whole = { ...clip, largest: { stem: 0.2, head: Number.NaN } };
  expect(readTrialLine(trialLine(whole))).toEqual(whole);
  expect(readTrialLine(trialLine(clip))).toEqual(clip);
  expect(readTrialLine('{"type":"clip","step":3,"seconds":1,"layers":{"stem":0.5,"head":1},"largest":3}')).toEqual(
    clip,
  );
});

it('knows what is no line', () => {
  const texts = [
    '',
    '{',
    'x',
    '3',
    'null',
    '[]',
    '{"type":3}',
    '{"type":"step"}',
    '{"type":"step","step":null}',
    '{"type":"clip","step":1}',
  ];
  for (const text of texts) expect(readTrialLine(text), text).toBeUndefined();
});
