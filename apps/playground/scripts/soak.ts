// Trains in the page for so many minutes, one pair of runs after the other with a map between, and tells what it keeps in memory and how often
// its main thread was busy for more than 50 ms: `npm run soak -- 30`. Ends with code 1 where memory grew by more than 5 %.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { buildPage, chromiumPath, servePage } from '../src/page/__fixtures__/serve-page.js';

const minutes = Number(process.argv[2] ?? 30);
/** Engines compile, and heaps grow to their size, in the first of them. */
const WARM_UP_MINUTES = Math.min(2, minutes / 4);
const ALLOWED = 1.05;

if (chromiumPath === undefined) throw new Error('soak: needs Chromium: apt-get install chromium');
const folder = mkdtempSync(join(tmpdir(), 'nfnets-soak-'));
buildPage(folder);
const server = await servePage(folder);
const browser = await chromium.launch({
  executablePath: chromiumPath,
  args: ['--no-sandbox', '--disable-gpu', '--enable-precise-memory-info', '--js-flags=--expose-gc'],
});
const page = await browser.newPage();
page.on('pageerror', (error) => console.error(String(error)));
await page.addInitScript(`
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration, startTime } of list.getEntries()) window.longTasks.push([startTime, duration]);
  }).observe({ type: 'longtask', buffered: true });
`);
await page.goto(`${server.address}isolated/#epochs=4&images=2048`);
await page.locator('#blocks').scrollIntoViewIfNeeded();
await page.locator('#gallery').waitFor();

/** Megabytes that the page and its worker hold, WebAssembly included, after a collection. */
const megabytes = () =>
  page.evaluate(async () => {
    (globalThis as { gc?: () => void }).gc?.();
    const measured = await (
      performance as unknown as { measureUserAgentSpecificMemory(): Promise<{ bytes: number }> }
    ).measureUserAgentSpecificMemory();
    return measured.bytes / 1e6;
  });

const start = Date.now();
const elapsed = () => (Date.now() - start) / 60_000;
let pairs = 0;
let warmTasks = 0;
const held: number[] = [];
/** Beside the training: the browser answers when it next collects, which may take it half a minute. */
async function measure(): Promise<void> {
  while (elapsed() < minutes) {
    await page.waitForTimeout(elapsed() < WARM_UP_MINUTES ? 5000 : 15_000);
    if (elapsed() < WARM_UP_MINUTES) continue;
    if (held.length === 0) warmTasks = await page.evaluate('window.longTasks.length');
    held.push(await megabytes());
    console.log(`${elapsed().toFixed(1)} min, ${pairs} pairs: ${held.at(-1)!.toFixed(1)} MB`);
  }
}
async function train(): Promise<void> {
  while (elapsed() < minutes) {
    await page.click('#reset:not(:disabled)', { timeout: 1000 }).catch(() => {});
    await page.click('#play');
    await page
      .locator('#status')
      .filter({ hasText: 'Both runs are over' })
      .waitFor({ state: 'attached', timeout: 600_000 });
    pairs++;
    if (pairs % 4 !== 0) continue;
    await page.click('#run-map');
    await page.waitForTimeout(5000);
    await page.click('#cancel-map').catch(() => {});
  }
}
await Promise.all([train(), measure()]);
const tasks = (await page.evaluate('window.longTasks')) as [number, number][];
const later = tasks.slice(warmTasks).map(([, duration]) => duration);
// Of the first and the last third: a measurement falls anywhere between a run's beginning and its end.
const third = Math.ceil(held.length / 3);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const [first, last] = [mean(held.slice(0, third)), mean(held.slice(-third))];
const growth = last / first;
console.log(
  `${pairs} pairs of runs in ${elapsed().toFixed(1)} min. Memory ${first.toFixed(1)} MB in the first third after the warm-up, ${last.toFixed(1)} MB in the last (${((growth - 1) * 100).toFixed(1)} %). ` +
    `Tasks of more than 50 ms on the main thread: ${warmTasks} in the warm-up, ${later.length} after it, the longest ${Math.max(0, ...later).toFixed(0)} ms.`,
);
await browser.close();
server.close();
rmSync(folder, { recursive: true, force: true });
process.exit(growth > ALLOWED ? 1 : 0);
