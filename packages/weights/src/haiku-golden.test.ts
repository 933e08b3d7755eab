import { createModel, NFNET, type NFNetSpec, publishedWeights } from '@nfnets/models';
import { expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { loadWeights } from './index.js';

// The tiny network T0, whose logits come from the authors' own code in float64.
const T0: NFNetSpec = {
  ...NFNET.nfnet_f0,
  stem: [16, 32, 64, 8].map((channels, i) => ({ channels, stride: i === 0 || i === 3 ? 2 : 1 })),
  widths: [16, 32, 48, 48],
  depths: [1, 2, 1, 1],
  groupWidth: 8,
  finalChannels: 96,
};
const LOGITS = [
  [
    -0.03812882, 0.03039627, -0.03154927, -0.03300358, -0.06132087, -0.0902582, 0.0588927, -0.00758428, 0.01568959,
    -0.09262293,
  ],
  [
    -0.03560856, 0.03831153, -0.02925925, 0.04245237, -0.13686472, -0.00398977, -0.08850001, -0.05214576, -0.01309252,
    -0.08365077,
  ],
];

/** The weights that any language can make from a Haiku name. */
function goldenWeight(name: string, count: number): Float32Array {
  const kind = name.split('/').at(-1)!;
  const scale = kind !== 'w' ? (kind.includes('gain') ? 0.1 : 0.05) : name.includes('squeeze_excite') ? 1 : 0.1;
  return Float32Array.from(goldenValues(name, count), (u) => (kind.includes('gain') ? 1 : 0) + scale * u);
}

const ascii = (text: string) => [...text].map((character) => character.charCodeAt(0));
const text = (value: string) => [0x8c, value.length, ...ascii(value)];
const uint32 = (value: number) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);
const global = (module: string, name: string) => [...text(module), ...text(name), 0x93];
const tuple = (...items: number[][]) => [0x28, ...items.flat(), 0x74];
const int = (value: number) => [0x4a, ...uint32(value)];
const dict = (entries: readonly (readonly [string, number[]])[]) => [
  ...[0x7d, 0x28],
  ...entries.flatMap(([key, value]) => [...text(key), ...value]),
  0x75,
];

/** The opcodes of a float32 array, as numpy 1 reduces it in protocol 4. */
function array(values: Float32Array, shape: readonly number[]): number[] {
  const reconstruct = [
    ...global('numpy.core.multiarray', '_reconstruct'),
    ...tuple(global('numpy', 'ndarray'), tuple(int(0)), [0x43, 1, 0x62]),
    0x52,
  ];
  const none = [0x4e];
  const dtype = [
    ...[...global('numpy', 'dtype'), ...tuple(text('f4'), [0x89], [0x88]), 0x52],
    ...[...tuple(int(3), text('<'), none, none, none, int(-1), int(-1), int(0)), 0x62],
  ];
  const bytes = [0x42, ...uint32(values.byteLength), ...new Uint8Array(values.buffer)];
  return [...reconstruct, ...tuple(int(1), tuple(...shape.map(int)), dtype, [0x89], bytes), 0x62];
}

it('a pickle with the authors’ names gives the logits of the authors’ code', async () => {
  const modules = new Map<string, [string, number[]][]>();
  for (const { name, shape } of publishedWeights(T0, 'haiku', 10).values()) {
    const at = name.lastIndexOf('/');
    const parameters = modules.get(name.slice(0, at)) ?? [];
    modules.set(name.slice(0, at), parameters);
    const count = shape.reduce((product, n) => product * n, 1);
    parameters.push([name.slice(at + 1), array(goldenWeight(name, count), shape)]);
  }
  const pickle = [0x80, 4, ...dict([...modules].map(([module, parameters]) => [module, dict(parameters)])), 0x2e];

  const model = createModel(T0, { numClasses: 10 });
  const { format, naming, loaded } = await loadWeights(model, Uint8Array.from(pickle), { spec: T0 });
  expect([format, naming, loaded.length]).toEqual(['haiku', 'haiku', 114]);
  const images = tf.tensor4d(
    goldenValues('input', 2 * 32 * 32 * 3).map((u) => Math.sqrt(3) * u),
    [2, 32, 32, 3],
  );
  const logits = model.predict(images) as tf.Tensor;
  expectTensorClose([...logits.dataSync()], LOGITS.flat(), { relative: 0, absolute: 1e-6 });
  tf.dispose([images, logits]);
  model.dispose();
});
