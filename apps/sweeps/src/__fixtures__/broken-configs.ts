/** A config that is fine. */
export const GOOD = `name: tiny
trial:
  model: nfnet_digits
  dataset: { name: mnist, train: 1024, test: 100 }
  epochs: 2
  learningRate: { base: 0.1 }
axes:
  clipFactor: [off, 0.01]
  batchSize: [256, 512]
`;

export interface BrokenConfig {
  readonly what: string;
  /** What is put in the place of what in `GOOD`. */
  readonly change?: readonly [from: string, to: string];
  /** Lines behind `GOOD`. */
  readonly add?: string;
  /** The whole file, instead. */
  readonly file?: string | Uint8Array;
  /** Ending of its name, `.yaml` by default. */
  readonly ending?: string;
  /** Other files beside it. */
  readonly beside?: Readonly<Record<string, string>>;
  /** Settings on the command line. */
  readonly settings?: readonly string[];
  /** The message, or its beginning where it ends in "...", with `FILE` for the file. */
  readonly says: string;
}

const bytes = (...parts: readonly (string | number)[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? part : [...new TextEncoder().encode(part)])));

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: references of configs
/** Configs with a mistake, and what is said of each. */
export const BROKEN: readonly BrokenConfig[] = [
  // Not the right kind of file.
  { what: 'an empty file', file: '', says: 'FILE:1:1: a sweep config must be "key: value" lines. It begins with name: and trial:.' },
  { what: 'a file of comments', file: '# nothing\n', says: 'FILE:1:1: a sweep config must be "key: value" lines. It begins with name: and trial:.' },
  { what: 'a list', file: '- a\n- b\n', says: 'FILE:1:1: a sweep config must be "key: value" lines. It begins with name: and trial:.' },
  { what: 'a word', file: 'quickstart\n', says: 'FILE:1:1: a sweep config must be "key: value" lines. It begins with name: and trial:.' },
  { what: 'a binary file', file: bytes('name: a\n', 0, 1, 2), says: 'FILE:2:1: holds a zero byte, and so is no text; a sweep config is a YAML file.' },
  { what: 'a file that is not UTF-8', file: bytes('name: a\ndescription: caf', 0xe9, '\n'), says: 'FILE:2:18: is not valid UTF-8; save the file as UTF-8.' },
  { what: 'a UTF-16 file', file: bytes(0xff, 0xfe, 110, 0, 97, 0), says: 'FILE:1:1: is UTF-16; save it as UTF-8.' },
  { what: 'a huge file', file: `# ${'x'.repeat(1_000_001)}\n`, says: 'FILE:1:1: a sweep config must have at most 1000000 bytes, got 1000004. Is it the right file?' },
  { what: 'an unknown ending', file: GOOD, ending: '.toml', says: 'FILE:1:1: a config must be named .yaml, .yml, .json, .ts, .mts, .js, .mjs, got ".toml". Rename the file.' },
  { what: 'ten thousand brackets', file: `name: ${'['.repeat(10_000)}`, says: 'FILE:1:71: sections must be nested at most 64 deep. Is it the right file?' },
  { what: 'a thousand sections in each other', file: Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''), says: 'FILE:201:1: sections must be nested at most 64 deep. Is it the right file?' },
  // Bad YAML.
  { what: 'a tab', change: ['  epochs', '\tepochs'], says: 'FILE:5:1: YAML allows no tabs as indentation. Use spaces.' },
  { what: 'a bracket that is not closed', change: ['0.01]', '0.01'], says: 'FILE:9:3: Flow sequence in block collection must be sufficiently indented and end with a ]. Keys of one section must begin in the same column.' },
  { what: 'a brace that is not closed', change: ['0.1 }', '0.1'], says: 'FILE:7:1: Flow map in block collection must be sufficiently indented and end with a }. Keys of one section must begin in the same column.' },
  { what: 'a quote that is not closed', change: ['tiny', '"tiny'], says: 'FILE:10:1: Missing closing "quote. Check that every bracket, brace and quote is closed, and that items have commas between them.' },
  { what: 'a key twice', change: ['trial:', 'name: two\ntrial:'], says: 'FILE:2:1: this key stands above already. Leave one of them out.' },
  { what: 'an axis twice', add: '  clipFactor: [0.5]\n', says: 'FILE:10:3: this key stands above already. Leave one of them out.' },
  { what: 'wrong indentation', change: ['  epochs', ' epochs'], says: `FILE:5:1: All mapping items must start at the same column. Keys of one section must begin in the same column.
FILE:5:10: Nested mappings are not allowed in compact mappings. A line may hold one "key: value"; quote text that has ": " in it.
FILE:5:10: Implicit keys need to be on a single line. A key must end with ":" on its own line.` },
  { what: 'two values on a line', change: ['name: tiny', 'name: tiny: small'], says: 'FILE:1:7: Nested mappings are not allowed in compact mappings. A line may hold one "key: value"; quote text that has ": " in it.' },
  { what: 'a line without a key', change: ['  epochs: 2', '  epochs 2'], says: 'FILE:5:3: Implicit keys need to be on a single line. A key must end with ":" on its own line.' },
  { what: 'two documents', add: '---\nname: other\n', says: 'FILE:10:1: a config must be one document. Take the --- away.' },
  { what: 'an alias', change: ['[off, 0.01]', '&a [off, 0.01]\n  momentum: *a'], says: `FILE:9:13: must be a value, got the alias *a. Write \${key.path} to refer to another key.` },
  { what: 'an alias of nothing', change: ['[off, 0.01]', '*clips'], says: `FILE:8:15: must be a value, got the alias *clips. Write \${key.path} to refer to another key.` },
  { what: 'a bomb of aliases', file: `a: &a [x, x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: [*c, *c, *c]\n`, says: `FILE:2:8: must be a value, got the alias *a. Write \${key.path} to refer to another key.` },
  { what: 'a merge key', change: ['  epochs', '  <<: { momentum: 0.5 }\n  epochs'], says: 'FILE:5:3: trial.<<: unknown key. ...' },
  { what: 'a tag', change: ['epochs: 2', 'epochs: !two 2'], says: 'FILE:5:11: Unresolved tag: !two. Take the tag (the word that begins with "!") away.' },
  { what: 'a list as a key', change: ['  epochs', '  ? [a, b]\n  : 1\n  epochs'], says: 'FILE:5:5: a key must be text. Quote it, or take it away.' },
  { what: 'an empty key', change: ['  epochs', '  : 1\n  epochs'], says: 'FILE:5:1: a key must be text. Quote it, or take it away.' },
  { what: 'a prototype as a key', change: ['  epochs', '  __proto__: { momentum: 0.5 }\n  epochs'], says: 'FILE:5:3: trial.__proto__: unknown key. ...' },
  { what: 'a percent sign', change: ['epochs: 2', 'epochs: %2'], says: 'FILE:5:11: Plain value cannot start with directive indicator character %. Quote text that begins with a special character.' },
  // Bad JSON.
  { what: 'JSON with a comma too many', ending: '.json', file: '{\n  "name": "tiny",\n}\n', says: 'FILE:3:1: not valid JSON: Expected double-quoted property name. Mend it, or name the file .yaml, which allows more.' },
  { what: 'JSON with a comment', ending: '.json', file: '{\n  // tiny\n  "name": "tiny"\n}\n', says: `FILE:2:3: not valid JSON: Expected property name or '}'. Mend it, or name the file .yaml, which allows more.` },
  { what: 'JSON cut short', ending: '.json', file: '{\n  "name": "tiny"', says: `FILE:2:17: not valid JSON: Expected ',' or '}' after property value. Mend it, or name the file .yaml, which allows more.` },
  { what: 'JSON with an unknown key', ending: '.json', file: '{\n  "nam": "tiny"\n}\n', says: `FILE:1:1: name: missing; must be a name of at most 200 letters, digits, ".", "_" and "-" (it names the run folder).
FILE:1:1: trial: missing; must be a section of "key: value" lines.
FILE:2:3: nam: unknown key; did you mean name? ...` },
  // Bad modules.
  { what: 'a module that throws', ending: '.ts', file: 'throw new Error("no luck");\n', says: 'FILE:1:1: cannot be loaded (no luck). A config module must run in Node by itself.' },
  { what: 'a module without a default export', ending: '.ts', file: 'export const a = 1;\n', says: 'FILE:1:1: has no default export. Write `export default { name: ..., trial: ... }`, or a function that returns that.' },
  { what: 'a module that is no TypeScript', ending: '.ts', file: 'export default {{\n', says: 'FILE:1:17: cannot be loaded (Unexpected token). A config module must run in Node by itself.' },
  { what: 'a module that fails further down', ending: '.ts', file: 'const base: number = 1;\nexport default {\n  name: nix.y,\n};\n', says: 'FILE:3:9: cannot be loaded (nix is not defined). A config module must run in Node by itself.' },
  { what: 'a module whose function fails', ending: '.mts', file: 'export default async () => {\n  throw new Error("no luck");\n};\n', says: 'FILE:2:9: cannot be loaded (no luck). A config module must run in Node by itself.' },
  { what: 'a module that imports what is not there', ending: '.ts', file: 'import "./none.js";\nexport default {};\n', says: `FILE:1:1: cannot be loaded (Cannot find module './none.js'). A config module must run in Node by itself.` },
  { what: 'a module with a function in it', ending: '.ts', file: 'export default { name: "a", trial: { epochs: () => 1 } };\n', says: 'FILE: trial.epochs: must be a number, text, a truth value, or a list or section of them, at most 64 deep; got a value of function.' },
  { what: 'a module with numbers of another kind', ending: '.ts', file: 'export default () => ({ axes: { batchSize: Float32Array.of(1, 2) } });\n', says: 'FILE: axes.batchSize: must be a number, text, a truth value, or a list or section of them, at most 64 deep; got a value of Float32Array.' },
  { what: 'a module that exports nothing as default', ending: '.ts', file: 'export default undefined;\n', says: 'FILE:1:1: has no default export. Write `export default { name: ..., trial: ... }`, or a function that returns that.' },
  { what: 'a module that exports a list', ending: '.ts', file: 'export default () => [1];\n', says: 'FILE:1:1: the default export of a config must be an object, got [1].' },
  // Short forms, whole numbers, trials that no single key makes.
  { what: 'a method in short', add: 'method: sobol\n', says: 'FILE:10:9: method: must be a section such as { name: sobol, count: 20 }, got "sobol".' },
  { what: 'a pruning rule in short', add: 'prune: median\n', says: 'FILE:10:8: prune: must be a section such as { rule: median }, got "median".' },
  { what: 'a range of whole numbers that begins between two', change: ['[256, 512]', '{ range: [8.5, 64] }'], add: 'method: { name: random, count: 5 }\n', says: 'FILE:9:23: axes.batchSize.range: gives 8.5, which is not a whole number of at least 1.' },
  { what: 'factors between whole numbers', change: ['[256, 512]', '{ logRange: [1, 100], count: 4 }'], says: 'FILE:9:26: axes.batchSize.logRange: gives 4.64159, which is not a whole number of at least 1.' },
  { what: 'places of a search between whole numbers', change: ['\n  batchSize: [256, 512]', ''], add: 'boundary: { axis: batchSize, logRange: [8, 64], count: 5 }\n', says: 'FILE:9:40: boundary.logRange: must be values of batchSize (a whole number of at least 1), got 13.4543.' },
  { what: 'places of a search beyond the images', change: ['\n  batchSize: [256, 512]', ''], add: 'boundary: { axis: batchSize, logRange: [512, 2048], count: 3 }\n', says: 'FILE:9:40: boundary.logRange: must be at most 1024, the training images (trial.dataset.train), got 2048.' },
  { what: 'a section that an axis makes in part', change: ['batchSize: [256, 512]', 'step.rho: [0.1]'], says: 'FILE:9:3: axes.step.rho: needs trial.step.name too; must be one of plain, sam.' },
  { what: 'a seed beyond the largest', change: ['epochs: 2', 'epochs: 2\n  seed: 2147483647'], add: 'seeds: 2\n', says: 'FILE:11:8: seeds: gives the seed 2147483648, which is not a whole number from 0 to 2147483647.' },
  { what: 'a thousand million seeds', add: 'seeds: 1000000000\n', says: 'FILE:10:8: seeds: must be at most 100000, the trials that a sweep may have, got 1000000000.' },
  { what: 'a module with a wrong value', ending: '.ts', file: 'export default { name: 3 as number };\n', says: `FILE: name: must be a name of at most 200 letters, digits, ".", "_" and "-" (it names the run folder), got 3.
FILE: trial: missing; must be a section of "key: value" lines.` },
  // Values of the wrong kind.
  { what: 'a word for a number', change: ['epochs: 2', 'epochs: two'], says: 'FILE:5:11: trial.epochs: must be a whole number of at least 1, got "two".' },
  { what: 'a fraction for a whole number', change: ['epochs: 2', 'epochs: 2.5'], says: 'FILE:5:11: trial.epochs: must be a whole number of at least 1, got 2.5.' },
  { what: 'a negative number', change: ['epochs: 2', 'epochs: -2'], says: 'FILE:5:11: trial.epochs: must be a whole number of at least 1, got -2.' },
  { what: 'no value', change: ['epochs: 2', 'epochs:'], says: 'FILE:5:10: trial.epochs: must be a whole number of at least 1, got null.' },
  { what: 'NaN', change: ['base: 0.1', 'base: .nan'], says: 'FILE:6:25: trial.learningRate.base: must be a number above 0, got NaN.' },
  { what: 'infinity', change: ['base: 0.1', 'base: .inf'], says: 'FILE:6:25: trial.learningRate.base: must be a number above 0, got Infinity.' },
  { what: 'an overflow', change: ['epochs: 2', 'epochs: 1e999'], says: 'FILE:5:11: trial.epochs: must be a whole number of at least 1, got Infinity.' },
  { what: 'a number beyond whole numbers', change: ['epochs: 2', 'epochs: 99999999999999999999'], says: 'FILE:5:11: trial.epochs: must be a whole number of at least 1, got 100000000000000000000.' },
  { what: 'a list for a value', change: ['epochs: 2', 'epochs: [2]'], says: 'FILE:5:11: trial.epochs: must be a whole number of at least 1, got [2].' },
  { what: 'a section for a value', change: ['epochs: 2', 'epochs: { a: 2 }'], says: 'FILE:5:11: trial.epochs: must be a whole number of at least 1, got {"a":2}.' },
  { what: 'a value for a section', change: ['{ base: 0.1 }', '0.1'], says: 'FILE:6:17: trial.learningRate: must be a section of "key: value" lines, got 0.1.' },
  { what: 'yes for a number', change: ['epochs: 2', 'epochs: yes'], says: 'FILE:5:11: trial.epochs: must be a whole number of at least 1, got "yes".' },
  { what: 'a name that is a path', change: ['tiny', '../tiny'], says: 'FILE:1:7: name: must be a name of at most 200 letters, digits, ".", "_" and "-" (it names the run folder), got "../tiny".' },
  { what: 'a name longer than that of a file', change: ['tiny', 'x'.repeat(201)], says: `FILE:1:7: name: must be a name of at most 200 letters, digits, ".", "_" and "-" (it names the run folder), got "xxx...` },
  { what: 'an axis that depends on itself', change: ['batchSize: [256, 512]', 'momentum: [0.5, 0.6]'], add: 'when: { momentum: { clipFactor: 0.01 }, clipFactor: { momentum: 0.5 } }\n', says: 'FILE:10:9: when.momentum: must not depend on itself (momentum -> clipFactor -> momentum)...' },
  { what: 'a number for a name', change: ['tiny', '3'], says: 'FILE:1:7: name: must be a name of at most 200 letters, digits, ".", "_" and "-" (it names the run folder), got 3.' },
  { what: 'an unknown key', change: ['epochs:', 'epocs:'], says: 'FILE:5:3: trial.epocs: unknown key; did you mean epochs? ...' },
  { what: 'an unknown key at the top', change: ['axes:', 'axis:'], says: 'FILE:7:1: axis: unknown key; did you mean axes? ...' },
  { what: 'an unknown model', change: ['nfnet_digits', 'nfnet_digit'], says: 'FILE:3:10: trial.model: must be a preset of @nfnets/models, such as nfnet_digits or nf_resnet50, got "nfnet_digit"; did you mean nfnet_digits?' },
  { what: 'an unknown data set', change: ['name: mnist', 'name: minst'], says: 'FILE:4:20: trial.dataset.name: must be one of mnist, fashion_mnist, cifar10, image_folder, tar_shards, parquet, got "minst"; did you mean mnist?' },
  { what: 'a data set of files without a folder', change: ['name: mnist, train: 1024, test: 100', 'name: image_folder, train: 1024, test: 100, imageSize: 32'], says: 'FILE:4:3: trial.dataset.path: missing; must be the folder with train/CLASS/IMAGE.jpg and val/CLASS/IMAGE.jpg, the files of image_folder.' },
  { what: 'image files without a size', change: ['name: mnist, train: 1024, test: 100', 'name: image_folder, train: 1024, test: 100, path: data'], says: 'FILE:4:3: trial.dataset.imageSize: missing; must be the side in pixels of the training images, such as 224.' },
  { what: 'an image size of zero', change: ['name: mnist, train: 1024, test: 100', 'name: image_folder, train: 1024, test: 100, path: data, imageSize: 0'], says: 'FILE:4:81: trial.dataset.imageSize: must be a whole number of at least 1, got 0.' },
  { what: 'a misspelt image size', change: ['name: mnist, train: 1024, test: 100', 'name: image_folder, train: 1024, test: 100, path: data, imagesize: 32'], says: 'FILE:4:70: trial.dataset.imagesize: unknown key; did you mean imageSize? ...' },
  { what: 'a test size of two numbers', change: ['name: mnist, train: 1024, test: 100', 'name: image_folder, train: 1024, test: 100, path: data, imageSize: 32, testSize: [32, 32]'], says: 'FILE:4:95: trial.dataset.testSize: must be a whole number of at least 1, got [32,32].' },
  { what: 'an unknown crop', change: ['name: mnist, train: 1024, test: 100', 'name: image_folder, train: 1024, test: 100, path: data, imageSize: 32, crop: squash'], says: 'FILE:4:91: trial.dataset.crop: must be one of resize_crop_32, crop_resize, none, got "squash".' },
  { what: 'an unknown augmentation', change: ['name: mnist, train: 1024, test: 100', 'name: image_folder, train: 1024, test: 100, path: data, imageSize: 32, augment: mixup_randaugment'], says: 'FILE:4:94: trial.dataset.augment: must be off, crop_flip, or words of mixup, cutmix, randaugment_405 and autoaugment with "_" between them, which come after crop and flip, got "mixup_randaugment".' },
  { what: 'tar shards without a number of classes', change: ['name: mnist, train: 1024, test: 100', 'name: tar_shards, train: 1024, test: 100, path: data, imageSize: 32'], says: 'FILE:4:3: trial.dataset.classes: missing; must be the number of classes, which tar_shards do not tell.' },
  { what: 'one class', change: ['name: mnist, train: 1024, test: 100', 'name: tar_shards, train: 1024, test: 100, path: data, imageSize: 32, classes: 1'], says: 'FILE:4:92: trial.dataset.classes: must be a whole number of at least 2, got 1.' },
  { what: 'a policy for corrupt images that is none', change: ['name: mnist, train: 1024, test: 100', 'name: image_folder, train: 1024, test: 100, path: data, imageSize: 32, corrupt: ignore'], says: 'FILE:4:94: trial.dataset.corrupt: must be one of error, skip, got "ignore".' },
  { what: 'an image size of digits', change: ['name: mnist, train: 1024, test: 100', 'name: mnist, train: 1024, test: 100, imageSize: 32'], says: 'FILE:4:62: trial.dataset.imageSize: must be left out for mnist; it is for image_folder, tar_shards, parquet.' },
  { what: 'augmented digits', change: ['name: mnist, train: 1024, test: 100', 'name: mnist, train: 1024, test: 100, augment: crop_flip'], says: 'FILE:4:60: trial.dataset.augment: must be left out for mnist; it is for cifar10, image_folder, tar_shards, parquet.' },
  { what: 'columns of a folder', change: ['name: mnist, train: 1024, test: 100', 'name: image_folder, train: 1024, test: 100, path: data, imageSize: 32, image: img'], says: 'FILE:4:92: trial.dataset.image: must be left out for image_folder; it is for parquet.' },
  { what: 'a column of labels of digits', change: ['name: mnist, train: 1024, test: 100', 'name: mnist, train: 1024, test: 100, label: fine_label'], says: 'FILE:4:58: trial.dataset.label: must be left out for mnist; it is for tar_shards, parquet.' },
  { what: 'an unknown engine', change: ['trial:', 'engine: cuda\ntrial:'], says: 'FILE:2:9: engine: must be one of auto, native-gpu, native, webgpu, wasm, cpu, got "cuda".' },
  { what: 'a missing section', change: ['  learningRate: { base: 0.1 }\n', ''], says: 'FILE:2:1: trial.learningRate: missing; must be a section of "key: value" lines.' },
  { what: 'a missing name', change: ['name: tiny\n', ''], says: 'FILE:1:1: name: missing; must be a name of at most 200 letters, digits, ".", "_" and "-" (it names the run folder).' },
  // Axes.
  { what: 'an empty axis', change: ['[off, 0.01]', '[]'], says: 'FILE:8:15: axes.clipFactor: must be a list of one or more values, each "off" (no clipping) or a number above 0, got [].' },
  { what: 'an axis of one value that is no list', change: ['[256, 512]', '256'], says: 'FILE:9:14: axes.batchSize: must be a list of one or more values, each a whole number of at least 1, got 256.' },
  { what: 'an unknown axis', change: ['  batchSize:', '  batchsize:'], says: 'FILE:9:3: axes.batchsize: unknown key; did you mean batchSize? Allowed: any key of trial by its path, such as clipFactor or learningRate.base.' },
  { what: 'a value twice', change: ['512]', '256]'], says: 'FILE:9:20: axes.batchSize[1]: repeats 256, which [0] already is.' },
  { what: 'a negative clip factor', change: ['0.01]', '-0.01]'], says: 'FILE:8:21: axes.clipFactor[1]: must be "off" (no clipping) or a number above 0, got -0.01.' },
  { what: 'an axis and a part of it', add: '  step: [{ name: sam }]\n  step.name: [plain]\n', says: 'FILE:11:3: axes.step.name: sets a part of axes.step; leave one of them out.' },
  { what: 'a range backwards', change: ['[256, 512]', '{ range: [512, 256, 64] }'], says: 'FILE:9:23: axes.batchSize.range: must go from a smaller to a larger number, got 512 to 256.' },
  { what: 'a range with a step of zero', change: ['[256, 512]', '{ range: [256, 512, 0] }'], says: 'FILE:9:34: axes.batchSize.range[2]: must be a step above 0, got 0.' },
  { what: 'a range of one number', change: ['[256, 512]', '{ range: [256] }'], says: 'FILE:9:23: axes.batchSize.range: must be a list of the first value, the last value and the step, got [256].' },
  { what: 'a range of fractions for whole numbers', change: ['[256, 512]', '{ range: [256, 258, 0.5] }'], says: 'FILE:9:23: axes.batchSize.range: gives 256.5, which is not a whole number of at least 1.' },
  { what: 'a range and a log range', change: ['[256, 512]', '{ range: [1, 2, 1], logRange: [1, 2] }'], says: 'FILE:9:14: axes.batchSize: must have one of range and logRange, such as { logRange: [0.01, 0.16], count: 5 }.' },
  { what: 'a range of nothing', change: ['[256, 512]', '{ count: 3 }'], says: 'FILE:9:14: axes.batchSize: must have one of range and logRange, such as { logRange: [0.01, 0.16], count: 5 }.' },
  { what: 'a misspelt range', change: ['[256, 512]', '{ rnge: [1, 2, 1] }'], says: `FILE:9:16: axes.batchSize.rnge: unknown key; did you mean range? Allowed: range, logRange, count, perDecade.
FILE:9:14: axes.batchSize: must have one of range and logRange, such as { logRange: [0.01, 0.16], count: 5 }.` },
  { what: 'a log range from zero', change: ['[off, 0.01]', '{ logRange: [0, 1], count: 3 }'], says: 'FILE:8:28: axes.clipFactor.logRange[0]: must be above 0 on a logarithmic axis, got 0.' },
  { what: 'a log range without a count in a grid', change: ['[off, 0.01]', '{ logRange: [0.01, 1] }'], says: 'FILE:8:15: axes.clipFactor: must have count or perDecade in a grid; any number in between is for method random or sobol.' },
  { what: 'a count and values per decade', change: ['[off, 0.01]', '{ logRange: [0.01, 1], count: 3, perDecade: 1 }'], says: 'FILE:8:59: axes.clipFactor.perDecade: must not stand beside count; give one of them.' },
  { what: 'a billion values', change: ['[256, 512]', '{ range: [1, 1000000000, 1] }'], says: 'FILE:9:23: axes.batchSize.range: gives 1000000000 values; an axis may have 100000. Take a larger step.' },
  { what: 'a grid of a billion', add: '  seed: { range: [1, 1000, 1] }\n  steps: { range: [1, 1000, 1] }\n  momentum: { range: [0, 0.9, 0.001] }\n', says: 'FILE:7:1: axes: give 3604000000 trials, and a sweep may have 100000. Take fewer values, or method random with a count.' },
  { what: 'a batch larger than the data', change: ['512]', '2048]'], says: 'FILE:9:20: axes.batchSize[1]: must be at most 1024, the training images (trial.dataset.train), got 2048.' },
  { what: 'more images than there are', change: ['1024', '9950'], says: 'FILE:4:34: trial.dataset.train: train (9950) and test (100) together must be at most 10000, the images of mnist.' },
  { what: 'a warm-up as long as the training', change: ['epochs: 2', 'epochs: 2\n  warmupEpochs: 2'], says: 'FILE:6:17: trial.warmupEpochs: must be below trial.epochs (2), got 2.' },
  { what: 'a rule that there is not', change: ['epochs: 2', 'epochs: 2\n  clip: { rule: adagcc }'], says: 'FILE:6:17: trial.clip.rule: must be one of agc, adagc, zclip, autoclip, block-rms, spike, spectral, stable-spam, global-norm, value, got "adagcc"; did you mean adagc?' },
  { what: 'a setting of another rule', change: ['  clipFactor: [off, 0.01]', '  clip: [{ rule: adagc, maxValue: 1 }]'], says: 'FILE:8:35: axes.clip[0].maxValue: belongs to value; adagc has factor, maxNorm, beta, warmupSteps.' },
  { what: 'a word for a rule', change: ['epochs: 2', 'epochs: 2\n  clip: agc'], says: 'FILE:6:9: trial.clip: must be "off" (no clipping) or a section of "key: value" lines, got "agc".' },
  { what: 'both forms of clipping', change: ['epochs: 2', 'epochs: 2\n  clip: { rule: adagc }'], says: 'FILE:9:3: axes.clipFactor: must not stand beside clip, which takes its place: write clip: { rule: agc, factor, eps, exclude }.' },
  { what: 'a clip factor beside rules', change: ['  learningRate: { base: 0.1 }\naxes:\n  clipFactor: [off, 0.01]', '  clipFactor: 0.02\n  learningRate: { base: 0.1 }\naxes:\n  clip: [off, { rule: adagc }]'], says: 'FILE:6:3: trial.clipFactor: must not stand beside clip, which takes its place: write clip: { rule: agc, factor, eps, exclude }.' },
  { what: 'epochs and steps', change: ['epochs: 2', 'epochs: 2\n  steps: 10'], says: 'FILE:6:10: trial.steps: must not stand beside epochs: give one of epochs, steps, samples.' },
  { what: 'fewer images than a batch', change: ['epochs: 2', 'samples: 300'], says: 'FILE:5:12: trial.samples: must be at least the batch size (512, axes.batchSize[1]), got 300.' },
  { what: 'a micro-batch that does not divide the batch', change: ['epochs: 2', 'epochs: 2\n  microBatch: 100'], says: `FILE:6:15: trial.microBatch: must divide the batch size (256, axes.batchSize[0]), got 100.
FILE:6:15: trial.microBatch: must divide the batch size (512, axes.batchSize[1]), got 100.` },
  { what: 'bfloat16 on an engine that compiles no steps', change: ['[256, 512]', '[256, 512]\n  precision: [float32, bfloat16]'], says: 'FILE:10:24: axes.precision[1]: must be float32 or auto on engine auto, got "bfloat16"; take engine native or native-gpu, which compile steps.' },
  { what: 'an unknown precision', change: ['epochs: 2', 'epochs: 2\n  precision: bf16'], says: 'FILE:6:14: trial.precision: must be one of float32, bfloat16, auto, got "bf16".' },
  { what: 'an unknown optimizer', change: ['epochs: 2', 'epochs: 2\n  optimizer: adam'], says: 'FILE:6:14: trial.optimizer: must be one of sgd, adamw, stableadamw, lars, lamb, muon, rmsprop, got "adam"; did you mean adamw?' },
  { what: 'a word for whether it is cautious', change: ['epochs: 2', 'epochs: 2\n  cautious: very'], says: 'FILE:6:13: trial.cautious: must be true or false, got "very".' },
  { what: 'zipped axes of different lengths', add: '  momentum: [0.5]\nzip: [[clipFactor, momentum]]\n', says: 'FILE:11:20: zip[0][1]: must have as many values as clipFactor (2), got 1.' },
  { what: 'a zip of something that is no axis', add: 'zip: [[clipFactor, batchsize]]\n', says: 'FILE:10:20: zip[0][1]: must be one of the axes (clipFactor, batchSize), got "batchsize"; did you mean batchSize?' },
  { what: 'an axis zipped twice', add: '  momentum: [0.5, 0.9]\nzip: [[clipFactor, batchSize], [clipFactor, momentum]]\n', says: 'FILE:11:33: zip[1][0]: "clipFactor" is zipped already; an axis may stand in one place.' },
  { what: 'a zip of one', add: 'zip: [[clipFactor]]\n', says: 'FILE:10:7: zip[0]: must be a list of two or more axes, got ["clipFactor"].' },
  { what: 'random points without a count', add: 'method: { name: random }\n', says: 'FILE:10:1: method.count: missing; must be the number of points that random draws.' },
  { what: 'an unknown method', add: 'method: { name: sobl, count: 3 }\n', says: 'FILE:10:17: method.name: must be one of grid, random, sobol, got "sobl"; did you mean sobol?' },
  { what: 'a count of a grid', add: 'method: { name: grid, count: 3 }\n', says: 'FILE:10:30: method.count: must be left out: a grid takes every combination.' },
  { what: 'a condition on an unknown key', add: 'exclude: [{ clipFacto: off }]\n', says: 'FILE:10:13: exclude[0].clipFacto: must be a key of trial by its path, such as clipFactor or learningRate.base; did you mean clipFactor?' },
  { what: 'a condition with a wrong value', add: 'exclude: [{ clipFactor: none }]\n', says: 'FILE:10:25: exclude[0].clipFactor: must be "off" (no clipping) or a number above 0, or a list of such values, got "none".' },
  { what: 'a condition that matches nothing', add: 'exclude: [{ clipFactor: 0.5 }]\n', says: 'FILE:10:11: exclude[0]: must match at least one combination of the axes, and matches none.' },
  { what: 'a condition that leaves nothing', add: 'exclude: [{ clipFactor: [off, 0.01] }]\n', says: 'FILE:10:1: exclude: must leave at least one trial, and leaves none.' },
  { what: 'a when of something that is no axis', add: 'when: { momentum: { clipFactor: off } }\n', says: 'FILE:10:9: when.momentum: must be one of the axes (clipFactor, batchSize), got "momentum".' },
  { what: 'no seeds', add: 'seeds: 0\n', says: 'FILE:10:8: seeds: must be a whole number of at least 1, or a list of seeds, got 0.' },
  { what: 'a seed twice', add: 'seeds: [1, 2, 1]\n', says: 'FILE:10:15: seeds[2]: repeats 1, which [0] already is.' },
  { what: 'seeds beside an axis of seeds', add: '  seed: [1, 2]\nseeds: 3\n', says: 'FILE:11:8: seeds: must not stand beside axes.seed; leave one of them out.' },
  // Several files, references, the command line.
  { what: 'a file that extends itself', add: 'extends: FILE\n', says: 'FILE:10:10: extends: must not lead back to itself, and a.yaml extends this file. Leave one of them out.' },
  { what: 'a cycle of files', add: 'extends: b.yaml\n', beside: { 'b.yaml': 'extends: [c.yaml]\n', 'c.yaml': 'extends: FILE\n' }, says: 'c.yaml:1:10: extends: must not lead back to itself, and a.yaml extends this file. Leave one of them out.' },
  { what: 'a file that is not there', add: 'extends: bas.yaml\n', beside: { 'base.yaml': '{}' }, says: 'FILE:10:10: extends: bas.yaml: no such file; did you mean base.yaml?' },
  { what: 'a number for a file', add: 'extends: 3\n', says: 'FILE:10:10: extends: must be a file, or a list of files, relative to this one.' },
  { what: 'a mistake in an extended file', add: 'extends: base.yaml\n', beside: { 'base.yaml': 'paralel: 2\n' }, says: 'base.yaml:1:1: paralel: unknown key; did you mean parallel? ...' },
  { what: 'a reference to nothing', change: ['epochs: 2', 'epochs: ${trial.sed}'], says: `FILE:5:11: \${trial.sed} refers to no key of this config; did you mean \${trial.seed}?` },
  { what: 'a reference to itself', change: ['epochs: 2', 'epochs: ${trial.epochs}'], says: `FILE:5:11: \${trial.epochs} must not lead back to itself (\${trial.epochs} -> \${trial.epochs}).` },
  { what: 'a circle of references', change: ['epochs: 2', 'epochs: ${trial.seed}\n  seed: ${trial.epochs}'], says: `FILE:5:11: \${trial.seed} must not lead back to itself (\${trial.seed} -> \${trial.epochs} -> \${trial.seed}).` },
  { what: 'a reference that is not closed', change: ['epochs: 2', 'epochs: "${trial.seed"'], says: `FILE:5:11: "\${" must be followed by a key and "}", as in \${trial.seed}.` },
  { what: 'a section inside of text', change: ['name: tiny', 'name: tiny-${trial.dataset}'], says: `FILE:1:7: \${trial.dataset} must be a single value inside of text; it is a section.` },
  { what: 'a bomb of references', file: `a: [x, x, x, x, x, x, x, x, x, x]\n${['b', 'c', 'd', 'e', 'f'].map((key, i) => `${key}: [${Array(10).fill(`"\${${'abcde'[i]}}"`).join(', ')}]\n`).join('')}`, says: 'FILE:4:61: references must bring in at most 10000 values. Do they refer to each other in a chain?' },
  { what: 'a mistake in the quick section', add: 'quick: { trial: { epocs: 1 } }\n', says: 'FILE:10:19: quick.trial.epocs: unknown key; did you mean epochs? ...' },
  { what: 'a setting without a value', settings: ['trial.epochs'], says: 'trial.epochs: a setting must look like key.path=value, for example trial.epochs=3.' },
  { what: 'a setting of an unknown key', settings: ['trial.epocs=3'], says: 'command line: trial.epocs: unknown key; did you mean epochs? ...' },
  { what: 'a setting that is no YAML', settings: ['trial.epochs=[1'], says: 'trial.epochs=[1: the value is not valid YAML.' },
  { what: 'a setting inside of a value', settings: ['name.first=x'], says: 'name.first=x (command line): there is no section name to set it in.' },
  { what: 'a list of settings with a wrong one', settings: ['trial.epochs=1,two'], says: 'command line: axes.epochs[1]: must be a whole number of at least 1, got "two".' },
];
/** A config of a function of one's own that is fine. */
const OWN = `name: own
trialModule: own.mjs
trial: { depth: 3 }
axes:
  temperature: [0.2, 0.7]
`;

