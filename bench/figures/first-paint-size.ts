import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/**
 * Bytes that a page loads until it is painted, as they are built and gzipped: its HTML and what that names. Workers, and what is loaded on demand, come
 * later. `app` is the folder of a page that vite builds.
 */
export function firstPaintSize(app: string): { readonly minified: number; readonly gzipped: number } {
  const folder = mkdtempSync(join(tmpdir(), 'nfnets-page-size-'));
  try {
    const vite = join(dirname(createRequire(join(app, 'package.json')).resolve('vite/package.json')), 'bin/vite.js');
    const to = ['--outDir', folder, '--emptyOutDir', '--logLevel', 'error'];
    execFileSync(process.execPath, [vite, 'build', ...to], { cwd: app, stdio: 'pipe' });
    const html = readFileSync(join(folder, 'index.html'));
    const named = [...html.toString().matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path]) => join(folder, path!));
    const files = [html, ...named.map((path) => readFileSync(path))];
    const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0);
    return {
      minified: sum(files.map(({ length }) => length)),
      gzipped: sum(files.map((bytes) => gzipSync(bytes, { level: 9 }).length)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
