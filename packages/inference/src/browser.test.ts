import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** What a page for browsers is made of, when it imports this package. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('__fixtures__/page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['@nfnets/source'],
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
}

/** What the page that runs `script` posts back. */
async function runInBrowser(script: string): Promise<unknown> {
  let resolve: (result: unknown) => void;
  let reject: (error: Error) => void;
  const result = new Promise<unknown>((...settle) => {
    [resolve, reject] = settle;
  });
  const server = createServer(async (request, response) => {
    if (request.url === '/')
      response.setHeader('content-type', 'text/html').end('<script type=module src=/main.js></script>');
    else if (request.url === '/main.js') response.setHeader('content-type', 'text/javascript').end(script);
    else if (request.url === '/result') {
      resolve(JSON.parse(await text(request)));
      response.end();
    } else response.writeHead(404).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const profile = mkdtempSync(join(tmpdir(), 'nfnets-chromium-'));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', `--user-data-dir=${profile}`];
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'];
  // A process group of its own, as Chromium is many processes and all write into the profile.
  const browser = spawn(chromium!, [...flags, ...quiet, address], { stdio: 'ignore', detached: true });
  const hasEnded = new Promise<void>((ended) => browser.on('exit', () => ended()));
  browser.on('exit', () => reject(new Error('Chromium ended without a result.')));
  try {
    return await result;
  } finally {
    if (browser.pid !== undefined && browser.exitCode === null) process.kill(-browser.pid, 'SIGKILL');
    await hasEnded;
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

it('bundles for a browser without sharp and without anything of Node', async () => {
  expect(await bundle()).not.toMatch(/node_modules\/sharp|@img\/|from ?"node:/);
});

it.skipIf(chromium === undefined)(
  'reads images and classifies in a browser (needs Chromium: apt-get install chromium)',
  async () => {
    // Red, green, and transparent on white.
    const pixels = [
      [1, 3, 3],
      [255, 0, 0, 0, 255, 0, 255, 255, 255],
    ];
    const kinds = ['canvas', 'element', 'imageData', 'bitmap', 'blob', 'file', 'bytes', 'address'];
    expect(await runInBrowser(await bundle())).toEqual({
      read: Object.fromEntries(kinds.map((kind) => [kind, pixels])),
      error: expect.stringMatching(/^readImage: cannot read "broken.png" as an image: .+\.$/),
      best: 'blue',
      leaked: 0,
    });
  },
);
