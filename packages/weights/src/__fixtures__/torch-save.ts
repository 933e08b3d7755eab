/** A float32 tensor for {@link torchSave}. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What {@link torchSave} writes: dicts, tensors, texts, whole numbers, and objects of a class by its name. */
export type Content = Tensor | string | number | { readonly object: string } | { readonly [key: string]: Content };

const ascii = (text: string) => [...new TextEncoder().encode(text)];
const le = (value: number, size: number) => Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) & 255);
const isTensor = (content: Content): content is Tensor => (content as Partial<Tensor>).values instanceof Float32Array;

/** A file as torch.save writes it (protocol 4), so that tests need no Python: a zip of a pickle and of storages. */
export function torchSave(content: Content): Uint8Array<ArrayBuffer> {
  const storages: number[][] = [];
  const pickle = Uint8Array.from([0x80, 4, ...pickled(content, storages), 0x2e]);
  return zip([
    ['a/data.pkl', [...pickle]],
    ...storages.map((bytes, i): [string, number[]] => [`a/data/${i}`, bytes]),
  ]);
}

const text = (value: string) => [0x58, ...le(ascii(value).length, 4), ...ascii(value)];
const whole = (value: number) => [0x4a, ...le(value, 4)];
const name = (module: string, value: string) => [...text(module), ...text(value), 0x93];
const tuple = (...items: number[][]) => [0x28, ...items.flat(), 0x74];

function pickled(content: Content, storages: number[][]): number[] {
  if (typeof content === 'string') return text(content);
  if (typeof content === 'number') return whole(content);
  if (isTensor(content)) return tensor(content, storages);
  if (typeof content['object'] === 'string') return [...name('some.module', content['object']), 0x29, 0x81];
  const items = Object.entries(content).flatMap(([key, value]) => [...text(key), ...pickled(value as Content, storages)]);
  return [0x7d, 0x28, ...items, 0x75];
}

function tensor({ shape, values }: Tensor, storages: number[][]): number[] {
  const key = String(storages.push([...new Uint8Array(values.slice().buffer)]) - 1);
  const stride = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const storage = tuple(text('storage'), name('torch', 'FloatStorage'), text(key), text('cpu'), whole(values.length));
  const sizes = (list: readonly number[]) => tuple(...list.map(whole));
  const args = tuple([...storage, 0x51], whole(0), sizes(shape), sizes(stride), [0x89], [0x7d]);
  return [...name('torch._utils', '_rebuild_tensor_v2'), ...args, 0x52];
}

/** A zip archive of stored files. */
function zip(files: [name: string, bytes: number[]][]): Uint8Array<ArrayBuffer> {
  const out: Uint8Array[] = [];
  const directory: number[] = [];
  let at = 0;
  for (const [name, bytes] of files) {
    const common = [20, ...Array(13).fill(0), ...le(bytes.length, 4), ...le(bytes.length, 4), ...le(name.length, 2), 0, 0];
    directory.push(0x50, 0x4b, 1, 2, 20, 0, ...common, ...Array(10).fill(0), ...le(at, 4), ...ascii(name));
    const entry = Uint8Array.from([0x50, 0x4b, 3, 4, ...common, ...ascii(name), ...bytes]);
    out.push(entry);
    at += entry.length;
  }
  const count = le(files.length, 2);
  const end = [0x50, 0x4b, 5, 6, 0, 0, 0, 0, ...count, ...count, ...le(directory.length, 4), ...le(at, 4), 0, 0];
  const whole = new Uint8Array(at + directory.length + end.length);
  let place = 0;
  for (const part of [...out, Uint8Array.from([...directory, ...end])]) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}
