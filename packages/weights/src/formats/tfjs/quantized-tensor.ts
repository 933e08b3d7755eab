import { type ByteRange, type ByteSource, floatValues, type StoredTensor } from '@nfnets/safetensors';

/** How TensorFlow.js made a float32 weight smaller. */
export type Quantization =
  | { readonly kind: 'float16' }
  | {
      readonly kind: 'uint8' | 'uint16';
      /** A value is the whole number times this, ... */
      readonly scale: number;
      /** ... plus this. */
      readonly min: number;
    };

/** A float32 tensor that lies quantized at `range`. Source: `decodeWeights` of TensorFlow.js. */
export function quantizedTensor(
  source: ByteSource,
  name: string,
  shape: readonly number[],
  quantization: Quantization,
  { offset, length }: ByteRange,
): StoredTensor {
  const read = async () => {
    const bytes = await source.read(offset, length);
    if (quantization.kind === 'float16') return floatValues(bytes, 'F16')!;
    const { kind, scale, min } = quantization;
    const wholes = kind === 'uint8' ? bytes : new Uint16Array(bytes.buffer, 0, length / 2);
    return Float32Array.from(wholes, (whole) => whole * scale + min);
  };
  return { name, shape, dtype: 'F32', read };
}
