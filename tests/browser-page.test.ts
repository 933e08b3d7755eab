import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromium, openTab } from './chromium.js';

const examples = fileURLToPath(new URL('../examples/', import.meta.url));
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
};
/** As `vite preview` serves it: wasm may take threads. */
const ISOLATION = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
/** Where the screenshots go, for people who want to look at them. */
// biome-ignore lint/suspicious/noUndeclaredEnvVars: no task of turbo runs these tests.
const screenshots = process.env['NFNETS_SCREENSHOTS'];

describe.skipIf(chromium === undefined)(
  'the page of examples/08-browser (needs Chromium: apt-get install chromium)',
  () => {
    let folder: string;
    let server: Server;
    let address: string;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'nfnets-browser-page-'));
      const require = createRequire(join(examples, 'package.json'));
      const vite = join(dirname(require.resolve('vite/package.json')), 'bin/vite.js');
      const to = ['--outDir', join(folder, 'site'), '--emptyOutDir', '--logLevel', 'error'];
      execFileSync(process.execPath, [vite, 'build', '08-browser', ...to], { cwd: examples, stdio: 'pipe' });
      const sharp = require('sharp');
      const square = { create: { width: 120, height: 120, channels: 3 as const, background: 'orange' } };
      await sharp({ create: { width: 320, height: 240, channels: 3, background: 'firebrick' } })
        .composite([{ input: square }])
        .png()
        .toFile(join(folder, 'red.png'));
      writeFileSync(join(folder, 'broken.png'), 'not an image');
      const node = ['--import', 'tsx', '--conditions=@nfnets/source', '--input-type=module', '--eval', SEVENS];
      execFileSync(process.execPath, [...node, join(folder, 'site/sevens.safetensors')], {
        cwd: examples,
        stdio: 'pipe',
      });
      server = createServer((request, response) => {
        const path = new URL(request.url!, 'http://localhost').pathname;
        const file = join(folder, 'site', path.endsWith('/') ? `${path}index.html` : path);
        if (!existsSync(file)) response.writeHead(404).end();
        else
          response
            .writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain', ...ISOLATION })
            .end(readFileSync(file));
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    });
    afterAll(() => {
      server?.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    });

    it('names what is on a dropped image, with one model and then another, without a complaint', async () => {
      const page = await openPage(folder, address);
      try {
        await page.until(`document.querySelector('#state').textContent === 'Ready for an image.'`);
        expect(await page.read(`document.querySelector('#engine').textContent`)).toMatch(
          /^Engine: wasm\. WebAssembly with the training kernels of [^ ]+; not webgpu: ./,
        );
        expect(await page.read(`document.querySelector('#weights-note').textContent`)).toMatch(
          /^Random weights: the answers of timm\/test_nfnet mean nothing/,
        );

        await page.drop(join(folder, 'red.png'));
        const first = await page.answer();
        expect(first).toMatchObject({ model: 'timm/test_nfnet', error: '', time: expect.stringMatching(TIME) });
        expectProbabilities(first.classes);
        await page.screenshot('desktop-light', { width: 1280, height: 800 });
        await page.screenshot('desktop-dark', { width: 1280, height: 800, dark: true });
        await page.screenshot('phone-light', { width: 360, height: 780 });
        await page.screenshot('phone-dark', { width: 360, height: 780, dark: true });
        const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
        expect(await page.read(overflow)).toBe(0);

        // As somebody without a mouse chooses.
        await page.read(`document.querySelector('#model').focus()`);
        await page.press('ArrowDown');
        await page.until(`document.querySelector('#weights-note').textContent.includes('nfnet_digits')`);
        const second = await page.answer();
        expect(second).toMatchObject({ model: 'nfnet_digits', error: '', time: expect.stringMatching(TIME) });
        expect(second.classes.every(({ label }) => /^\d$/.test(label))).toBe(true);
        expectProbabilities(second.classes);

        expect(page.complaints).toEqual([]);
      } finally {
        await page.close();
      }
    });

    it('answers with the weights of a file that is chosen, or is at an address', async () => {
      for (const query of ['?model=nfnet_digits', '?model=nfnet_digits&weights=sevens.safetensors']) {
        const page = await openPage(folder, `${address}${query}`);
        try {
          await page.until(`document.querySelector('#state').textContent === 'Ready for an image.'`);
          if (!query.includes('weights')) await page.choose('#weights', join(folder, 'site/sevens.safetensors'));
          await page.until(
            `/^Weights: .*sevens.safetensors$/.test(document.querySelector('#weights-note').textContent)`,
          );
          await page.drop(join(folder, 'red.png'));
          const { classes } = await page.answer();
          expect(classes[0]).toEqual({ label: '7', percent: 100 });
          expect(page.complaints).toEqual([]);
        } finally {
          await page.close();
        }
      }
    });

    it('computes on webgpu when told to', async () => {
      const flags = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
      const page = await openPage(folder, `${address}?model=nfnet_digits&engine=webgpu`, flags);
      try {
        await page.until(`document.querySelector('#state').textContent === 'Ready for an image.'`);
        expect(await page.read(`document.querySelector('#engine').textContent`)).toMatch(
          /^Engine: webgpu\. WebGPU on ./,
        );
        await page.drop(join(folder, 'red.png'));
        const { classes, error } = await page.answer();
        expect(error).toBe('');
        expectProbabilities(classes);
      } finally {
        await page.close();
      }
    });

    it('says what is wrong with a file, and goes on', async () => {
      const page = await openPage(folder, `${address}?model=nfnet_digits&weights=missing.safetensors`);
      try {
        await page.until(`document.querySelector('#state').textContent === 'Ready for an image.'`);
        const error = `document.querySelector('#error').textContent`;
        expect(await page.read(error)).toMatch(/missing\.safetensors cannot be read: the server answered 404\.$/);
        expect(await page.read(`document.querySelector('#weights-note').textContent`)).toMatch(/^Random weights/);

        await page.drop(join(folder, 'broken.png'));
        await page.until(`${error}.startsWith('readImage')`);
        expect(await page.read(error)).toMatch(/^readImage: cannot read "broken\.png" as an image: /);

        await page.drop(join(folder, 'red.png'));
        expect(await page.answer()).toMatchObject({ error: '', time: expect.stringMatching(TIME) });
      } finally {
        await page.close();
      }
    });
  },
);

