import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasChromium, pageInChromium } from '../../../__fixtures__/page-in-chromium.js';
import {
  syntheticConfig,
  syntheticRecords,
  writeSyntheticRun,
  writeSyntheticTrial,
} from '../../../__fixtures__/synthetic-sweep.js';
import { temporaryFolder } from '../../../__fixtures__/temporary-folder.js';
import type { FullTrialRecord } from '../../../schema/trial-record.js';
import { runFiles } from '../../../store/run-folder.js';

const records = syntheticRecords({
  clipFactors: [0.01, 0.02, 0.04],
  batchSizes: [256, 512],
  seeds: 3,
  hasBaseline: false,
  steps: 40,
});
/** As `records`, with an accuracy of their own and all trained to the end. */
const shifted = (points: number, startedAt: string): FullTrialRecord[] =>
  records.map((record, i) => ({
    ...record,
    trial: {
      ...record.trial,
      config: { ...record.trial.config, model: points === 0 ? 'nf_resnet50' : 'nfnet_f4' },
    },
    status: {
      status: 'done',
      step: 40,
      startedAt,
      endedAt: startedAt.replace(':00Z', ':30Z'),
      metrics: { accuracy: 0.7 + points / 100 + 0.001 * (i % 3), trainLoss: 1 },
    },
  }));

/** Five sweeps: two to compare, one that runs, one that never started, one whose plan is damaged. */
function folderOfSweeps(): string {
  const dir = join(temporaryFolder(), 'runs');
  const config = (name: string, description: string) => ({ ...syntheticConfig(), name, description });
  writeSyntheticRun(join(dir, 'base'), shifted(0, '2026-01-01T10:00:00Z'), config('base', 'the first one'));
  writeSyntheticRun(
    join(dir, 'wider net'),
    shifted(4, '2026-01-03T10:00:00Z'),
    config('wider net', 'F4, as wide as it gets'),
  );
  writeSyntheticRun(
    join(dir, 'queued'),
    records.map(({ trial }) => ({ trial, metrics: [] })),
    config('queued', ''),
  );
  const half = records.map((record, i) => (i < 4 ? record : { trial: record.trial, metrics: [] }));
  writeSyntheticRun(join(dir, 'half'), half, config('half-way', 'stopped in the middle'));
  const { trial, metrics } = records[4]!;
  const status = { status: 'running' as const, step: 0, metrics: {}, startedAt: '2026-01-02T10:00:00Z' };
  writeSyntheticTrial(join(dir, 'half'), { trial, status, metrics: metrics.slice(0, 10) });
  mkdirSync(join(dir, 'broken'));
  writeFileSync(runFiles(join(dir, 'broken')).plan, '{"format": 1,');
  return dir;
}

