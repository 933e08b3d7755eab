// Builds the live page of `nf-sweeps serve` into static files: `build-page.mjs [folder]`, dist/page by default.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const page = fileURLToPath(new URL('./page/', import.meta.url));
const out = process.argv[2] ?? fileURLToPath(new URL('./dist/page/', import.meta.url));

mkdirSync(out, { recursive: true });
await build({
  entryPoints: { page: join(page, 'main.tsx') },
  outdir: out,
  bundle: true,
  minify: true,
  format: 'esm',
  // From source: one package's tests run without a build of the others.
  conditions: ['@nfnets/source'],
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'inline',
  logLevel: 'warning',
});
copyFileSync(join(page, 'index.html'), join(out, 'index.html'));
