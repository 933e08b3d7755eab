/** What a file of no format that is read may be, by its first characters. */
const TEXTS = [
  [/^version https:\/\/gi/, 'a pointer of Git LFS, not the file itself: run git lfs pull'],
  [/^\s*<(!doctype|html|\?xml)/i, 'a web page, perhaps of an error or a login: download it again'],
  [/^GGUF/, 'a GGUF file'],
] as const;

/** By its first bytes, as hexadecimal digits. */
const BYTES = [
  [/^89484446/, 'an HDF5 file, such as Keras writes: convert it with tensorflowjs_converter'],
  [/^934e554d5059/, 'a single numpy array'],
  [/^1f8b/, 'compressed with gzip: unpack it first'],
  [/^28b52ffd/, 'compressed with zstd: unpack it first'],
  [/^fd377a585a/, 'compressed with xz: unpack it first'],
  [/^080[1-9a-f]12/, 'an ONNX model'],
] as const;

/** What a file is that begins with `start`, as an error tells it; undefined when there is no telling. */
export function otherFormat(start: Uint8Array): string | undefined {
  const text = String.fromCharCode(...start);
  const digits = [...start].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const sign = TEXTS.find(([sign]) => sign.test(text)) ?? BYTES.find(([sign]) => sign.test(digits));
  return sign?.[1];
}
