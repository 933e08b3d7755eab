import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const root = fileURLToPath(new URL('../', import.meta.url));

it.skipIf(chromium === undefined)('trains in a browser (needs Chromium: apt-get install chromium)', async () => {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'examples/browser/train-in-a-page.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['@nfnets/source', 'import', 'browser'],
    mainFields: ['module', 'main'],
    external: ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'],
    logLevel: 'silent',
  });
  const script = outputFiles[0]!.contents;
  const backends = createRequire(join(root, 'packages/backends/package.json'));
  const wasmFolder = dirname(backends.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'));

  const server = createServer((request, response) => {
    const name = request.url!.slice(1);
    if (name === '')
      response.setHeader('content-type', 'text/html').end('<body><script type=module src=/main.js></script>');
    else if (name === 'main.js') response.setHeader('content-type', 'text/javascript').end(script);
    else if (/^[\w-]+\.wasm$/.test(name))
      response.setHeader('content-type', 'application/wasm').end(readFileSync(join(wasmFolder, name)));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const profile = mkdtempSync(join(tmpdir(), 'nfnets-chromium-'));
  try {
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
    const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
    const page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const args = [...flags, ...quiet, `--user-data-dir=${profile}`, '--virtual-time-budget=120000', '--dump-dom', page];
    const { stdout } = await promisify(execFile)(chromium!, args, { timeout: 120_000 });
    const result = JSON.parse(stdout.match(/\{.*\}/)?.[0] ?? '{}') as { engine?: string; losses?: number[] };
    expect(result).toMatchObject({ engine: 'wasm', losses: expect.any(Array) });
    expect(result.losses).toHaveLength(8);
    expect(result.losses!.at(-1)!).toBeLessThan(result.losses![0]! / 2);
  } finally {
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});
