import { readFileSync } from 'node:fs';
import { bytesSource, TensorFileError } from '@nfnets/safetensors';
import { describe, expect, it } from 'vitest';
import { readWeightFile } from './read-weight-file.js';

/** As `python/make_fixtures.py` fills its tensors. */
const filled = (count: number, phase: number) =>
  Float32Array.from({ length: count }, (_, i) => (((i * 7 + phase) % 13) - 6) / 4);
const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`__fixtures__/${name}`, import.meta.url)));
const read = (bytes: Uint8Array) => readWeightFile(bytesSource(bytes, 'x'));
const values = (bytes: Uint8Array, name: string) => read(bytes).then(({ tensors }) => tensors.get(name)!.read());

describe('a pickle of Haiku’s parameters', () => {
  it.each(['2', '3', '4', '5', 'dill', 'old'])('is read as Python wrote it (%s)', async (kind) => {
    const { format, tensors } = await read(fixture(`haiku-${kind}.pkl`));
    expect(format).toBe('haiku');
    expect([...tensors].map(([name, { shape, dtype }]) => [name, shape, dtype])).toEqual([
      ['net/~/conv/w', [3, 3, 2, 4], 'F32'],
      ['net/~/conv/long', [1, 1, 40, 30], 'F32'],
      ['net/gain', [], 'F32'],
      ['net/number', [], 'F32'],
      ['net/turned', [2, 3, 4], 'F32'],
    ]);
    expect(await tensors.get('net/~/conv/w')!.read()).toEqual(filled(72, 1));
    expect(await tensors.get('net/~/conv/long')!.read()).toEqual(filled(1200, 2));
    expect(await tensors.get('net/gain')!.read()).toEqual(filled(1, 3));
    expect(await tensors.get('net/number')!.read()).toEqual(Float32Array.of(-1.25));
    // Written with its first axis fastest.
    expect(await tensors.get('net/turned')!.read()).toEqual(filled(24, 6));
  });

  it('leaves long arrays in the file until they are read', async () => {
    const source = bytesSource(fixture('haiku-4.pkl'));
    let bytes = 0;
    const counted = { ...source, read: (o: number, l: number) => source.read(o, l).finally(() => (bytes += l)) };
    const { tensors } = await readWeightFile(counted);
    bytes = 0;
    await tensors.get('net/~/conv/long')!.read();
    expect(bytes).toBe(4800);
  });
});

describe('a checkpoint of torch.save', () => {
  it.each(['zip.pth', 'nested.pth', 'legacy.pth'])('is read as torch wrote it (%s)', async (name) => {
    const { format, tensors: stored, key, ema } = await read(fixture(name));
    expect(format).toBe('torch');
    const isNested = name === 'nested.pth';
    expect([key, ema]).toEqual(isNested ? ['state_dict_ema', true] : [undefined, undefined]);
    // Prefixes are the business of those who know which names are wanted.
    const prefix = isNested ? 'module.' : '';
    expect([...stored.keys()].every((each) => each.startsWith(prefix))).toBe(true);
    const tensors = new Map([...stored].map(([each, tensor]) => [each.slice(prefix.length), tensor]));
    expect([...tensors].map(([name, { shape, dtype }]) => [name, shape, dtype])).toEqual([
      ['kernel', [3, 3, 2, 4], 'F32'],
      ['long', [1, 1, 40, 30], 'F32'],
      ['scalar', [], 'F32'],
      ['half', [5], 'F16'],
      ['bfloat', [5], 'BF16'],
      ['count', [], 'I64'],
      ['strided', [2, 3, 4, 5], 'F32'],
      ['view', [6, 4], 'F32'],
      ['rest', [69], 'F32'],
    ]);
    expect(await tensors.get('kernel')!.read()).toEqual(filled(72, 1));
    expect(await tensors.get('long')!.read()).toEqual(filled(1200, 2));
    expect(await tensors.get('scalar')!.read()).toEqual(filled(1, 3));
    expect(await tensors.get('half')!.read()).toEqual(filled(5, 4));
    expect(await tensors.get('bfloat')!.read()).toEqual(filled(5, 5));
    expect(await tensors.get('strided')!.read()).toEqual(filled(120, 6));
    const rows = filled(24, 7);
    expect(await tensors.get('view')!.read()).toEqual(rows.map((_, i) => rows[(i % 4) * 6 + Math.floor(i / 4)]!));
    expect(await tensors.get('rest')!.read()).toEqual(filled(72, 1).slice(3));
    await expect(tensors.get('count')!.read()).rejects.toThrow(`"${prefix}count" is I64`);
  });
});

