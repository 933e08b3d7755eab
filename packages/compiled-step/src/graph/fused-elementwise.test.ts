import { mulberry32 } from '@nfnets/testing';
import { describe, expect, it } from 'vitest';
import { missing } from '../__fixtures__/native.js';
import { type Format, type FusedCall, runFusedOp, toBfloat16 } from './__fixtures__/run-fused-op.js';

const note = missing === undefined ? '' : ` (${missing})`;

/** Numbers from -1 to 1. */
function uniform(count: number, seed: number): Float32Array {
  const random = mulberry32(seed);
  return Float32Array.from({ length: count }, () => random() * 2 - 1);
}

/** Compares bit by bit, and names the first number that differs. */
function expectSame(actual: Float32Array, expected: Float32Array, words: string): void {
  expect(actual.length, words).toBe(expected.length);
  const [some, others] = [actual, expected].map((each) => new Uint32Array(each.buffer, each.byteOffset, each.length));
  const i = some!.findIndex((bits, k) => bits !== others![k]);
  if (i >= 0) expect.fail(`${words}: number ${i} is ${actual[i]}, not ${expected[i]}`);
}

/** Expects numbers about 1 that are right but for some roundings: products and the sums that they go into may be rounded once. */
function expectNear(actual: Float32Array, expected: Float32Array): void {
  const i = actual.findIndex((value, k) => !(Math.abs(value - expected[k]!) < 5e-7));
  if (i >= 0) expect.fail(`number ${i} is ${actual[i]}, not ${expected[i]}`);
}

/** The same of several results. */
function expectAllSame(actual: readonly Float32Array[], expected: readonly Float32Array[]): void {
  for (const [i, values] of expected.entries()) expectSame(actual[i]!, values, `output ${i}`);
}

