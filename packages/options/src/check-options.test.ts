import { describe, expect, it } from 'vitest';
import {
  aBoolean,
  anything,
  assertInRange,
  assertInteger,
  checkOptions,
  integerFrom,
  LAYER_ARGS,
  nearest,
  numberIn,
  oneOf,
  positive,
  show,
} from './index.js';

interface Options {
  readonly learningRate: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly padding?: 'same' | 'valid';
  readonly steps?: number;
  readonly data?: unknown;
}
const RULES = {
  learningRate: positive,
  momentum: numberIn(0, 1),
  nesterov: aBoolean,
  padding: oneOf(['same', 'valid']),
  steps: integerFrom(1),
  data: anything,
};
const check =
  (options: unknown, instead = {}) =>
  () =>
    checkOptions<Options>('sgd', options, RULES, { required: ['learningRate'], instead });

describe('checkOptions', () => {
  it('takes what follows the rules, and undefined as not given', () => {
    check({ learningRate: 0.1, momentum: undefined, padding: 'same', steps: 3, data: null })();
    check(Object.assign(Object.create(null), { learningRate: 1 }))();
  });

  it.each([
    [
      { learningRate: 1, moment: 0.5 },
      'sgd: no option `moment`; did you mean `momentum`? It has learningRate, momentum',
    ],
    [{ lr: 0.1 }, 'no option `lr`; did you mean `learningRate`?'],
    [{ learning_rate: 0.1 }, 'no option `learning_rate`; did you mean `learningRate`?'],
    [{ learningRate: 1, zzz: 1 }, 'no option `zzz`. It has learningRate'],
    [{ learningRate: 1, constructor: 1 }, 'no option `constructor`.'],
    [
      { learningRate: 1, padding: 'samee' },
      "`padding` must be one of 'same', 'valid', got \"samee\"; did you mean 'same'?",
    ],
    [{ learningRate: Number.NaN }, '`learningRate` must be a finite number > 0, got NaN.'],
    [{ learningRate: 1, momentum: 2 }, '`momentum` must be a number in [0, 1], got 2.'],
    [{ learningRate: 1, steps: 1.5 }, '`steps` must be a whole number from 1, got 1.5.'],
  ])('refuses %j', (options, message) => {
    expect(check(options)).toThrow(RangeError);
    expect(check(options)).toThrow(message);
  });

  it.each([
    [undefined, 'sgd: options must be an object like { learningRate }, got undefined.'],
    [null, 'got null.'],
    [0.1, 'got 0.1.'],
    [[0.1], 'got [0.1].'],
    [new Map(), 'got an instance of Map.'],
    [() => 1, 'got the function (anonymous).'],
    [{}, '`learningRate` must be a finite number > 0, got undefined.'],
    [{ learningRate: '0.1' }, '`learningRate` must be a finite number > 0, got "0.1".'],
    [{ learningRate: 1, nesterov: 1 }, '`nesterov` must be true or false, got 1.'],
  ])('refuses the type of %j', (options, message) => {
    expect(check(options)).toThrow(TypeError);
    expect(check(options)).toThrow(message);
  });

  it('says what to do instead of an option of other software', () => {
    const instead = { activation: 'Add tf.layers.activation after it.' };
    expect(check({ activation: 'relu' }, instead)).toThrow(
      'sgd: no option `activation`. Add tf.layers.activation after it.',
    );
  });
});

describe('what every layer takes', () => {
  const layer = (args: object) => () => checkOptions<Record<string, unknown>>('layer', args, LAYER_ARGS as never);
  it('holds for the config of a saved model', () => {
    const saved = { name: 'a', trainable: true, batchInputShape: [null, 8, 8, 3], dtype: 'float32' };
    expect(layer(saved)).not.toThrow();
    expect(layer({ inputShape: [], dtype: null, batchSize: null, weights: null })).not.toThrow();
  });
  it.each([
    [{ inputShape: ['8'] }, '`inputShape` must be a list of sizes, null where any will do, got ["8"].'],
    [{ inputShape: [-1, 8] }, '`inputShape` must be a list of sizes'],
    [{ batchInputShape: 8 }, '`batchInputShape` must be a list of sizes'],
    [
      { dtype: 'float' },
      "`dtype` must be one of 'float32', 'int32', 'bool', 'complex64', 'string', null, got \"float\"",
    ],
    [{ inputDType: 'int' }, 'got "int"; did you mean \'int32\'?'],
    [{ weights: 'imagenet' }, '`weights` must be a list of tensors, or null, got "imagenet".'],
  ])('refuses %j', (args, message) => {
    expect(layer(args)).toThrow(message);
  });
});

describe('nearest', () => {
  const names = ['learningRate', 'weightDecay', 'clipFactor', 'clipExclude', 'eps'];
  it.each([
    ['lr', 'learningRate'],
    ['wd', 'weightDecay'],
    ['clip_factor', 'clipFactor'],
    ['CLIP-EXCLUDE', 'clipExclude'],
    ['lerningRat', 'learningRate'],
    ['weight', 'weightDecay'],
    ['epsilon', undefined],
    ['x', undefined],
    ['', undefined],
  ])('%s is %s', (word, expected) => {
    expect(nearest(word, names)).toBe(expected);
  });
  it('has none of nothing', () => expect(nearest('lr', [])).toBeUndefined());
});

describe('the checks of single values', () => {
  it('name the function, the option, the rule and the value', () => {
    expect(() => assertInteger('train', 'epochs', 1.5, 1)).toThrow('train: `epochs` must be an integer >= 1, got 1.5.');
    expect(() => assertInRange('sgd', 'momentum', 1, 0, 1)).toThrow('sgd: `momentum` must be in [0, 1), got 1.');
    expect(() => assertInRange('sgd', 'momentum', '1' as never, 0)).toThrow(TypeError);
  });
});

it('shows values that JSON hides', () => {
  const circular: unknown[] = [];
  circular.push(circular);
  expect([Number.NaN, [Number.NaN], undefined, 3n, new Float32Array(2), circular, 'x'.repeat(200)].map(show)).toEqual([
    'NaN',
    '["NaN"]',
    'undefined',
    '3n',
    'a Float32Array of 8 bytes',
    '[...]',
    `"${'x'.repeat(116)}...`,
  ]);
});
