import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { type SweepShape, writeLargeSweep } from '../__fixtures__/large-sweep.js';
import { silentCommandLine } from '../__fixtures__/silent-command-line.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { runFiles } from '../store/run-folder.js';

const nfSweeps = silentCommandLine();

/** What a command prints. */
const printed = async (...words: string[]): Promise<string> => (await nfSweeps(...words)).stdout;

// In small what `npm run soak -- scale` measures in large.
it.each(['grid', 'random'] satisfies SweepShape[])(
  'the commands tell the same of a %s with an index and without',
  async (shape) => {
    const { file, dir, trials } = await writeLargeSweep(temporaryFolder(), shape, 80);
    expect(trials).toHaveLength(80);
    const { report } = runFiles(dir);
    const tell = async () => ({
      plan: await printed('plan', file, '--out', dir),
      ls: await printed('ls', dirname(dir)),
      report: await printed('report', dir),
      // Vega numbers gradients and clips through all figures of a process.
      page: readFileSync(report, 'utf8').replace(/(gradient_|clip)\d+/g, '$1'),
      table: await printed('export', dir),
    });
    const fromFiles = await tell();
    expect(fromFiles.plan).toContain('80 trials, 0 to run in');
    expect(await printed('reindex', dir)).toMatch(/index\.sqlite: 80 trials, 0\.\d MB\.\n$/);
    expect(await tell()).toEqual(fromFiles);
  },
);
