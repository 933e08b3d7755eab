import { show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { assertNoMore } from '../build/assert-arguments.js';

/**
 * Makes a save handler that stores weights as float16, in half the bytes: `model.save(float16Weights('downloads://f0'))`.
 *
 * The files are tfjs's own: `tf.loadLayersModel` gives float32 weights again, of 11 significant bits. Computing takes
 * as long, and as much memory, as before.
 *
 * @param target What `model.save` takes: a URL, or a handler.
 * @throws RangeError when no handler knows the URL, or a weight is beyond 65504, the largest float16.
 * @example
 * ```ts
 * import { createModel, float16Weights } from '@nfnets/models';
 *
 * const model = createModel('nfnet_f0', { numClasses: 1000 });
 * await model.save(float16Weights('downloads://nfnet_f0')); // 143 MB, not 286
 * ```
 */
export function float16Weights(target: string | tf.io.IOHandler, ...further: never[]): tf.io.IOHandler {
  assertNoMore('float16Weights', 'a URL or a handler', further);
  const handler = typeof target === 'string' ? tf.io.getSaveHandlers(target)[0] : target;
  const save = handler?.save?.bind(handler);
  if (save === undefined) {
    const got = typeof target === 'object' && target !== null ? 'a handler without `save`' : show(target);
    throw new RangeError(`float16Weights: \`target\` must be a URL or a handler that saves, got ${got}.`);
  }
  return { save: async (artifacts) => save(withHalves(artifacts)) };
}

function withHalves(artifacts: tf.io.ModelArtifacts): tf.io.ModelArtifacts {
  const { weightSpecs = [], weightData = new ArrayBuffer(0) } = artifacts;
  const bytes = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
  const parts: Uint8Array[] = [];
  const specs: tf.io.WeightsManifestEntry[] = [];
  let start = 0;
  for (const spec of weightSpecs) {
    // Weights of layers are float32: four bytes each.
    const end = start + 4 * spec.shape.reduce((product, size) => product * size, 1);
    parts.push(new Uint8Array(halvesOf(spec.name, new Float32Array(bytes.slice(start, end).buffer)).buffer));
    specs.push({ ...spec, quantization: { dtype: 'float16' } });
    start = end;
  }
  return { ...artifacts, weightSpecs: specs, weightData: tf.io.CompositeArrayBuffer.join(parts.map(bufferOf)) };
}

const bufferOf = ({ buffer }: Uint8Array) => buffer as ArrayBuffer;

function halvesOf(name: string, values: Float32Array): Uint16Array {
  if (values.some((value) => Math.abs(value) >= 65520 && Number.isFinite(value))) {
    throw new RangeError(`float16Weights: "${name}" has values beyond 65504, the largest float16. Save it as float32.`);
  }
  const bits = new Uint32Array(values.buffer);
  return Uint16Array.from(bits, float16Bits);
}

/** The nearest float16, ties to even, of a float32 that is in range; infinite and NaN stay so. */
function float16Bits(float: number): number {
  const sign = (float >>> 16) & 0x8000;
  const exponent = ((float >>> 23) & 255) - 112;
  const fraction = float & 0x7fffff;
  if (exponent === 143) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  if (exponent > 0) return sign | roundedShift((exponent << 23) | fraction, 13);
  // Subnormal: multiples of 2^-24.
  return exponent < -10 ? sign : sign | roundedShift(fraction | 0x800000, 14 - exponent);
}

/** `value >> shift`, to nearest; a carry into the exponent makes the next power of two, as it should. */
function roundedShift(value: number, shift: number): number {
  const kept = value >>> shift;
  const rest = value & (2 ** shift - 1);
  const half = 2 ** (shift - 1);
  return rest > half || (rest === half && kept % 2 === 1) ? kept + 1 : kept;
}
