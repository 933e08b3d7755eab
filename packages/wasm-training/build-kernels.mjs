// Compiles assembly/ to WebAssembly and writes it, as base64, into src/generated/kernels.ts: one copy for each kind
// of engine (with or without relaxed SIMD, whose fused multiply-add is faster) and of memory (shared or not).
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import asc from 'assemblyscript/asc';

const root = new URL('./', import.meta.url);
const target = new URL('src/generated/kernels.ts', root);
const sources = readdirSync(new URL('assembly/', root))
  .filter((name) => name.endsWith('.ts'))
  .sort();
const hash = createHash('sha256');
for (const path of ['build-kernels.mjs', ...sources.map((name) => `assembly/${name}`)]) {
  hash.update(path).update(readFileSync(new URL(path, root)));
}
const stamp = `// ${hash.digest('hex')}`;

if (!isMainThread) {
  parentPort.postMessage(await compile(workerData.flags, workerData.dispatch));
} else if (!readIfThere(target).startsWith(stamp)) {
  const functions = callableFunctions();
  const dispatch = dispatchSource(functions);
  const flagsOf = {
    simd: [],
    relaxed: ['--enable', 'relaxed-simd'],
    simdShared: ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'],
    relaxedShared: ['--enable', 'relaxed-simd', '--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'],
  };
  // Side by side: each takes twenty seconds.
  const made = Object.entries(flagsOf).map(async ([name, flags]) => [name, await compileInThread({ flags, dispatch })]);
  const variants = Object.fromEntries(await Promise.all(made));
  mkdirSync(new URL('./', target), { recursive: true });
  const lines = Object.entries(variants).map(
    ([name, bytes]) => `  ${name}: '${Buffer.from(bytes).toString('base64')}',`,
  );
  writeFileSync(
    target,
    [
      stamp,
      '/** The compiled kernels, base64. */',
      `export const kernels: Readonly<Record<${Object.keys(variants)
        .map((name) => `'${name}'`)
        .join(' | ')}, string>> = {`,
      ...lines,
      '};',
      '/** What a program can call, in the order of its numbers: name, and which arguments are floats. */',
      'export const callable: readonly (readonly [name: string, floats: readonly number[]])[] = [',
      ...functions.map(
        ({ name, types }) => `  ['${name}', [${types.flatMap((type, i) => (type === 'f32' ? [i] : []))}]],`,
      ),
      '];',
      '',
    ].join('\n'),
  );
}

function compileInThread(task) {
  return new Promise((resolve, reject) => {
    new Worker(new URL(import.meta.url), { workerData: task }).once('message', resolve).once('error', reject);
  });
}

async function compile(flags, dispatch) {
  const options = [
    '-O3',
    '--runtime',
    'stub',
    '--noAssert',
    '--importMemory',
    '--noExportMemory',
    '--enable',
    'simd',
    '--enable',
    'bulk-memory',
  ];
  const outputs = new Map();
  const { error, stderr } = await asc.main(['assembly/index.ts', '--outFile', 'kernels.wasm', ...options, ...flags], {
    readFile: (name, base) =>
      name === 'assembly/dispatch.ts' ? dispatch : readIfThere(new URL(name, new URL(`${base}/`, root)), null),
    writeFile: (name, contents) => outputs.set(name, Buffer.from(contents)),
    listFiles: () => [],
  });
  if (error) throw new Error(`assembly/ does not compile: ${error.message}\n${stderr}`);
  const bytes = outputs.get('kernels.wasm');
  // Older engines cannot read relaxed SIMD; the source is the same.
  if (WebAssembly.validate(bytes)) checkOwnsNothing(new WebAssembly.Module(bytes), flags.includes('threads'));
  return bytes;
}

/** The exported functions that do units of work, `first` to before `last`, with the types of the arguments before these. */
function callableFunctions() {
  const index = readIfThere(new URL('assembly/index.ts', root));
  const exported = new Set(index.match(/\w+/g));
  return sources
    .filter((source) => !['index.ts', 'program.ts'].includes(source))
    .flatMap((source) => {
      const text = readIfThere(new URL(`assembly/${source}`, root));
      return [...text.matchAll(/^export function (\w+)\(([^)]*)\): void/gm)].map(([, name, list]) => ({
        name,
        module: source.replace('.ts', ''),
        parameters: list
          .split(',')
          .map((each) => each.trim().split(/:\s*/))
          .filter(([parameter]) => parameter),
      }));
    })
    .filter(({ name }) => exported.has(name))
    .flatMap(({ name, module, parameters }) => {
      const at = parameters.findIndex(([parameter]) => parameter === 'first');
      if (at < 0 || parameters[at + 1]?.[0] !== 'last') return [];
      const hasScratch = parameters[at + 2]?.[0] === 'scratch';
      return [{ name, module, hasScratch, types: parameters.slice(0, at).map(([, type]) => type) }];
    });
}

/** A function that calls each of `functions` by number, with arguments from memory. */
function dispatchSource(functions) {
  const load = (type, i) => (type === 'bool' ? `load<i32>(p, ${4 * i}) != 0` : `load<${type}>(p, ${4 * i})`);
  const takesTable = ({ types }) => types.length === 1 && types[0] === 'usize';
  return [
    ...functions.map(({ name, module }) => `import { ${name} } from './${module}';`),
    '/** Calls function number `f` with the arguments at `p`. */',
    'export function dispatch(f: i32, p: usize, first: i32, last: i32, scratch: usize): void {',
    '  switch (f) {',
    ...functions.map((each, f) => {
      // Of a function whose only argument is the address of a table the arguments are the table.
      const args = takesTable(each) ? ['p'] : each.types.map(load);
      return `    case ${f}: ${each.name}(${[...args, 'first', 'last', ...(each.hasScratch ? ['scratch'] : [])].join(', ')}); break;`;
    }),
    '    default: unreachable();',
    '  }',
    '}',
    '',
  ].join('\n');
}

/** The memory belongs to the backend: the module may bring no data of its own and call no one. */
function checkOwnsNothing(module, shared) {
  const imports = WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`);
  if (imports.join() !== 'env.memory') throw new Error(`assembly/ must import env.memory alone, got ${imports}.`);
  // A data segment does not fit into a memory of no pages.
  const memory = new WebAssembly.Memory(shared ? { initial: 0, maximum: 65536, shared } : { initial: 0 });
  new WebAssembly.Instance(module, { env: { memory } });
}

function readIfThere(url, otherwise = '') {
  try {
    return readFileSync(url, 'utf8');
  } catch {
    return otherwise;
  }
}
