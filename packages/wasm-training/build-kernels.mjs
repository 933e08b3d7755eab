// Compiles assembly/ to WebAssembly and writes it, as base64, into src/generated/kernels.ts: one copy for each kind
// of engine (with or without relaxed SIMD, whose fused multiply-add is faster) and of memory (shared or not).
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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

if (!readIfThere(target).startsWith(stamp)) {
  const variants = {};
  for (const [name, flags] of Object.entries({
    simd: [],
    relaxed: ['--enable', 'relaxed-simd'],
    simdShared: ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'],
    relaxedShared: ['--enable', 'relaxed-simd', '--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'],
  })) {
    variants[name] = await compile(flags);
  }
  mkdirSync(new URL('./', target), { recursive: true });
  const lines = Object.entries(variants).map(([name, bytes]) => `  ${name}: '${bytes.toString('base64')}',`);
  writeFileSync(
    target,
    `${stamp}\n/** The compiled kernels, base64. */\nexport const kernels = {\n${lines.join('\n')}\n} as const;\n`,
  );
}

async function compile(flags) {
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
    readFile: (name, base) => readIfThere(new URL(name, new URL(`${base}/`, root)), null),
    writeFile: (name, contents) => outputs.set(name, Buffer.from(contents)),
    listFiles: () => [],
  });
  if (error) throw new Error(`assembly/ does not compile: ${error.message}\n${stderr}`);
  const bytes = outputs.get('kernels.wasm');
  // Older engines cannot read relaxed SIMD; the source is the same.
  if (WebAssembly.validate(bytes)) checkOwnsNothing(new WebAssembly.Module(bytes), flags.includes('threads'));
  return bytes;
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