describe('what lies beside the weights of a checkpoint', () => {
  it.each(['beside-2.pth', 'beside-4.pth'])('is passed over, whatever it is (%s)', async (name) => {
    const { tensors, key } = await read(fixture(name));
    expect(key).toBe('state_dict');
    expect(await tensors.get('w')!.read()).toEqual(filled(6, 8));
    expect([tensors.get('double')!.dtype, await tensors.get('double')!.read()]).toEqual(['F64', filled(5, 9)]);
  });

  it('is told apart from tensors that can be read, by what it is', async () => {
    const { tensors, others } = await read(fixture('kinds.pth'));
    const one = filled(4, 10);
    for (const name of ['parameter', 'buffer']) expect(await tensors.get(name)!.read()).toEqual(one);
    expect(await tensors.get('expanded')!.read()).toEqual(new Float32Array(6).fill(one[0]!));
    expect(await tensors.get('negated')!.read()).toEqual(one.map((value) => -value));
    expect(await tensors.get('empty')!.read()).toEqual(new Float32Array());
    for (const [name, dtype] of [
      ['uint16', 'U16'],
      ['float8', 'F8_E4M3'],
      ['complex', 'C64'],
    ] as const) {
      await expect(tensors.get(name)!.read()).rejects.toThrow(`"${name}" is ${dtype}; weights must be`);
    }
    expect(Object.fromEntries(others!)).toEqual({
      sparse: 'a sparse tensor',
      quantized: 'a quantized tensor',
      meta: 'a tensor of the device meta, without values',
    });
  });
});

const ascii = (text: string) => [...text].map((character) => character.charCodeAt(0));
const text = (value: string) => [0x8c, value.length, ...ascii(value)];
const uint64 = (value: bigint) => Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
/** The opcodes of protocol 4, closed by STOP. */
const pickle = (...codes: (number | number[])[]) => Uint8Array.from([0x80, 4, ...codes.flat(), 0x2e]);
const global = (module: string, name: string) => [...text(module), ...text(name), 0x93];
const [MARK, TUPLE, TUPLE1, REDUCE, EMPTY_DICT, EMPTY_LIST] = [0x28, 0x74, 0x85, 0x52, 0x7d, 0x5d];

