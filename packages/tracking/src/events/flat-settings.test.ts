import { describe, expect, it } from 'vitest';
import { experimentValue, sessionEndValue, sessionStartValue } from '../tensorboard/hparams-values.js';
import { flatSettings } from './flat-settings.js';

const flat = (settings: object) => flatSettings('hparams', 'settings', settings as never);

describe('flatSettings', () => {
  it('shows values of any type', () => {
    const circular: Record<string, unknown> = { a: 1 };
    circular['self'] = circular;
    class Schedule {}
    expect(
      flat({
        ...{ rate: 0.1, name: 'x', sam: false, clip: null, absent: undefined, nan: Number.NaN, most: -Infinity },
        ...{
          seed: 2n ** 70n,
          date: new Date(0),
          never: new Date(Number.NaN),
          sizes: [1, [2, null]],
          at: new URL('http://a/b'),
        },
        ...{
          relu: function relu() {},
          symbol: Symbol('s'),
          schedule: new Schedule(),
          map: new Map(),
          bytes: new Uint8Array(3),
        },
        ...{ empty: {}, circular, '': 1 },
      }),
    ).toEqual({
      ...{ rate: 0.1, name: 'x', sam: false, clip: 'null', nan: 'NaN', most: '-Infinity' },
      ...{ seed: '1180591620717411303424', date: '1970-01-01T00:00:00.000Z', never: 'Invalid Date' },
      ...{ sizes: '[1,[2,null]]', at: 'http://a/b' },
      ...{
        relu: 'the function relu',
        symbol: 'Symbol(s)',
        schedule: 'an instance of Schedule',
        map: 'an instance of Map',
      },
      ...{ bytes: 'a Uint8Array of 3 bytes', empty: '{}', 'circular.a': 1, 'circular.self': '{...}', '': 1 },
    });
  });

  it('names the settings of a section after it, and keeps equal names apart', () => {
    expect(flat({ optimizer: { name: 'sgd', beta: { one: 0.9 } }, 'optimizer.name': 'lars' })).toEqual({
      'optimizer.name': 'sgd',
      'optimizer.beta.one': 0.9,
      'optimizer.name (2)': 'lars',
    });
  });

  it.each([undefined, null, 3, 'x', [1], new Map()])('refuses %s', (settings) => {
    expect(() => flat(settings as never)).toThrow('hparams: `settings` must be an object like { batchSize: 64 }, got');
  });
});

it('the messages of the HPARAMS tab name what they cannot take', () => {
  expect(() => experimentValue({}, { acc: 0.9 } as never, 0)).toThrow(
    'experimentValue: `metrics` must be an array of tags',
  );
  expect(() => sessionStartValue({}, undefined as never)).toThrow('sessionStartValue: `seconds` must be a number');
  expect(() => sessionEndValue('ended' as never, 0)).toThrow(
    '`outcome` must be one of done, diverged, failed, stopped',
  );
});
