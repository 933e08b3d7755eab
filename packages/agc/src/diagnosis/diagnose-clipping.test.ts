import { describe, expect, it } from 'vitest';
import { type ClipHistoryStep, diagnoseClipping, type LayerClipStats } from '../index.js';

/** Layers of ten units, of which so many are clipped. */
const at = (step: number, clipped: Readonly<Record<string, number>>): ClipHistoryStep => ({
  step,
  layers: Object.entries(clipped).map(
    ([layer, clippedUnits]): LayerClipStats => ({ layer, units: 10, clippedUnits, largestRatio: 1 }),
  ),
});
/** `steps` steps of a stem and a head. */
const history = (steps: number, stem: (step: number) => number, head: (step: number) => number = () => 0) =>
  Array.from({ length: steps }, (_, step) => at(step, { stem: stem(step), head: head(step) }));

describe('the verdict', () => {
  it.each([
    ['never', history(20, () => 0), {}],
    [
      'nearly always',
      history(
        20,
        () => 10,
        () => 9,
      ),
      {},
    ],
    ['in spikes', history(20, (step) => (step % 10 === 3 ? 10 : 0)), {}],
    ['in warm-up', history(20, (step) => (step < 5 ? 8 : 0)), { warmupSteps: 5 }],
    // The same steps without a word on the warm-up: it is of spikes.
    ['in spikes', history(20, (step) => (step < 5 ? 8 : 0)), {}],
    ['at times', history(20, (step) => step % 2), {}],
    // Other things than layers of no units, which say nothing.
    [
      'nearly always',
      [{ step: 0, layers: [{ layer: 'a', units: 0, clippedUnits: 0, largestRatio: 0 }, at(0, { b: 10 }).layers[0]!] }],
      {},
    ],
  ] as const)('is %s', (verdict, steps, options) => {
    expect(diagnoseClipping(steps, options).verdict).toBe(verdict);
    expect(diagnoseClipping(steps.toReversed(), options).verdict).toBe(verdict);
  });

  it('has the shares it comes from, of all and by layer', () => {
    const { layers, ...all } = diagnoseClipping(
      history(
        8,
        (step) => (step < 4 ? 10 : 5),
        (step) => (step === 6 ? 1 : 0),
      ),
      { warmupSteps: 4 },
    );
    expect(all).toMatchObject({ warmupShare: 0.5, clippedShare: 0.2625, activeSteps: 1 });
    expect(layers).toEqual([
      { layer: 'stem', verdict: 'at times', warmupShare: 1, clippedShare: 0.5 },
      { layer: 'head', verdict: 'in spikes', warmupShare: 0, clippedShare: 0.025 },
    ]);
  });

  it('is of a history in which a layer comes and goes', () => {
    const { layers } = diagnoseClipping([at(0, { stem: 10 }), at(1, { stem: 10, late: 0 }), at(2, { late: 10 })]);
    expect(layers.map(({ layer, clippedShare }) => [layer, clippedShare])).toEqual([
      ['stem', 1],
      ['late', 0.5],
    ]);
  });
});