describe('a hostile pickle', () => {
  const os = [0x80, 2, ...ascii('cos\nsystem\n'), 0x55, 4, ...ascii('ls /'), 0x85, 0x52, 0x2e];
  it.each([
    [
      'calls os.system',
      Uint8Array.from(os),
      /refers to "os\.system", which no weight file needs; nothing of it was executed/,
    ],
    [
      'calls builtins.eval',
      pickle(global('builtins', 'eval'), text('1'), TUPLE1, REDUCE),
      /refers to "builtins\.eval"/,
    ],
    ['gets at an attribute', pickle(global('builtins', 'getattr')), /refers to "builtins\.getattr"/],
    [
      'hides a name in a longer one',
      pickle(global('numpy', 'ndarray.__class__')),
      /refers to "numpy\.ndarray\.__class__"/,
    ],
    [
      'makes an instance as of old',
      Uint8Array.from([0x80, 0, 0x28, ...ascii('ios\nsystem\n'), 0x2e]),
      /refers to "os\.system"/,
    ],
    ['refers to what is not a name', pickle(0x4b, 1, 0x4b, 2, 0x93), /refers to what is not a name/],
    ['names an extension', pickle(0x82, 1), /opcode 0x82/],
    ['names an outer object', pickle(text('x'), 0x51), /names an object outside of it/],
    [
      'calls a class',
      pickle(global('numpy', 'ndarray'), MARK, TUPLE, REDUCE),
      /calls something that is not a function/,
    ],
    ['calls a text', pickle(text('os.system'), MARK, TUPLE, REDUCE), /calls something that is not a function/],
    ['builds a text', pickle(text('x'), EMPTY_DICT, 0x62), /gives a state to what has none/],
    ['takes from an empty stack', pickle(0x61), /takes more than it has/],
    ['takes what lies before its mark', pickle(EMPTY_LIST, MARK, 0x30, 0x30, 0x30), /takes more than it has/],
    ['goes back to no mark', pickle(0x65), /goes back to a mark it never made/],
    ['recalls what it never stored', pickle(0x68, 7), /recalls 7, never stored/],
    ['appends to a tuple', pickle(MARK, TUPLE, 0x4b, 1, 0x61), /appends to what is not a list/],
    [
      'has a key twice',
      pickle(EMPTY_DICT, MARK, text('a'), EMPTY_DICT, text('a'), EMPTY_DICT, 0x75),
      /sets the key "a" twice/,
    ],
    [
      'has bytes beyond its end',
      pickle(0x8e, uint64(2n ** 60n)),
      /ends too early: 1152921504606847000 bytes are wanted/,
    ],
    ['has text beyond its end', pickle(0x8d, uint64(2n ** 62n)), /ends too early/],
    ['has an endless number', pickle(0x8b, [255, 255, 255, 127]), /whole number of 2147483647 bytes/],
    ['has a protocol of tomorrow', Uint8Array.from([0x80, 9, 0x4e, 0x2e]), /its protocol is later than 5/],
    ['never ends', pickle().slice(0, 2), /ends too early/],
    ['has no end of empty dicts', new Uint8Array(2_000_000).fill(EMPTY_DICT), /more than 500000 operations/],
    ['has no end of marks', new Uint8Array(2_000_000).fill(MARK), /more than 500000 operations/],
    ['is followed by more', new Uint8Array([...pickle(EMPTY_DICT), 1]), /1 bytes follow the pickle/],
    ['is a list', pickle(EMPTY_LIST), /must hold a dict of modules/],
    ['holds texts', pickle(EMPTY_DICT, text('a'), text('b'), 0x73), /module "a" must hold a dict of arrays/],
  ])('%s: refused', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(TensorFileError);
    await expect(read(bytes)).rejects.toThrow(message);
  });

  it('claims an array larger than its bytes: refused', async () => {
    const bytes = fixture('haiku-4.pkl');
    // The shape (1, 1, 40, 30): BININT1 40, BININT1 30.
    const at = bytes.findIndex((byte, i) => byte === 0x4b && bytes[i + 1] === 40 && bytes[i + 3] === 30);
    bytes[at + 1] = 255;
    await expect(read(bytes)).rejects.toThrow(/an array of shape \[1,1,255,30\] needs 30600 bytes, and has 4800/);
  });

  it('makes nothing of names and calls that it needs not, in any order', async () => {
    // {'a': os.system('ls'), 'b': getattr(os, 'system')('ls'), 'net': {}}
    const system = [global('os', 'system'), text('ls'), TUPLE1, REDUCE].flat();
    const got = [global('builtins', 'getattr'), MARK, global('os', 'x'), text('system'), TUPLE, REDUCE].flat();
    const called = [...got, ...text('ls'), TUPLE1, REDUCE];
    const evil = pickle(EMPTY_DICT, MARK, text('a'), system, text('b'), called, 0x75);
    await expect(read(evil)).rejects.toThrow(/module "a" must hold a dict of arrays, and is an object of "os\.system"/);
  });

  it.each([
    ['a set', [0x8f, MARK, 0x4b, 1, 0x90], 'a set'],
    ['a frozen set', [MARK, 0x4b, 1, 0x91], 'a set'],
    [
      'an object made in the way of protocol 4',
      [...global('a', 'B'), MARK, TUPLE, EMPTY_DICT, 0x92],
      'an object of "a.B"',
    ],
    ['an object made in the way of protocol 1', [MARK, ...global('a', 'B'), 0x4b, 1, 0x6f], 'an object of "a.B"'],
    ['a list of its own class', [...global('a', 'B'), MARK, TUPLE, 0x81, MARK, 0x4b, 1, 0x65], 'an object of "a.B"'],
    [
      'a dict of its own class',
      [...global('a', 'B'), MARK, TUPLE, 0x81, MARK, 0x4b, 1, 0x4b, 1, 0x75],
      'an object of "a.B"',
    ],
    ['a number of 200 bytes', [0x8a, 200, ...Array(200).fill(1)], '\\d{60}…'],
    ['a text of Python 2', [0x54, 2, 0, 0, 0, ...ascii('ab')], '"ab"'],
    ['a text with quotes', [0x53, ...ascii("'a\\'\\x41\\n'\n")], String.raw`"a'A\\n"`],
    ['an infinite number', [0x46, ...ascii('-inf\n')], '-Infinity'],
    ['no number', [0x46, ...ascii('nan\n')], 'NaN'],
  ])('may hold %s', async (_, codes, what) => {
    await expect(read(pickle(EMPTY_DICT, text('a'), codes, 0x73))).rejects.toThrow(
      new RegExp(`module "a" must hold a dict of arrays, and is ${what}\\.$`),
    );
  });

  it('may hold a million numbers', async () => {
    const many = new Uint8Array(2_000_000).fill(0x4b);
    const bytes = new Uint8Array([
      ...pickle(EMPTY_DICT, text('a'), EMPTY_LIST, MARK).slice(0, -1),
      ...many,
      0x65,
      0x73,
      0x2e,
    ]);
    await expect(read(bytes)).rejects.toThrow(/module "a" must hold a dict of arrays, and is a list of 1000000/);
  });

  it('is not overwhelmed by what refers to itself', async () => {
    // d = {}; d['a'] = d
    const circle = pickle(EMPTY_DICT, 0x94, text('a'), 0x68, 0, 0x73);
    await expect(read(circle)).rejects.toThrow(/"a\/a" must be an array/);
  });
});

