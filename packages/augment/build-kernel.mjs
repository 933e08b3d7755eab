// Compiles assembly/ to WebAssembly and writes it, as base64, into src/image/pixel-kernel-bytes.ts; says so if that was another.
import { readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const options = ['-O3', '--runtime', 'stub', '--noAssert', '--importMemory', '--noExportMemory', '--enable', 'simd'];
const outputs = new Map();
const { error, stderr } = await asc.main(['assembly/index.ts', '--outFile', 'pixels.wasm', ...options], {
  readFile: (name, base) => {
    try {
      return readFileSync(new URL(name, new URL(`${base}/`, import.meta.url)), 'utf8');
    } catch {
      return null;
    }
  },
  writeFile: (name, contents) => outputs.set(name, Buffer.from(contents)),
  listFiles: () => [],
});
if (error) throw new Error(`assembly/ does not compile: ${error.message}\n${stderr}`);

const target = new URL('src/image/pixel-kernel-bytes.ts', import.meta.url);
const text = `/** assembly/ compiled, base64. Made by build-kernel.mjs. */
export const PIXEL_KERNEL =
  '${outputs.get('pixels.wasm').toString('base64')}';
`;
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) throw new Error('assembly/ was changed: run node build-kernel.mjs.');
} else writeFileSync(target, text);