describe.skipIf(missing !== undefined)(`the op NFNetsElementwise${note}`, () => {
  /** Sizes about those of blocks and of tasks. */
  const spaces = [
    [1, 1, 1],
    [1, 1, 1025],
    [1, 7, 1],
    [2, 1023, 1],
    [1, 1025, 3],
    [3, 341, 3],
    [2, 1, 1024],
    [3, 37, 1025],
    [2, 5, 3000],
    [1, 32_768, 1],
    [1, 32_769, 1],
    [2, 32_767, 3],
    [5, 4099, 8],
    [64, 3, 2],
  ] as const;

  describe.each(spaces)('over %i images of %i positions and %i channels', (images, positions, channels) => {
    const count = images * positions * channels;
    const full = uniform(count, 4);
    const sizes = {
      full: count,
      scalar: 1,
      channel: channels,
      image: images,
      image_channel: images * channels,
    };
    const at = {
      full: (i: number) => i,
      scalar: () => 0,
      channel: (i: number) => i % channels,
      image: (i: number) => Math.floor(i / (positions * channels)),
      image_channel: (i: number) => Math.floor(i / (positions * channels)) * channels + (i % channels),
    };
    const spreads = Object.keys(sizes) as (keyof typeof sizes)[];
    const program = [
      `space ${images} ${positions} ${channels}`,
      ...spreads.map((spread) => `input ${spread}`),
      'Mul i0 i1',
      'Add r0 i2',
      'Mul r1 i3',
      'Sub r2 i4',
      'Square r3',
      `output r4 ${count}`,
      'sum all r3 1 1',
      `sum channel r3 0.25 ${channels}`,
      `sum image_channel r3 -2 ${images} ${channels}`,
      `output r3 ${images} ${positions} ${channels}`,
    ];
    const outputs: Format[] = ['float32', 'float32', 'float32', 'float32', 'float32'];
    const runs = (formats: readonly Format[], call: Partial<FusedCall> = {}) => {
      const inputs = spreads.map((spread, i) => ({
        values: (spread === 'full' ? full : uniform(sizes[spread], 5 + i)).map((value) =>
          formats[i] === 'bfloat16' ? toBfloat16(value) : value,
        ),
        ...(formats[i] === undefined ? {} : { format: formats[i] }),
      }));
      const results = runFusedOp({ program, inputs, outputs, ...call });
      const value = full.map((_, i) => {
        const [x, scalar, channel, image, imageChannel] = spreads.map((spread, k) => inputs[k]!.values[at[spread](i)]!);
        return (x! * scalar! + channel!) * image! - imageChannel!;
      });
      return { results: results as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array], value };
    };
    const expectSums = (sums: Float32Array, value: Float32Array, index: (i: number) => number, factor: number) => {
      const exact = new Float64Array(sums.length);
      const size = new Float64Array(sums.length);
      for (const [i, each] of value.entries()) {
        exact[index(i)]! += each * factor;
        size[index(i)]! += Math.abs(each * factor);
      }
      for (const [i, sum] of sums.entries()) {
        expect(Math.abs(sum - exact[i]!) / size[i]!, `sum ${i}`).toBeLessThan(1e-5);
      }
    };

    it('spreads every kind of input and adds up by every kind of sum', () => {
      const { results, value } = runs([]);
      const [squares, all, byChannel, byImageChannel, values] = results;
      expectNear(values, value);
      expectSame(
        squares,
        values.map((each) => each * each),
        'the squares',
      );
      expectSums(all, values, at.scalar, 1);
      expectSums(byChannel, values, at.channel, 0.25);
      expectSums(byImageChannel, values, at.image_channel, -2);
    });

    it('gives the same bits on 1, 2 and 4 threads', () => {
      const { results } = runs([]);
      for (const threads of [2, 4]) expectAllSame(runs([], { threads }).results, results);
    });

    it('reads bfloat16, and rounds what it writes in it', () => {
      const half: Format[] = ['bfloat16', 'bfloat16', 'bfloat16', 'bfloat16', 'bfloat16'];
      const wide = runs(half);
      expectNear(wide.results[4], wide.value);
      const narrow = runs(half, { outputs: half });
      expectAllSame(
        narrow.results,
        wide.results.map((values) => values.map(toBfloat16)),
      );
    });
  });

  it('rounds to the nearest bfloat16, ties to the even one, and keeps what is not finite', () => {
    const bits = Uint32Array.of(
      ...[0x3f808000, 0x3f818000, 0x3f807fff, 0x3f808001, 0xbf808000, 0x7f7fffff, 0x7f800000, 0xff800000],
      ...[0x7fc00000, 0x7f800001, 0xffffffff, 0x80000000, 0x00800000],
    );
    const values = new Float32Array(bits.buffer);
    const program = [`space 1 1 ${values.length}`, 'input full', 'Identity i0', `output r0 ${values.length}`];
    const [result] = runFusedOp({ program, inputs: [{ values }], outputs: ['bfloat16'] });
    const [one, ulp] = [1, 2 ** -7];
    expect([...result!]).toEqual([
      ...[one, one + 2 * ulp, one, one + ulp, -one],
      ...[Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      ...[Number.NaN, Number.NaN, Number.NaN, -0, 2 ** -126],
    ]);
  });

  describe('in the memory of inputs that nobody else reads', () => {
    const x = uniform(40_000, 20);
    const y = uniform(40_000, 21);
    const inputs = [
      { values: x, isSpare: true },
      { values: y, isSpare: true },
    ];
    const head = ['space 1 10000 4', 'input full', 'input full'];

    it('computes several results and sums', () => {
      const program = [...head, 'Add i0 i1', 'Mul i0 i1', 'Sub r1 i0', 'output r0 40000', 'output r2 40000'];
      const outputs: Format[] = ['float32', 'float32', 'float32'];
      const [sums, rest, total] = runFusedOp({ program: [...program, 'sum all i0 1 1'], inputs, outputs });
      expectAllSame(
        [sums!, rest!],
        [x.map((value, i) => value + y[i]!), x.map((value, i) => Math.fround(value * y[i]!) - value)],
      );
      expect(total![0]).toBeCloseTo(
        x.reduce((sum, value) => sum + value, 0),
        2,
      );
    });

    it('gives an input itself too, which may lie where another result goes', () => {
      const program = [
        ...head,
        'Square i0',
        'Neg i1',
        'output r0 40000',
        'output i0 40000',
        'output r1 40000',
        'output i1 40000',
      ];
      for (const format of ['float32', 'bfloat16'] as const) {
        const results = runFusedOp({ program, inputs, outputs: ['float32', format, 'float32', format] });
        const round = (values: Float32Array) => (format === 'bfloat16' ? values.map(toBfloat16) : values);
        expectAllSame(results, [x.map((it) => it * it), round(x), y.map((it) => -it), round(y)]);
      }
    });
  });

  describe('products that are added to something', () => {
    const [x, y, z] = [40, 41, 42].map((seed) => uniform(9000, seed)) as [Float32Array, Float32Array, Float32Array];
    const at = (values: Float32Array, spread: string, i: number) => values[spread === 'full' ? i : 0]!;
    const spreads = ['full', 'scalar'] as const;
    const cases = spreads.flatMap((a) => spreads.flatMap((b) => spreads.map((c) => [a, b, c] as const)));

    it.each(cases.slice(0, -1))('of %s and %s to %s', (...of) => {
      const inputs = [x, y, z].map((values, i) => ({ values: of[i] === 'full' ? values : values.slice(0, 1) }));
      const head = ['space 1 3000 3', ...of.map((spread) => `input ${spread}`)];
      const expected = x.map((_, i) => at(x, of[0], i) * at(y, of[1], i) + at(z, of[2], i));
      for (const lines of [
        ['Mul i0 i1', 'Add r0 i2'],
        ['Mul i0 i1', 'Add i2 r0'],
      ]) {
        const [sum] = runFusedOp({ program: [...head, ...lines, 'output r1 9000'], inputs, outputs: ['float32'] });
        expectNear(sum!, expected);
      }
      const both = [
        ...head,
        'Mul i0 i1',
        'Add r0 i2',
        'Mul r0 r1',
        'Mul i0 i2',
        'Add r2 r3',
        'output r4 9000',
        'output r0 9000',
      ];
      const [last, product] = runFusedOp({ program: both, inputs, outputs: ['float32', 'float32'] });
      const products = x.map((_, i) => at(x, of[0], i) * at(y, of[1], i));
      expectNear(product!, products);
      expectNear(
        last!,
        products.map((value, i) => value * expected[i]! + at(x, of[0], i) * at(z, of[2], i)),
      );
    });
  });

  it('computes long programs whose results are read late', () => {
    const x = uniform(9000, 30);
    const lines = ['Neg i0'];
    let expected = x.map((value) => -value);
    const first = expected;
    for (let i = 0; i < 40; i++) {
      lines.push(i % 5 === 4 ? `Sub r${i} r0` : `Mul r${i} i1`);
      expected = expected.map((value, k) => (i % 5 === 4 ? value - first[k]! : value * 0.5));
    }
    const program = ['space 1 3000 3', 'input full', 'input scalar', ...lines, 'output r40 9000', 'output r0 9000'];
    const inputs = [{ values: x }, { values: Float32Array.of(0.5) }];
    expectAllSame(runFusedOp({ program, inputs, outputs: ['float32', 'float32'] }), [expected, first]);
  });

  it('refuses a program that it does not know, in words', () => {
    const program = ['space 1 1 1', 'input full', 'Cosine i0', 'output r0 1'];
    const run = () => runFusedOp({ program, inputs: [{ values: Float32Array.of(1) }], outputs: ['float32'] });
    expect(run).toThrow(/NFNetsElementwise does not know this program:\nspace 1 1 1/);
  });
});