describe('a hostile archive', () => {
  /** A zip of stored files. Each of `changes` is a place in the file's entry of the table, and what to write there. */
  function zip(files: [name: string, bytes: number[], ...changes: [at: number, bytes: number[]][]][]): Uint8Array {
    const le = (value: number, size: number) =>
      Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) & 255);
    const out: number[] = [];
    const directory: number[] = [];
    for (const [name, bytes, ...changes] of files) {
      const sizes = [...le(bytes.length, 4), ...le(bytes.length, 4), ...le(name.length, 2), 0, 0];
      const common = [20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...sizes];
      const entry = [
        0x50,
        0x4b,
        1,
        2,
        20,
        0,
        ...common,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        ...le(out.length, 4),
        ...ascii(name),
      ];
      for (const [at, change] of changes) entry.splice(at, change.length, ...change);
      out.push(0x50, 0x4b, 3, 4, ...common, ...ascii(name), ...bytes);
      directory.push(...entry);
    }
    const count = le(files.length, 2);
    const end = [
      0x50,
      0x4b,
      5,
      6,
      0,
      0,
      0,
      0,
      ...count,
      ...count,
      ...le(directory.length, 4),
      ...le(out.length, 4),
      0,
      0,
    ];
    return Uint8Array.from([...out, ...directory, ...end]);
  }
  const empty = [...pickle(EMPTY_DICT)];

  it('is made soundly here', async () => {
    expect((await read(zip([['a/data.pkl', empty]]))).tensors.size).toBe(0);
  });

  it.each([
    [
      'a compressed file, which could swell',
      zip([['a/data.pkl', empty, [10, [8, 0]]]]),
      /"a\/data\.pkl" is compressed/,
    ],
    ['an encrypted file', zip([['a/data.pkl', empty, [8, [1, 0]]]]), /encrypted/],
    ['a file larger than it is', zip([['a/data.pkl', empty, [24, [255, 255, 255, 127]]]]), /claims 2147483647/],
    [
      'a file past the end',
      zip([['a/data.pkl', empty, [20, [255, 255, 0, 0, 255, 255, 0, 0]]]]),
      /reaches past the end/,
    ],
    [
      'overlapping files',
      zip([
        ['a/data.pkl', empty],
        ['a/data/0', [1, 2, 3, 4], [42, [0, 0, 0, 0]]],
      ]),
      /overlaps the file before/,
    ],
    [
      'a name twice',
      zip([
        ['a/data.pkl', empty],
        ['a/data.pkl', empty],
      ]),
      /has "a\/data\.pkl" twice/,
    ],
    [
      'a file that is elsewhere',
      zip([['a/data.pkl', empty, [42, [1, 0, 0, 0]]]]),
      /reaches past the end|not where it should be/,
    ],
    ['a size of 64 bits that is missing', zip([['a/data.pkl', empty, [20, [255, 255, 255, 255]]]]), /has no size/],
    ['no pickle', zip([['a/other', empty]]), /has no data\.pkl/],
    ['arrays of numpy', zip([['a.npy', empty]]), /archive of numpy arrays/],
    ['compressed arrays of numpy', zip([['a.npy', empty, [10, [8, 0]]]]), /archive of numpy arrays/],
    [
      'a program of TorchScript',
      zip([
        ['a/data.pkl', empty],
        ['a/code/x.py', []],
      ]),
      /is TorchScript/,
    ],
    ['a model of Keras', zip([['model.weights.h5', []]]), /a model of Keras/],
    [
      'the other byte order',
      zip([
        ['a/data.pkl', empty],
        ['a/byteorder', ascii('big')],
      ]),
      /must be little-endian/,
    ],
    [
      'a pickle that calls os.system',
      zip([['a/data.pkl', [...pickle(global('os', 'system'))]]]),
      /refers to "os\.system"/,
    ],
  ])('has %s: refused', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(TensorFileError);
    await expect(read(bytes)).rejects.toThrow(message);
  });

  it('claims a tensor larger than its storage: refused', async () => {
    const storage = [...text('storage'), ...global('torch', 'FloatStorage'), ...text('0'), ...text('cpu'), 0x4b, 1];
    const tensor = (shape: number[], stride: number[], count = storage) =>
      zip([
        [
          'a/data.pkl',
          [
            ...pickle(
              EMPTY_DICT,
              text('w'),
              global('torch._utils', '_rebuild_tensor_v2'),
              MARK,
              MARK,
              count,
              TUPLE,
              0x51,
              0x4b,
              0,
              shape,
              TUPLE1,
              stride,
              TUPLE1,
              0x89,
              EMPTY_DICT,
              TUPLE,
              REDUCE,
              0x73,
            ),
          ],
        ],
        ['a/data/0', [0, 0, 128, 63]],
      ]);
    await expect(values(tensor([0x4b, 1], [0x4b, 1]), 'w')).resolves.toEqual(Float32Array.of(1));
    // A stride of 0 would repeat one element a thousand million times.
    await expect(values(tensor([0x4a, 0, 0, 0, 64], [0x4b, 0]), 'w')).rejects.toThrow(
      /needs 1073741824 elements of a storage of 1/,
    );
    const large = [...storage.slice(0, -2), 0x4a, 0, 0, 0, 64];
    await expect(values(tensor([0x4b, 1], [0x4b, 1], large), 'w')).rejects.toThrow(/needs 4294967296 bytes, and has 4/);
  });
});

it('refuses a file of any kind cut off anywhere', async () => {
  for (const name of ['zip.pth', 'legacy.pth', 'haiku-2.pkl', 'haiku-5.pkl', 'haiku-dill.pkl']) {
    const whole = fixture(name);
    for (let length = 0; length < whole.length; length += 13) {
      await expect(read(whole.subarray(0, length)), `${name}, ${length} bytes`).rejects.toThrow(TensorFileError);
    }
  }
});

it('says what it takes of anything else', async () => {
  await expect(read(Uint8Array.from(ascii('version https://git-lfs')))).rejects.toThrow(
    /must be a safetensors file, .* got 23 bytes that begin with 76 65 72 73/,
  );
  await expect(read(new Uint8Array())).rejects.toThrow(/got 0 bytes that begin with nothing/);
});