describe.skipIf(!hasChromium)('the home page (needs Chromium: apt-get install chromium)', () => {
  const { open, shoot } = pageInChromium();
  const names = 'ol.sweeps .name a';
  const settled = '.sweep:not(:has(.state.reading))';

  it('lists the sweeps, finds, opens and comes back by keyboard', async () => {
    const dir = folderOfSweeps();
    const { page, complaints } = await open(dir);
    await page.waitForFunction((selector) => document.querySelectorAll(selector).length === 5, settled);
    const texts = await page.locator(names).allTextContents();
    expect(texts[0]).toBe('half');
    expect(texts.indexOf('wider net')).toBeLessThan(texts.indexOf('base'));
    const line = (name: string) => page.locator('.sweep', { has: page.locator(`a:text-is("${name}")`) });
    expect(await line('half').textContent()).toMatch(/▶ running.*\d of 18.*1 running, 1\d queued/);
    expect(await line('wider net').textContent()).toMatch(
      /✓ finished18 of 1874\.1 ± 0\.1 % over 3 seeds.* at clip 0\.01, batch 256/,
    );
    expect(await line('queued').textContent()).toContain('○ not started');
    expect(await line('broken').textContent()).toMatch(/✕ damaged.*plan\.json: not valid JSON/);
    await shoot(page, 'home');

    // Found as one types, in the address too.
    await page.keyboard.press('/');
    await page.keyboard.type('FINISHED wide');
    await page.waitForFunction(() => document.querySelectorAll('.sweep').length === 1);
    expect(await page.textContent('.found')).toBe('1 of 5 sweeps');
    expect(new URL(page.url()).hash).toBe('#/?search=FINISHED+wide');
    await page.reload();
    await page.waitForFunction(() => document.querySelectorAll('.sweep').length === 1);
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.querySelectorAll('.sweep').length === 5);

    // The arrows, from the search on; one row alone is in the tab order.
    await page.keyboard.press('/');
    await page.keyboard.press('ArrowDown');
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    expect(await focused()).toBe(texts[0]);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    expect(await focused()).toBe(texts.at(-1));
    await page.keyboard.press('Home');
    expect(await focused()).toBe('half');
    expect(await page.locator('.sweep [tabindex="0"]').count()).toBe(2);
    const outline = await line('half').evaluate((row) => getComputedStyle(row).outlineStyle);
    expect(outline).toBe('solid');

    // Opened, a trial of it too, and back step by step.
    await page.keyboard.press('Enter');
    await page.waitForSelector('.heatmap');
    expect(await page.textContent('h1')).toBe('half-way');
    await page.focus('.rows .row .id[tabindex="0"]');
    const rowOf = () =>
      page.evaluate(() => document.activeElement?.closest('[data-place]')?.getAttribute('data-place'));
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction(
      () => document.activeElement?.closest('[data-place]')?.getAttribute('data-place') === '1',
    );
    await page.keyboard.press('End');
    await page.waitForFunction(
      () => document.activeElement?.closest('[data-place]')?.getAttribute('data-place') === '17',
    );
    await page.keyboard.press('Home');
    await page.waitForFunction(
      () => document.activeElement?.closest('[data-place]')?.getAttribute('data-place') === '0',
    );
    expect(await rowOf()).toBe('0');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#trial .chart canvas');
    expect(new URL(page.url()).hash).toBe(`#/sweep/half/${records[0]!.trial.id}`);
    await page.reload();
    await page.waitForSelector('#trial .chart canvas');
    await page.waitForSelector('#trial .clips canvas');
    await page.keyboard.press('Escape');
    await page.waitForSelector('#trial', { state: 'detached' });
    await page.keyboard.press('Escape');
    await page.waitForSelector('.sweeps');
    expect(await page.locator('.sweep').count()).toBe(5);
    await page.goBack();
    await page.waitForSelector('.heatmap');
    await page.click('.way-home a');
    await page.waitForSelector('.sweeps');
    expect(complaints).toEqual([]);
  });

  it('puts sweeps side by side with paired differences and verdicts', async () => {
    const dir = folderOfSweeps();
    const { page, complaints } = await open(dir);
    await page.waitForFunction((selector) => document.querySelectorAll(selector).length === 5, settled);
    for (const name of ['base', 'wider net', 'queued']) await page.check(`input[aria-label="select ${name}"]`);
    await page.click('button.compare');
    await page.waitForSelector('.comparison .answer');
    expect(new URL(page.url()).hash).toBe('#/compare/base/wider%20net/queued');
    const comparison = page.locator('.comparison').first();
    expect(await comparison.locator('header').textContent()).toBe('B = wider net✓ keep');
    expect(await comparison.textContent()).toContain('model: nf_resnet50 in A, nfnet_f4 in B');
    const rows = comparison.locator('tbody tr');
    expect(await rows.count()).toBe(6);
    expect(await rows.first().textContent()).toMatch(
      /^clip 0\.01, batch 25670\.10 ± 0\.10 \(3\)74\.10 ± 0\.10 \(3\)\+4\.00.*1: \+4\.00, 2: \+4\.00, 3: \+4\.00✓ keep$/,
    );
    expect(await page.textContent('.how')).toContain('5 % in all 2 together, so 2.5 % in each');
    expect(await comparison.locator('code').last().textContent()).toBe(
      `nf-sweeps verdict ${join(dir, 'base')} '${join(dir, 'wider net')}' --level 0.025`,
    );
    expect(await page.locator('.comparison').nth(1).locator('.answer').first().textContent()).toBe('? test again');
    await shoot(page, 'side-by-side');
    await page.setViewportSize({ width: 390, height: 844 });
    await shoot(page, 'side-by-side-phone');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.selectOption('.base select', 'wider net');
    await page.waitForSelector('.comparison header:has-text("base"):has-text("discard")');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.sweeps');
    expect(await page.locator('.sweep.selected').count()).toBe(3);
    expect(complaints).toEqual([]);
  });

  it('shows what a trial’s config differs in from another’s', async () => {
    const dir = folderOfSweeps();
    const [first, , , other] = records.map(({ trial }) => trial.id);
    const { page, complaints } = await open(dir, `#/sweep/half/${first}`);
    await page.waitForSelector('#trial .other select');
    await page.selectOption('#trial .other select', other!);
    await page.waitForSelector('#trial .pairs th:text-is("batchSize")');
    const differences = page.locator('#trial .scroll .pairs');
    expect(await differences.locator('tr', { hasText: 'batchSize' }).textContent()).toBe('batchSize256512');
    expect(await differences.locator('tr', { hasText: 'clipFactor' }).count()).toBe(0);
    expect(new URL(page.url()).hash).toBe(`#/sweep/half/${first}/${other}`);
    await page.waitForSelector('#trial .chart canvas');
    await shoot(page, 'trial-against');
    await page.reload();
    await page.waitForSelector('#trial .pairs th:text-is("batchSize")');
    await page.setViewportSize({ width: 390, height: 844 });
    await shoot(page, 'trial-phone');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.goBack();
    await page.waitForSelector('#trial .scroll .pairs', { state: 'detached' });
    expect(complaints).toEqual([]);
  });

  it('fits a phone, and says in words what is empty, gone or new', async () => {
    const dir = join(temporaryFolder(), 'runs');
    mkdirSync(dir);
    const { page, complaints } = await open(dir);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForSelector('.waiting:text("There is no sweep in this folder yet")');
    // A new one appears by itself.
    const long = 'a-sweep-with-a-name-that-is-longer-than-any-telephone-is-wide-and-has-no-space';
    for (const name of [long, 'second']) writeSyntheticRun(join(dir, name), records);
    await page.waitForFunction((selector) => document.querySelectorAll(selector).length === 2, settled);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await shoot(page, 'home-phone');
    // Deleted while it is shown.
    await page.click('.name a:text-is("second")');
    await page.waitForSelector('.heatmap');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    rmSync(join(dir, 'second'), { recursive: true });
    await page.waitForSelector('.problem:text("was deleted or moved. What is shown is what was read last.")');
    expect(await page.locator('.heatmap .cell').count()).toBe(6);
    await page.click('.way-home a');
    await page.waitForFunction(() => document.querySelectorAll('.sweep').length === 1);
    rmSync(dir, { recursive: true });
    await page.waitForSelector('.problem:text("cannot be read (ENOENT)")');
    expect(complaints).toEqual([]);
    // An address of one that is gone.
    await page.evaluate(() => {
      location.hash = '#/sweep/second';
    });
    await page.waitForSelector('.problem:text("There is no such sweep in the folder (any more).")');
  });

  it('opens 200 sweeps with 10,000 trials in under a second, and scrolls in a fraction of a frame’s time', async () => {
    const dir = join(temporaryFolder(), 'runs');
    const trials = syntheticRecords({
      seeds: 5,
      clipFactors: [0.01, 0.02, 0.04, 0.08, 0.16],
      batchSizes: [256, 512],
      hasBaseline: false,
      steps: 4,
    });
    expect(trials).toHaveLength(50);
    for (let i = 0; i < 200; i++)
      writeSyntheticRun(
        join(dir, `sweep-${i}`),
        trials.map(({ trial, status }) => ({ trial, status: status!, metrics: [] })),
      );
    const { page, complaints, address } = await open(dir);
    // The first time all are read; the list is there meanwhile.
    await timeToRows(page, '.sweep');
    await timeToRows(page, settled);
    await page.goto('about:blank');
    await page.goto(address);
    expect(await timeToRows(page, settled)).toBeLessThan(1000);

    // A frame is dropped where it takes the page more than 16.7 ms: its own processor time, for the same reason.
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const busy = async () => {
      const { metrics } = await devtools.send('Performance.getMetrics');
      return 1000 * metrics.find(({ name }) => name === 'TaskDuration')!.value;
    };
    const start = await busy();
    const frames = await page.evaluate(scrollThrough);
    const each = ((await busy()) - start) / frames;
    expect(each).toBeLessThan(8);
    expect(complaints).toEqual([]);
  });

  /** Milliseconds from the start of the navigation until there are 200 of `selector`. */
  const timeToRows = async (page: Page, selector: string): Promise<number> => {
    const handle = await page.waitForFunction(
      (wanted) => document.querySelectorAll(wanted).length === 200 && performance.now(),
      selector,
      { polling: 'raf' },
    );
    return Number(await handle.jsonValue());
  };
});

/** Scrolls the list from end to end, a frame at a time; how many that took. */
async function scrollThrough(): Promise<number> {
  const list = document.querySelector('.sweeps')!;
  const frames = 120;
  for (let i = 1; i <= frames; i++) {
    list.scrollTop = (i / frames) * list.scrollHeight;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  return frames;
}