/** A program that writes weights with which every image is a seven. */
const SEVENS = `
  import { createModel } from '@nfnets/models';
  import { saveWeights } from '@nfnets/weights';
  import * as tf from '@tensorflow/tfjs';
  const model = createModel('nfnet_digits', { numClasses: 10, seed: 1 });
  const bias = model.weights.find(({ originalName }) => originalName === 'linear/bias');
  bias.write(tf.tensor1d([0, 0, 0, 0, 0, 0, 0, 50, 0, 0]));
  await saveWeights(model, process.argv[1]);
`;

const TIME = /^\d+(\.\d)? ms per frame/;

interface Answer {
  readonly model: string;
  readonly classes: readonly { readonly label: string; readonly percent: number }[];
  readonly time: string;
  readonly error: string;
}

function expectProbabilities(classes: Answer['classes']): void {
  const percents = classes.map(({ percent }) => percent);
  expect(percents).toHaveLength(5);
  expect(percents).toEqual(percents.toSorted((a, b) => b - a));
  expect(percents.every((percent) => percent >= 0 && percent <= 100)).toBe(true);
}

/** A page in a Chromium, without a graphics card unless `flags` give one, by way of the DevTools protocol. */
async function openPage(folder: string, address: string, flags: readonly string[] = ['--disable-gpu']) {
  const { ask, send, listen, close } = await openTab(folder, flags);
  const complaints: string[] = [];
  listen((method, params) => {
    if (method === 'Runtime.exceptionThrown') complaints.push(params.exceptionDetails.exception?.description);
    if (method === 'Runtime.consoleAPICalled' && /error|warning|assert/.test(params.type))
      complaints.push(params.args.map((arg: { value: unknown }) => arg.value).join(' '));
    if (method === 'Log.entryAdded' && params.entry.level === 'error') complaints.push(params.entry.text);
    if (method === 'Network.loadingFailed') complaints.push(params.errorText);
    if (method === 'Network.responseReceived' && params.response.status >= 400) complaints.push(params.response.url);
    // The worker has a console and requests of its own.
    if (method === 'Target.attachedToTarget') {
      for (const domain of ['Runtime', 'Log', 'Network']) void send(`${domain}.enable`, {}, params.sessionId);
      void send('Runtime.runIfWaitingForDebugger', {}, params.sessionId);
    }
  });
  for (const domain of ['Runtime', 'Log', 'Network', 'Page']) await ask(`${domain}.enable`);
  await ask('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true });
  await ask('Page.navigate', { url: address });

  const read = async (expression: string) => {
    const { result, exceptionDetails } = await ask('Runtime.evaluate', { expression, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception.description);
    return result.value;
  };
  const until = async (expression: string) => {
    const deadline = Date.now() + 60_000;
    while (!(await read(expression).catch(() => false))) {
      if (Date.now() > deadline) {
        const text = await read('document.body?.innerText');
        throw new Error(`Never true: ${expression}.\n${complaints.join('\n')}\nThe page: ${text}`);
      }
      await wait(50);
    }
  };
  return {
    complaints,
    read,
    until,
    async drop(file: string) {
      const data = { items: [], files: [file], dragOperationsMask: 1 };
      for (const type of ['dragEnter', 'dragOver', 'drop'])
        await ask('Input.dispatchDragEvent', { type, x: 100, y: 200, data });
    },
    async choose(selector: string, file: string) {
      const { result } = await ask('Runtime.evaluate', { expression: `document.querySelector('${selector}')` });
      await ask('DOM.setFileInputFiles', { files: [file], objectId: result.objectId });
    },
    async press(key: string) {
      const codes = { key, code: key, windowsVirtualKeyCode: key === 'ArrowDown' ? 40 : 0 };
      await ask('Input.dispatchKeyEvent', { type: 'keyDown', ...codes });
      await ask('Input.dispatchKeyEvent', { type: 'keyUp', ...codes });
    },
    async answer(): Promise<Answer> {
      await until(`document.querySelectorAll('#classes li').length === 5`);
      return read(`({
        model: document.querySelector('#model').value,
        classes: [...document.querySelectorAll('#classes li')].map((row) => ({
          label: row.firstChild.textContent, percent: parseFloat(row.lastChild.textContent) })),
        time: document.querySelector('#time').textContent,
        error: document.querySelector('#error').textContent,
      })`);
    },
    async screenshot(name: string, { width, height, dark = false }: { width: number; height: number; dark?: boolean }) {
      await ask('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 });
      const scheme = { name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' };
      await ask('Emulation.setEmulatedMedia', { features: [scheme] });
      if (screenshots === undefined) return;
      const { data } = await ask('Page.captureScreenshot', { captureBeyondViewport: true });
      mkdirSync(screenshots, { recursive: true });
      writeFileSync(join(screenshots, `${name}.png`), Buffer.from(data, 'base64'));
    },
    close,
  };
}