describe('the advice', () => {
  const adviceOf = (...args: Parameters<typeof diagnoseClipping>) => diagnoseClipping(...args).advice.join(' ');

  it('is four times the threshold where much is clipped', () => {
    const tight = history(20, () => 10);
    expect(diagnoseClipping(tight, { threshold: 0.03 })).toMatchObject({ relaxBy: 4, nextThreshold: 0.12 });
    expect(adviceOf(tight, { threshold: 0.03 })).toBe(
      'Too tight for this batch and rate: after the warm-up 50 % of the units were clipped. Try 0.12.',
    );
    expect(adviceOf(tight)).toContain('Try 4 times the threshold.');
  });

  it('asks a rule that is not proportional for its next threshold', () => {
    expect(
      diagnoseClipping(
        history(20, () => 10),
        { threshold: (by) => 1 + 0.05 * by },
      ).nextThreshold,
    ).toBe(1.2);
  });

  it('is a quarter of the threshold where a training broke that was hardly clipped', () => {
    const loose = history(20, () => 0);
    expect(diagnoseClipping(loose, { threshold: 0.16, diverged: true })).toMatchObject({
      relaxBy: 0.25,
      nextThreshold: 0.04,
    });
    expect(adviceOf(loose, { diverged: true })).toBe(
      'It diverged, and 0.0 % of the units were clipped: try 1/4 of the threshold.',
    );
  });

  it('is another rate where it broke for all that was clipped', () => {
    const held = history(
      20,
      () => 10,
      () => 10,
    );
    expect(diagnoseClipping(held, { diverged: true }).relaxBy).toBe(1);
    expect(adviceOf(held, { diverged: true })).toContain('take a lower learning rate or a longer warm-up');
  });

  it('is to keep what only caught spikes or the warm-up, and to leave out what did nothing', () => {
    const spikes = history(40, (step) => (step % 20 === 3 ? 10 : 0));
    expect(diagnoseClipping(spikes, { threshold: 1 })).toMatchObject({ relaxBy: 1, nextThreshold: 1 });
    expect(adviceOf(spikes)).toBe('It caught spikes, in 5.0 % of the steps, and left the rest alone. Keep it.');
    expect(
      adviceOf(
        history(20, (step) => (step < 5 ? 8 : 0)),
        { warmupSteps: 5 },
      ),
    ).toContain('held the warm-up');
    expect(adviceOf(history(20, () => 0))).toContain('It did nothing');
    expect(adviceOf([])).toContain('Nothing was measured');
  });

  describe('from losses', () => {
    const clipped = (units: number, loss: (step: number) => number) =>
      history(20, () => units).map((entry) => ({ ...entry, loss: loss(entry.step) }));

    it('is to keep a tight threshold where the loss rose above its first', () => {
      const shaken = clipped(10, (step) => (step === 3 ? 2.6 : 2.3 - step / 10));
      expect(diagnoseClipping(shaken)).toMatchObject({ relaxBy: 1, verdict: 'at times' });
      expect(adviceOf(shaken)).toContain('keep it, and take a lower learning rate');
      expect(diagnoseClipping(clipped(10, (step) => 2.3 - step / 10)).relaxBy).toBe(4);
      // By a tenth it may.
      expect(diagnoseClipping(clipped(10, (step) => (step === 3 ? 2.5 : 2.3 - step / 10))).relaxBy).toBe(4);
    });

    it('is a tighter one where it rose and stayed, or was lost', () => {
      const collapsed = clipped(1, (step) => (step === 3 ? 2.6 : 2.3));
      expect(diagnoseClipping(collapsed, { threshold: 0.16 }).nextThreshold).toBe(0.04);
      expect(adviceOf(collapsed)).toContain('The loss rose and did not come back, and 5.0 % of the units were clipped');
      expect(diagnoseClipping(clipped(1, (step) => (step === 19 ? Number.NaN : 1))).relaxBy).toBe(0.25);
      expect(diagnoseClipping(clipped(1, (step) => (step === 3 ? 2.6 : 2.3 - step / 10))).relaxBy).toBe(1);
    });

    it('is of the steps in their order, also of those that nothing was measured in', () => {
      const shaken = clipped(10, (step) => (step === 3 ? 2.6 : 2.3 - step / 10));
      const some = shaken.map((entry) => (entry.step % 5 === 0 ? entry : { ...entry, layers: [] }));
      expect(diagnoseClipping(some.toReversed())).toEqual(diagnoseClipping(some));
      expect(diagnoseClipping(some)).toMatchObject({ relaxBy: 1, clippedShare: 0.5 });
    });
  });

  it('frees the classifier, and tells of layers that are always held', () => {
    const held = history(
      100,
      () => 0,
      () => 10,
    ).map(({ step, layers }) => ({
      step,
      layers: [...layers, ...Array.from({ length: 30 }, (_, i) => at(step, { [`free${i}`]: 0 }).layers[0]!)],
    }));
    expect(adviceOf(held, { classifier: 'head' })).toContain("`exclude: ['head']`");
    expect(adviceOf(held, { classifier: 'head' })).not.toContain('raise `eps`');
    expect(adviceOf(held)).toContain('head is clipped in nearly every step: raise `eps`');
  });

  it('keeps any threshold before an optimizer that undoes it', () => {
    const tight = diagnoseClipping(
      history(20, () => 10),
      { scaleInvariant: true },
    );
    expect(tight.relaxBy).toBe(1);
    expect(tight.advice).toEqual([
      'It clipped 50 % of the units after the warm-up, which changes only the means of an optimizer that divides gradients by their own size: no threshold matters much. Compare with no clipping.',
    ]);
    const nothing = history(20, () => 0);
    expect(adviceOf(nothing, { scaleInvariant: true })).toBe(adviceOf(nothing));
    // Where it broke it may be what it lacks.
    expect(diagnoseClipping(nothing, { scaleInvariant: true, diverged: true }).relaxBy).toBe(0.25);
  });
});

it.each<[string, unknown, object, string]>([
  [
    'no list',
    { step: 1 },
    {},
    '`history` must be a list of steps, got {"step":1}. Give a list of { step, layers, loss }',
  ],
  ['no step', [{ layers: [] }], {}, '`history[0].step` must be a whole number from 0, got undefined'],
  ['no layers', [at(0, {}), { step: 1 }], {}, '`history[1].layers` must be a list of layers, got undefined'],
  ['no name', [{ step: 0, layers: [{ units: 1 }] }], {}, 'must have the name of a `layer`'],
  ['more clipped than there are', [at(0, { stem: 11 })], {}, '`clippedUnits` from 0 to its `units`, got 11 of 10'],
  ['no loss', [{ ...at(0, {}), loss: '2' }], {}, '`history[0].loss` must be a number, got "2"'],
  ['another option', [], { clipFactor: 1 }, 'no option `clipFactor`. It is `threshold` here'],
  ['a threshold of 0', [], { threshold: 0 }, '`threshold` must be a finite number > 0, or a function'],
])('refuses %s', (_, given, options, message) => {
  expect(() => diagnoseClipping(given as never, options)).toThrow(message);
});
