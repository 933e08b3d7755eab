import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasChromium, pageInChromium } from '../../__fixtures__/page-in-chromium.js';
import { syntheticRecords, writeSyntheticRun, writeSyntheticTrial } from '../../__fixtures__/synthetic-sweep.js';
import { temporaryFolder } from '../../__fixtures__/temporary-folder.js';
import type { FullTrialRecord } from '../../schema/trial-record.js';
import { runFiles } from '../../store/run-folder.js';
import { trialFiles } from '../../store/trial-folder.js';

describe.skipIf(!hasChromium)('the live page (needs Chromium: apt-get install chromium)', () => {
  const { open, serve, shoot, visit } = pageInChromium();

  it('fills in while a sweep runs, and shows why a trial diverged', async () => {
    const records = syntheticRecords({
      clipFactors: [0.01, 0.16],
      batchSizes: [256, 2048],
      seeds: 1,
      hasBaseline: false,
    });
    const dir = join(temporaryFolder(), 'run');
    writeSyntheticRun(
      dir,
      records.map(({ trial }) => ({ trial, metrics: [] })),
    );
    const { page, complaints } = await open(dir);
    await page.waitForSelector('.cell');
    expect(await page.locator('.cell').count()).toBe(4);
    expect(await page.textContent('.counts')).toContain('0 of 4 ended, 4 queued');

    // One starts, and is watched.
    const first = records[0]!;
    const running: FullTrialRecord = {
      ...first,
      status: { status: 'running', step: 0, metrics: {}, startedAt: new Date().toISOString() },
      metrics: first.metrics.slice(0, 40),
    };
    writeSyntheticTrial(dir, running);
    await page.waitForSelector('.cell.running');
    await page.click('.cell.running');
    await page.waitForSelector('#trial .chart canvas');
    await page.waitForSelector('#trial .clips canvas');
    const stepsShown = () => page.textContent('#trial');
    expect(await stepsShown()).toContain('running');
    const { metrics, log } = trialFiles(runFiles(dir).trial(first.trial.id));
    writeFileSync(log, 'a line of the log\n');
    appendFileSync(
      metrics,
      first.metrics
        .slice(40, 90)
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    const last = first.metrics.slice(0, 90).at(-1)!.step;
    await page.waitForFunction(
      (text) => document.querySelector('#trial')?.textContent?.includes(text),
      `step ${last} of 200`,
    );
    await page.click('#trial summary:text("Log")');
    await page.waitForSelector('.log:text("a line of the log")');
    await page.click('.filters button:text("one cell")');

    // The others end.
    for (const record of records) writeSyntheticTrial(dir, record);
    const diverged = records.filter(({ status }) => status!.status === 'diverged');
    expect(diverged.length).toBeGreaterThan(0);
    await page.waitForFunction(() => document.querySelector('.counts')?.textContent?.startsWith('4 of 4 ended'));
    await page.waitForFunction(
      (count) => document.querySelectorAll('.cell.diverged').length === count,
      diverged.length,
    );
    const accuracy = (100 * records[0]!.status!.metrics['accuracy']!).toFixed(1);
    await page.waitForSelector(`.cell:has-text("${accuracy}")`);

    await page.locator('.cell.diverged').first().click();
    await page.waitForSelector('#trial .state.diverged');
    expect(await page.textContent('#trial')).toMatch(/diverged at step \d+: the loss is NaN/);
    await page.click('#trial summary:text("Config")');
    await page.waitForSelector('#trial .pairs th:text-is("learningRate.base")');
    await page.waitForSelector('#trial .chart canvas');
    await shoot(page, 'diverged');

    await page.click('.filters button:text("one cell")');
    for (const { trial } of records.slice(0, 2)) await page.check(`input[aria-label="compare ${trial.id}"]`);
    await page.click('button.compare');
    await page.waitForSelector('#compare .pairs th:text-is("batchSize")');
    expect(await page.textContent('#compare .chart')).toContain('batch 2048');
    await shoot(page, 'compare');
    expect(complaints).toEqual([]);
  });

  it('scrolls through 5000 trials, of which it keeps a screenful', async () => {
    const made = syntheticRecords({
      clipFactors: Array.from({ length: 25 }, (_, i) => Number((0.002 * 1.25 ** i).toPrecision(3))),
      batchSizes: [64, 128, 256, 512, 1024, 2048, 4096, 8192],
      seeds: 25,
      hasBaseline: false,
      steps: 4,
    });
    expect(made).toHaveLength(5000);
    const dir = join(temporaryFolder(), 'run');
    writeSyntheticRun(
      dir,
      // Each file takes its time.
      made.map(({ trial, status }, i) => ({ trial, metrics: [], ...(i % 5 === 0 ? { status: status! } : {}) })),
    );
    const { page, complaints } = await open(dir);
    await page.waitForSelector('.rows .row');
    const { frames, rows } = await page.evaluate(async () => {
      const list = document.querySelector('.list')!;
      const times: number[] = [];
      let most = 0;
      for (let i = 1; i <= 60; i++) {
        list.scrollTop = (i / 60) * list.scrollHeight;
        times.push(await new Promise<number>((resolve) => requestAnimationFrame(resolve)));
        most = Math.max(most, list.querySelectorAll('.rows .row').length);
      }
      return { frames: times.slice(1).map((time, i) => time - times[i]!), rows: most };
    });
    expect(rows).toBeLessThan(80);
    // Smooth are 16 ms; a busy machine that also draws in software gets a generous limit, which building all rows would break.
    expect(frames.toSorted((a, b) => a - b)[Math.floor(frames.length / 2)]).toBeLessThan(250);
    await page.waitForSelector(`.rows .row:has-text("${made.at(-1)!.trial.id}")`);
    await shoot(page, 'scrolled');

    await page.click('.title:text("acc %")');
    const best = made
      .filter(({ status }, i) => i % 5 === 0 && status!.status === 'done')
      .reduce((top, record) => (record.status!.metrics['accuracy']! > top.status!.metrics['accuracy']! ? record : top));
    await page.evaluate(() => document.querySelector('.list')!.scrollTo(0, 0));
    await page.waitForFunction((id) => document.querySelector('.rows .row')?.textContent?.includes(id), best.trial.id);
    await page.fill('input[type="search"]', made[4321]!.trial.id);
    await page.waitForFunction(() => document.querySelectorAll('.rows .row').length === 1);
    expect(await page.textContent('.filters')).toContain('1 of 5000');
    expect(complaints).toEqual([]);
  });

  it('tells close values apart on a phone, maps what is swept, and has no accuracies below 0', async () => {
    const records = syntheticRecords({
      clipFactors: [0.010001, 0.0100012],
      batchSizes: [256],
      seeds: 1,
      hasBaseline: false,
    });
    const rates = [0.1, 0.2].flatMap((base) =>
      records.map((record) => {
        const config = { ...record.trial.config, learningRate: { ...record.trial.config.learningRate, base } };
        const status = { ...record.status!, status: 'done' as const, metrics: { accuracy: 0, loss: 2.3 } };
        return { ...record, trial: { ...record.trial, id: `${record.trial.id}-${10 * base}`, config }, status };
      }),
    );
    const dir = join(temporaryFolder(), 'run');
    writeSyntheticRun(dir, rates);
    const { page, complaints } = await open(dir);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForSelector('.rows .row');
    const cells = await page.$$eval('.rows .row span.number', (found) =>
      found.map((cell) => ({ text: cell.textContent, isCut: cell.scrollWidth > cell.clientWidth })),
    );
    expect(cells.filter(({ isCut }) => isCut)).toEqual([]);
    expect(cells.map(({ text }) => text)).toEqual(expect.arrayContaining(['0.010001', '0.0100012']));
    expect(await page.locator('.heatmap thead').textContent()).toBe('clip ╲ base0.10.2');
    expect(await page.textContent('.scale')).toMatch(/^0\.0 % +1\.0 %$/);
    expect(complaints).toEqual([]);
  });

  it('says that it lost the server, and goes on when it is back', async () => {
    const records = syntheticRecords({ clipFactors: [0.01], batchSizes: [256], seeds: 1, hasBaseline: false });
    const dir = join(temporaryFolder(), 'run');
    writeSyntheticRun(dir, records);
    const first = await serve(dir);
    const { page } = await visit(first.address);
    await page.waitForSelector('.connection.on');
    await first.close();
    await page.waitForSelector('.connection.off');
    const again = await serve(dir, Number(new URL(first.address).port));
    onTestFinished(again.close);
    await page.waitForSelector('.connection.on', { timeout: 60_000 });
  });
});
