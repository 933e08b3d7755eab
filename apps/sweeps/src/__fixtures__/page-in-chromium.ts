import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { startServer } from '../commands/serve-command.js';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
/** Whether there is a browser to test in. */
export const hasChromium = executablePath !== undefined;
/** Where the screenshots go, for people who want to look at them. */
const screenshots = process.env['NFNETS_SCREENSHOTS'];

/** Builds the page for the tests round it, and opens it in Chromium. */
export function pageInChromium() {
  let browser: Browser;
  let pageDir: string;
  beforeAll(async () => {
    pageDir = mkdtempSync(join(tmpdir(), 'nf-sweeps-page-'));
    execFileSync(process.execPath, [fileURLToPath(new URL('../../build-page.mjs', import.meta.url)), pageDir]);
    const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--disable-gpu', ...quiet],
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(pageDir, { recursive: true, force: true });
  });

  /** A server of `dir`, on a port of its own or on `port`. */
  const serve = (dir: string, port = 0) => startServer(dir, { host: '127.0.0.1', port, pageDir, every: 50 });

  /** The page at `address`, with what it complained about. */
  async function visit(address: string): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    onTestFinished(() => page.close());
    page.setDefaultTimeout(60_000);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning', 'assert'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('response', (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(address);
    return { page, complaints };
  }

  return {
    serve,
    visit,
    /** The page of `dir` from a server of its own. */
    async open(dir: string, hash = '') {
      const { address, close } = await serve(dir);
      onTestFinished(close);
      return { address, ...(await visit(`${address}/${hash}`)) };
    },
    /** Takes pictures, where they are wanted: in both themes, and in grey. */
    async shoot(page: Page, name: string): Promise<void> {
      if (screenshots === undefined) return;
      mkdirSync(screenshots, { recursive: true });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: join(screenshots, `sweep-${name}-${colorScheme}.png`) });
      }
      await page.emulateMedia({ colorScheme: 'light' });
      await page.evaluate(() => {
        document.documentElement.style.filter = 'grayscale(1)';
      });
      await page.screenshot({ path: join(screenshots, `sweep-${name}-grey.png`) });
      await page.evaluate(() => {
        document.documentElement.style.filter = '';
      });
    },
  };
}
