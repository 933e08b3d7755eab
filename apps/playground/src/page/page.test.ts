import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { useBackend } from '@nfnets/backends';
import { mnistDigits } from '@nfnets/data/node';
import { loadSweepConfig, planTrials } from '@nfnets/sweeps';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CLIP_RULES, DATA, DEFAULTS, fromLink, NETS } from '../settings/index.js';
import { cutData } from '../training/make-run.js';
import { Pair } from '../training/pair.js';
import { buildPage, chromiumPath, servePage } from './__fixtures__/serve-page.js';

/** Where the screenshots go, for people who want to look at them. */
const screenshots = process.env['NFNETS_SCREENSHOTS'];
/** A run that is over in seconds. */
const SHORT = 'net=convnet&images=512&batch=128&epochs=1';

describe.skipIf(chromiumPath === undefined)('the page (needs Chromium: apt-get install chromium)', () => {
  let browser: Browser;
  let folder: string;
  let server: Awaited<ReturnType<typeof servePage>>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nfnets-playground-'));
    buildPage(folder);
    server = await servePage(folder);
    const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
    browser = await chromium.launch({
      executablePath: chromiumPath!,
      args: ['--no-sandbox', '--disable-gpu', ...quiet],
    });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The page with the settings of `link`; what it complains of, and what it asks of another server, fails the test. */
  async function open(link = '', { isIsolated = true } = {}): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(60_000);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning', 'assert'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('response', (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
    });
    page.on('request', (request) => {
      if (!/^(data:|blob:)/.test(request.url()) && !request.url().startsWith(server.address))
        complaints.push(`asked for ${request.url()}`);
    });
    onTestFinished(async () => {
      await page.close();
      expect(complaints).toEqual([]);
    });
    await page.goto(`${server.address}${isIsolated ? 'isolated' : 'plain'}/${link && `#${link}`}`);
    return page;
  }

  const textOf = async (page: Page, selector: string) => (await page.locator(selector).textContent())!;
  /** Waits until a run's line fits `pattern`. */
  const until = (page: Page, selector: string, pattern: RegExp) =>
    page.locator(selector).filter({ hasText: pattern }).waitFor({ state: 'attached' });
  const stepOf = async (page: Page) => Number(/step (\d+)/.exec(await textOf(page, '#clipped .run-state'))?.[1] ?? 0);

  it('loses the run without clipping while the other learns, as it is set at first, within a minute', async () => {
    const page = await open();
    await until(page, '#engine', /wasm, 2 threads|wasm, \d+ threads/);
    const start = Date.now();
    await page.click('#play');
    await until(page, '#plain .run-state', /diverged at step \d+: /);
    await until(page, '#clipped .run-state', /test accuracy ([6-9]\d|100)\.\d %/);
    const seconds = (Date.now() - start) / 1000;
    const [, lostAt] = /diverged at step (\d+)/.exec(await textOf(page, '#plain .run-state'))!;
    expect(Number(lostAt)).toBeLessThan(40);
    expect(await page.locator('#status').textContent()).toContain(`Without clipping: diverged at step ${lostAt}.`);
    const charts = page.locator('.pair-charts [role=img]');
    expect(await charts.first().getAttribute('aria-label')).toContain(`without clipping: diverged at step ${lostAt}`);
    expect(await page.locator('#clipped .clips canvas').getAttribute('aria-label')).toMatch(
      /: \d+ layers over steps 1 to/,
    );
    expect(await page.locator('#clipped .strip canvas').getAttribute('aria-label')).toMatch(/^\d+ units of stem_conv0/);
    await page.selectOption('#layer', 'linear');
    expect(await page.locator('#plain .strip canvas').getAttribute('aria-label')).toMatch(/^10 units of linear/);
    expect(await textOf(page, '#engine')).toMatch(/steps\/s, 160 steps of 256 images$/);
    await shoot(page);
    expect(seconds).toBeLessThan(60);
  });

  it('is painted before engine and trainer, of less than 300 kB', async () => {
    const page = await browser.newPage();
    const loaded: string[] = [];
    page.on('request', (request) => loaded.push(request.url()));
    // Nothing of what computes may be needed to see the page.
    await page.route(/worker|\.wasm$|digits\.bin$/, () => {});
    await page.goto(`${server.address}isolated/`);
    await page.locator('#play').waitFor();
    const first = loaded.filter((url) => !/worker|\.wasm$|digits\.bin$|^data:/.test(url));
    const bytes = first.map((url) => {
      const file = url.slice(`${server.address}isolated/`.length);
      return gzipSync(readFileSync(join(folder, file === '' ? 'index.html' : file))).length;
    });
    await page.close();
    expect(first.length).toBeGreaterThanOrEqual(3);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(300_000);
  });

  it('trains in the page as in Node: all losses within 1e-4, isolated or not', async () => {
    const link = 'net=nfnet_digits&images=512&batch=64&epochs=1&rate=0.1&engine=wasm';
    await useBackend('wasm', { threads: 1 });
    const { settings } = fromLink(link);
    const pair = new Pair(settings, cutData(mnistDigits(), settings.images));
    const losses: Record<string, number[]> = { plain: [], clipped: [] };
    while (
      await pair.step((message) => {
        if (message.type === 'step') losses[message.side]!.push(message.loss);
      })
    );
    await pair.dispose();
    expect(losses['clipped']).toHaveLength(8);
    for (const isIsolated of [true, false]) {
      const page = await open(link, { isIsolated });
      await until(page, '#engine', isIsolated ? /wasm, [2-9] threads/ : /wasm, 1 thread/);
      for (let step = 0; step < 8; step++) {
        await page.click('#step');
        await until(page, '#clipped .run-state', new RegExp(`step ${step + 1},`));
        for (const side of ['plain', 'clipped']) {
          const told = Number(await page.locator(`#${side}`).getAttribute('data-loss'));
          expect(Math.abs(told - losses[side]![step]!), `${side}, step ${step + 1}`).toBeLessThan(1e-4);
        }
      }
    }
  });

  it('pauses, makes one step, goes on, ends, and begins anew', async () => {
    const page = await open('images=2048&batch=128&epochs=4');
    await page.click('#play');
    await until(page, '#clipped .run-state', /step [3-9]/);
    await page.click('#pause');
    await page.locator('#play').waitFor();
    const paused = await stepOf(page);
    await page.waitForTimeout(500);
    expect(await stepOf(page)).toBe(paused);
    await page.click('#step');
    await until(page, '#clipped .run-state', new RegExp(`step ${paused + 1}`));
    await page.click('#play');
    await until(page, '#clipped .run-state', new RegExp(`step ${paused + 2}|step ${paused + 3}|step ${paused + 4}`));
    await page.click('#reset');
    await until(page, '#status', /^$/);
    expect(await page.locator('#clipped .run-state').textContent()).toBe('not started');
    expect(await page.locator('#play').textContent()).toBe('Run both');
  });

  it('holds the settings in its link: each control, by the keyboard alone, and after a reload', async () => {
    const page = await open();
    const press = async (selector: string, ...keys: string[]) => {
      await page.locator(selector).focus();
      for (const key of keys) await page.keyboard.press(key);
    };
    await press('#batch', 'ArrowLeft', 'ArrowLeft');
    await press('#rate', 'Home');
    await press('#threshold', 'End');
    await page.fill('#seed', '7');
    await press('#seed', 'Tab');
    await page.selectOption('#net', 'convnet');
    await page.selectOption('#data', 'shapes');
    await page.selectOption('#images', '1024');
    await page.selectOption('#epochs', '2');
    const expected = {
      ...DEFAULTS,
      net: 'convnet',
      data: 'shapes',
      threshold: 1,
      batchSize: 64,
      baseRate: 0.01,
      seed: 7,
      images: 1024,
      epochs: 2,
    };
    await expect.poll(() => fromLink(new URL(page.url()).hash)).toEqual({ settings: expected, problems: [] });
    await page.selectOption('#rule', 'zclip');
    await expect
      .poll(() => fromLink(new URL(page.url()).hash).settings)
      .toEqual({ ...expected, rule: 'zclip', threshold: 2.5 });
    await page.reload();
    expect(await page.inputValue('#seed')).toBe('7');
    expect(await page.inputValue('#net')).toBe('convnet');
    expect(await page.inputValue('#rule')).toBe('zclip');
    expect(await textOf(page, 'output[for=batch]')).toBe('64');
    await page.click('#play');
    await until(page, '#status', /Both runs are over\..*with zclip, 2.5: done after 32 steps/);
    expect(await page.locator('#problems').count()).toBe(0);
  });

  it('says what is wrong with a link, and takes the rest of it', async () => {
    const page = await open('batch=many&seed=3');
    expect(await textOf(page, '#problems')).toBe(
      '"batch" must be a whole number from 1 to 2048, got "many": it is as at first.',
    );
    expect(await page.inputValue('#seed')).toBe('3');
  });

  it('clips by every rule of @nfnets/agc', async () => {
    const page = await open(SHORT);
    for (const rule of Object.keys(CLIP_RULES)) {
      await page.selectOption('#rule', rule);
      await page.click('#play');
      await until(page, '#clipped .run-state', /done after 4 steps, test accuracy|diverged/);
      expect(await page.locator('#clipped .clips canvas').getAttribute('aria-label'), rule).toMatch(
        /over steps 1 to 4$/,
      );
    }
  });

  it('trains every net on both sets', async () => {
    const page = await open(SHORT);
    for (const data of Object.keys(DATA)) {
      for (const net of Object.keys(NETS)) {
        await page.selectOption('#data', data);
        await page.selectOption('#net', net);
        await page.click('#play');
        await until(page, '#status', /Both runs are over/);
        await page.click('#reset');
      }
    }
  });

  it('trains on WebGPU where it is asked to', async () => {
    const gpu = await chromium.launch({
      executablePath: chromiumPath!,
      args: ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
    });
    try {
      const page = await gpu.newPage();
      // In software, and its kernels are compiled first.
      page.setDefaultTimeout(100_000);
      await page.goto(`${server.address}isolated/#net=convnet&images=512&batch=16&epochs=1&engine=webgpu`);
      await until(page, '#engine', /^webgpu/);
      await page.click('#step');
      await until(page, '#plain .run-state', /step 1, loss \d/);
    } finally {
      await gpu.close();
    }
  });

  it('fills a map of 12 cells, whose file nf-sweeps plans as 12 trials; a cell puts its settings above', async () => {
    const page = await open('images=512&seed=2');
    await page.click('#run-map');
    await until(page, '#map [role=status]', /^12 of 12 cells$/);
    const cells = await page.locator('#map .cell').allTextContents();
    expect(cells).toHaveLength(12);
    for (const text of cells) expect(text).toMatch(/^(\d+\.\d|✕step \d+)$/);
    const href = await page.locator('#map-yaml').getAttribute('href');
    const yaml = join(folder, 'map.yaml');
    writeFileSync(yaml, decodeURIComponent(href!.slice(href!.indexOf(',') + 1)));
    expect(planTrials(await loadSweepConfig(yaml))).toHaveLength(12);
    await page.locator('#map .cell').first().click();
    await expect
      .poll(() => fromLink(new URL(page.url()).hash).settings)
      .toMatchObject({ threshold: 0.04, batchSize: 64 });
  });

  it('can cancel a map, and keeps the cells that are done', async () => {
    const page = await open('images=512');
    await page.click('#run-map');
    await until(page, '#map [role=status]', /^[1-9] of 12 cells$/);
    await page.click('#cancel-map');
    const before = await textOf(page, '#map [role=status]');
    await page.waitForTimeout(1500);
    expect(await textOf(page, '#map [role=status]')).toBe(before);
    expect(await page.locator('#run-map').textContent()).toBe('Run 12');
  });

  it('shows each augmentation at a magnitude, and the variance by depth', async () => {
    const page = await open();
    await page.locator('#blocks').scrollIntoViewIfNeeded();
    await page.locator('#gallery canvas').first().waitFor();
    expect(await page.locator('#gallery canvas').count()).toBe(22);
    await page.locator('#magnitude').focus();
    await page.keyboard.press('End');
    expect(await page.locator('#gallery canvas[aria-label="Rotate, 15"]').count()).toBe(1);
    const chart = page.locator('#signal [role=img]');
    await expect
      .poll(() => chart.getAttribute('aria-label'), { timeout: 60_000 })
      .toMatch(/^Variance behind block 24: /);
    const label = (await chart.getAttribute('aria-label'))!;
    const [free, plain, batchNormalized] = [
      'normalizer-free',
      'without scaled standardization',
      'batch-normalized',
    ].map((name) => Number(new RegExp(`${name} ([\\d.e+]*\\d)`).exec(label)![1]));
    // 24 blocks: each adds alpha² = 0.04, multiplies by more than 1.6, and adds 0.68; borders take a little.
    expect(free).toBeGreaterThan(1.5);
    expect(free).toBeLessThan(2.2);
    expect(plain).toBeGreaterThan(1e5);
    expect(batchNormalized).toBeGreaterThan(13);
    expect(batchNormalized).toBeLessThan(20);
  });

  /** Pictures of the page as it stands at three widths, light and dark. */
  async function shoot(page: Page): Promise<void> {
    if (screenshots === undefined) return;
    mkdirSync(screenshots, { recursive: true });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [360, 768, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        await page.waitForTimeout(500);
        await page.screenshot({ path: join(screenshots, `${width}-${colorScheme}.png`) });
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 900 });
  }
});
