import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const root = fileURLToPath(new URL('../', import.meta.url));

const ISOLATION = [
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-embedder-policy', 'require-corp'],
] as const;

interface Result {
  readonly engine?: string;
  readonly reason?: string;
  readonly isCompiled?: boolean;
  readonly losses?: number[];
  readonly error?: string;
}

describe.skipIf(chromium === undefined)('in a browser (needs Chromium: apt-get install chromium)', () => {
  let server: Server;
  let address: string;
  let takeResult: (result: Result) => void;

  beforeAll(async () => {
    const scripts = new Map([
      ['main.js', await bundlePage(false)],
      ['main.min.js', await bundlePage(true)],
    ]);
    const backends = createRequire(join(root, 'packages/backends/package.json'));
    const wasmFolder = dirname(backends.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'));
    server = createServer(async (request, response) => {
      const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
      // From this folder the build for threads never comes.
      if (pathname.startsWith('/stuck/') && pathname.includes('threaded')) return;
      const name = pathname.replace(/^\/(stuck\/)?/, '');
      if (name === '') {
        // As a page must be served whose threads share memory.
        if (searchParams.has('isolated')) for (const [header, value] of ISOLATION) response.setHeader(header, value);
        const script = searchParams.has('minified') ? 'main.min.js' : 'main.js';
        response.setHeader('content-type', 'text/html').end(`<body><script type=module src=/${script}></script>`);
      } else if (scripts.has(name)) response.setHeader('content-type', 'text/javascript').end(scripts.get(name));
      else if (name === 'result') {
        takeResult(JSON.parse(await text(request)) as Result);
        response.end();
      } else if (/^[\w-]+\.wasm$/.test(name))
        response.setHeader('content-type', 'application/wasm').end(readFileSync(join(wasmFolder, name)));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => {
    server.close();
  });

  /** What the page with this `query` posts back; `flags` go to Chromium. */
  async function train(query: string, flags: readonly string[]): Promise<Result> {
    const profile = mkdtempSync(join(tmpdir(), 'nfnets-chromium-'));
    const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'];
    const always = ['--headless', '--no-sandbox', '--no-first-run', `--user-data-dir=${profile}`, ...quiet];
    // A process group of its own, as Chromium is many processes and all write into the profile.
    const browser = spawn(chromium!, [...always, ...flags, `${address}${query}`], { stdio: 'ignore', detached: true });
    const hasEnded = new Promise<void>((resolve) => browser.on('exit', () => resolve()));
    try {
      return await new Promise((resolve, reject) => {
        takeResult = resolve;
        browser.on('exit', () => reject(new Error('Chromium ended without a result.')));
      });
    } finally {
      if (browser.pid !== undefined && browser.exitCode === null) process.kill(-browser.pid, 'SIGKILL');
      await hasEnded;
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    }
  }

  it('trains on wasm where there is no graphics card', async () => {
    const { losses, ...result } = await train('', ['--disable-gpu']);
    expect(result).toMatchObject({ engine: 'wasm', reason: expect.stringMatching(/; not webgpu: ./) });
    expect(losses).toHaveLength(8);
    expect(losses!.at(-1)!).toBeLessThan(losses![0]! / 2);
  });

  it.each([
    ['a page', ''],
    ['an isolated page', '&isolated'],
  ])('compiles steps in %s, with the losses of steps as they are', async (_, isolated) => {
    const compiled = await train(`?engine=wasm&steps=4&images=8${isolated}`, ['--disable-gpu']);
    const eager = await train(`?engine=wasm&steps=4&images=8&eager${isolated}`, ['--disable-gpu']);
    expect([compiled.isCompiled, eager.isCompiled]).toEqual([true, false]);
    expect(compiled.losses).toHaveLength(4);
    for (const [i, loss] of compiled.losses!.entries()) {
      expect(Math.abs(loss / eager.losses![i]! - 1), `step ${i}`).toBeLessThan(1e-6);
    }
  });

  it.each(['', '&minified'])('shares the work among threads in an isolated page, bundled as %s', async (minified) => {
    const { losses, ...result } = await train(`?isolated&steps=2&images=8${minified}`, ['--disable-gpu']);
    expect(result).toMatchObject({ engine: 'wasm', reason: expect.not.stringMatching(/on one thread/) });
    expect(losses).toHaveLength(2);
  });

  it('takes one thread, and says why, where the build for threads is never ready', async () => {
    const { losses, ...result } = await train('?isolated&steps=1&images=8&folder=/stuck/', ['--disable-gpu']);
    expect(result).toMatchObject({
      engine: 'wasm',
      reason: expect.stringMatching(/on one thread: tfjs's build for threads is not ready after 10 s/),
    });
    expect(losses).toHaveLength(1);
  });

  it('names `wasmPaths` where the files are not', async () => {
    const { error } = await train('?engine=wasm&folder=/elsewhere/', ['--disable-gpu']);
    expect(error).toMatch(/useBackend: `wasm` does not work here\. .*"\/elsewhere\/": say where .* `wasmPaths`/);
  });

  describe('with a graphics card in software', () => {
    const flags = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

    it('takes wasm all the same', async () => {
      const { engine, reason } = await train('?steps=1&images=8', flags);
      expect({ engine, reason }).toMatchObject({
        engine: 'wasm',
        reason: expect.stringMatching(/; not webgpu: .* computes on the CPU/),
      });
    });

    it('trains on webgpu when told to, with the losses of wasm', async () => {
      const onWasm = await train('?engine=wasm&steps=2&images=8', flags);
      const onWebgpu = await train('?engine=webgpu&steps=2&images=8', flags);
      expect(onWebgpu).toMatchObject({ engine: 'webgpu', losses: expect.any(Array) });
      expect(onWebgpu.losses).toHaveLength(2);
      for (const [i, loss] of onWebgpu.losses!.entries()) expect(loss).toBeCloseTo(onWasm.losses![i]!, 4);
    });
  });
});

async function bundlePage(minify: boolean): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'examples/browser/train-in-a-page.ts')],
    bundle: true,
    minify,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['@nfnets/source', 'import', 'browser'],
    mainFields: ['module', 'main'],
    external: ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'],
    logLevel: 'silent',
  });
  return outputFiles[0]!.contents;
}
