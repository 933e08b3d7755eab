// Takes the pictures of docs/playground: the page with both runs over and the map full, at three widths, light and dark: `npm run screenshots`.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { buildPage, chromiumPath, servePage } from '../src/page/__fixtures__/serve-page.js';

const to = process.argv[2] ?? fileURLToPath(new URL('../../../docs/playground/', import.meta.url));
if (chromiumPath === undefined) throw new Error('screenshots: needs Chromium: apt-get install chromium');
const folder = mkdtempSync(join(tmpdir(), 'nfnets-screenshots-'));
buildPage(folder);
const server = await servePage(folder);
const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
page.setDefaultTimeout(300_000);
const ends = (selector: string, hasText: RegExp) =>
  page.locator(selector).filter({ hasText }).waitFor({ state: 'attached' });
await page.goto(`${server.address}isolated/`);
await page.click('#play');
await ends('#status', /Both runs are over/);
const told = async (id: string) => (await page.locator(`#${id} .run-state`).textContent())!;
const [, lostAt] = /diverged at step (\d+)/.exec(await told('plain'))!;
const [, steps, accuracy] = /done after (\d+) steps, test accuracy ([\d.]+) %/.exec(await told('clipped'))!;
await page.click('#run-map');
await ends('#map [role=status]', /12 of 12/);
await page.locator('#blocks').scrollIntoViewIfNeeded();
await page.locator('#signal [role=img][aria-label*="block 24"]').waitFor();

mkdirSync(to, { recursive: true });
for (const colorScheme of ['light', 'dark'] as const) {
  await page.emulateMedia({ colorScheme });
  for (const width of [360, 768, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(500);
    const png = await page.screenshot({ fullPage: true });
    writeFileSync(
      join(to, `${width}-${colorScheme}.png`),
      await sharp(png).png({ palette: true, colours: 128 }).toBuffer(),
    );
  }
}
// What the README shows: the two runs alone.
await page.emulateMedia({ colorScheme: 'light' });
const runs = await page.locator('#compare').screenshot();
writeFileSync(join(to, 'two-runs.png'), await sharp(runs).png({ palette: true, colours: 128 }).toBuffer());
// For the caption, which a test compares with this.
writeFileSync(join(to, 'two-runs.json'), `${JSON.stringify({ lostAt, steps, accuracy }, null, 2)}\n`);
await browser.close();
server.close();
rmSync(folder, { recursive: true, force: true });