const BESIDE = { 'own.mjs': 'export default async function* () {}\n', 'own.txt': '' };
const own = (what: string, [from, to]: readonly [string, string], says: string): BrokenConfig => ({
  what: `own function: ${what}`,
  file: OWN.replace(from, to),
  beside: BESIDE,
  says,
});

/** Those of functions of one's own, and of orders. */
export const BROKEN_OWN: readonly BrokenConfig[] = [
  own('a module that is not there', ['own.mjs', 'none.mjs'], 'FILE:2:14: trialModule: must be a file with a trial function; there is none at none.mjs.'),
  own('a module that is none', ['own.mjs', 'own.txt'], 'FILE:2:14: trialModule: must be a module (.js, .mjs, .ts, .mts), got own.txt.'),
  own('a number for a module', ['own.mjs', '3'], 'FILE:2:14: trialModule: must be text, got 3.'),
  own('a list for a module', ['own.mjs', '[own.mjs]'], 'FILE:2:14: trialModule: must be text, got ["own.mjs"].'),
  own('a parameter without a value', ['depth: 3', 'depth:'], 'FILE:3:17: trial.depth: must be a number, text, a truth value, or a list of these, got null.'),
  own('a parameter that is a section', ['depth: 3', 'depth: { a: 1 }'], 'FILE:3:17: trial.depth: must be a number, text, a truth value, or a list of these, got {"a":1}.'),
  own('a parameter that is NaN', ['depth: 3', 'depth: .nan'], 'FILE:3:17: trial.depth: must be a number, text, a truth value, or a list of these, got NaN.'),
  own('a name with a blank', ['depth: 3', 'my depth: 3'], 'FILE:3:10: trial.my depth: must be a name of letters, digits and "_" that begins with a letter.'),
  own('a name that begins with a digit', ['depth: 3', '2d: 3'], 'FILE:3:10: trial.2d: must be a name of letters, digits and "_" that begins with a letter.'),
  own('a seed below zero', ['depth: 3', 'seed: -1'], 'FILE:3:16: trial.seed: must be a whole number from 0 to 2147483647, got -1.'),
  own('a word for trial', ['{ depth: 3 }', 'deep'], 'FILE:3:8: trial: must be a section of "key: value" lines, got "deep".'),
  own('an empty axis', ['[0.2, 0.7]', '[]'], 'FILE:5:16: axes.temperature: must be a list of one or more values, each a number, text, a truth value, or a list of these, got [].'),
  own('an axis that is no list', ['[0.2, 0.7]', '0.2'], 'FILE:5:16: axes.temperature: must be a list of one or more values, each a number, text, a truth value, or a list of these, got 0.2.'),
  own('a value twice', ['[0.2, 0.7]', '[0.2, 0.2]'], 'FILE:5:22: axes.temperature[1]: repeats 0.2, which [0] already is.'),
  own('a range backwards', ['[0.2, 0.7]', '{ range: [1, 0, 0.1] }'], 'FILE:5:25: axes.temperature.range: must go from a smaller to a larger number, got 1 to 0.'),
  own('a range without a step in a grid', ['[0.2, 0.7]', '{ range: [0, 1] }'], 'FILE:5:16: axes.temperature: must have a step in a grid; any number in between is for method random or sobol.'),
  own('a condition on another parameter', ['axes:', 'exclude: [{ tempratur: 0.2 }]\naxes:'], 'FILE:4:13: exclude[0].tempratur: must be one of the parameters (seed, depth, temperature); did you mean temperature?'),
  own('a condition that nothing meets', ['axes:', 'exclude: [{ temperature: 3 }]\naxes:'], 'FILE:4:11: exclude[0]: must match at least one combination of the axes, and matches none.'),
  own('a search of another parameter', ['axes:', 'boundary: { axis: heat, logRange: [1, 2], count: 2 }\naxes:'], 'FILE:4:19: boundary.axis: must be one of the parameters (seed, depth, temperature), got "heat".'),
  own('pruning within another parameter', ['axes:', 'prune: { rule: median, within: [dept] }\naxes:'], 'FILE:4:33: prune.within[0]: must be one of the parameters (seed, depth, temperature), got "dept"; did you mean depth?'),
  own('a when of something that is no axis', ['axes:', 'when: { depth: { temperature: 0.2 } }\naxes:'], 'FILE:4:9: when.depth: must be one of the axes (temperature), got "depth".'),
  own('a reference to nothing', ['depth: 3', 'depth: "${trial.dept}"'], 'FILE:3:17: ${trial.dept} refers to no key of this config; did you mean ${trial.depth}?'),
  own('an unknown key at the top', ['axes:', 'axs: {}\naxes:'], 'FILE:4:1: axs: unknown key; did you mean axes? ...'),
  { what: 'parameters without a module', change: ['  epochs: 2', '  epochs: 2\n  temperature: 0.5'], says: 'FILE:6:3: trial.temperature: unknown key. ...' },
  { what: 'an unknown order', add: 'order: coarse\n', says: 'FILE:10:8: order: must be one of longest, random, coarse-to-fine, got "coarse"; did you mean coarse-to-fine?' },
  { what: 'an order as a list', add: 'order: [random]\n', says: 'FILE:10:8: order: must be one of longest, random, coarse-to-fine, got ["random"]; did you mean random?' },
  { what: 'from coarse to fine among random points', add: 'order: coarse-to-fine\nmethod: { name: random, count: 3 }\n', says: 'FILE:10:8: order: must be longest or random beside method random, whose points are no map, got "coarse-to-fine".' },
];
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: references of configs
